using System.Text;

namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class AeadSealTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private static readonly byte[] OtherKey = [.. Enumerable.Range(9, 32).Select(i => (byte)i)];

    [TestMethod]
    public void KeysChangeWhileDatagramsFlow()
    {
        // Goal: each step of a change of keys loses nothing that was sealed with a key that is still there, refuses what was
        // seen before, and ends with the old key opening nothing. Method: two nodes go step by step, one before the other;
        // after each the other's datagrams are opened, and earlier ones again.
        using AeadSeal sender = Make(Key, "lab", 1, 1);
        using AeadSeal receiver = Make(Key, "lab", 2, 2);
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        var sent = new List<byte[]>();
        byte[][][] steps = [[Key, OtherKey], [OtherKey, Key], [OtherKey]];
        byte salt = 10;
        foreach (byte[][] keys in steps)
        {
            byte[] underWay = Sealed(sender, [1, 2, 3]);
            receiver.ChangeKeys(keys, Salt(salt++));
            Assert.AreEqual(SealVerdict.Ok, receiver.TryOpen(underWay, scratch, out _));
            sender.ChangeKeys(keys, Salt(salt++));
            byte[] after = Sealed(sender, [4, 5, 6]);
            Assert.AreEqual(SealVerdict.Ok, receiver.TryOpen(after, scratch, out ReadOnlySpan<byte> opened));
            Assert.IsTrue(opened.SequenceEqual(new byte[] { 4, 5, 6 }));
            Assert.AreEqual(SealVerdict.Replayed, receiver.TryOpen(after, scratch, out _), "seen before");
            sent.Add(underWay);
            sent.Add(after);
        }

        foreach (byte[] old in sent.Take(3))
        {
            Assert.AreEqual(SealVerdict.Forged, receiver.TryOpen(old, scratch, out _), "sealed with the old key");
        }

        Assert.AreEqual(SealVerdict.Forged, receiver.TryOpen(Sealed(Make(Key, "lab", 3, 3), [7]), scratch, out _));
    }

    [TestMethod]
    public void AfterAForgeryTheSameOpensAndTheSameIsRefused()
    {
        // Goal: the way of opening that a flood of forgeries brings about believes exactly what the usual one believes. Method: two
        // receivers, one of which has just seen a forgery; datagrams of every length, whole and with one bit changed anywhere.
        using AeadSeal sender = Make(Key, "lab", 1, 1);
        using AeadSeal usual = Make(Key, "lab", 2, 2);
        using AeadSeal flooded = Make(Key, "lab", 3, 3);
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        var random = new Random(6);
        for (int length = 1; length <= WireLimits.MessageBytes; length += length < 40 ? 1 : 37)
        {
            byte[] message = new byte[length];
            random.NextBytes(message);
            byte[] datagram = Sealed(sender, message);
            byte[] forged = [.. datagram];
            forged[44 + 3 + random.Next(datagram.Length - 47)] ^= (byte)(1 << random.Next(8));
            Assert.AreEqual(SealVerdict.Forged, flooded.TryOpen(forged, scratch, out _), $"{length} bytes");
            Assert.AreEqual(SealVerdict.Ok, flooded.TryOpen(datagram, scratch, out ReadOnlySpan<byte> opened), $"{length} bytes");
            Assert.IsTrue(opened.SequenceEqual(message), $"{length} bytes");
            Assert.AreEqual(SealVerdict.Replayed, flooded.TryOpen(datagram, scratch, out _));
            Assert.AreEqual(SealVerdict.Ok, usual.TryOpen(datagram, scratch, out opened));
            Assert.IsTrue(opened.SequenceEqual(message));
        }
    }

    private static byte[] Salt(byte value) => [.. Enumerable.Repeat(value, AeadSeal.SaltBytes)];

    [TestMethod]
    public void OnlyTheSameKeyAndClusterOpens()
    {
        // Goal (B3): forged and foreign datagrams change nothing. Method: open one datagram with the right key, another
        // key, another cluster name, without a key, and after every single-bit flip.
        byte[] message = Encoding.ASCII.GetBytes("a message that is not so short");
        byte[] sealedBytes = Sealed(Make(Key, "lab", 1, 1), message);
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        Assert.AreEqual(
            SealVerdict.Ok, Make(Key, "lab", 2, 2).TryOpen(sealedBytes, scratch, out ReadOnlySpan<byte> opened));
        Assert.IsTrue(opened.SequenceEqual(message));
        Assert.AreEqual(SealVerdict.Forged, Make(OtherKey, "lab", 2, 2).TryOpen(sealedBytes, scratch, out _));
        Assert.AreEqual(SealVerdict.OtherCluster, Make(Key, "home", 2, 2).TryOpen(sealedBytes, scratch, out _));
        Assert.AreEqual(SealVerdict.OtherSeal, new ChecksumSeal().TryOpen(sealedBytes, scratch, out _));
        byte[] plain = Sealed(new ChecksumSeal(), message);
        Assert.AreEqual(SealVerdict.OtherSeal, Make(Key, "lab", 2, 2).TryOpen(plain, scratch, out _));
        Assert.AreEqual(-1, sealedBytes.AsSpan().IndexOf(message.AsSpan(0, 8)), "the message must not be readable");

        AeadSeal receiver = Make(Key, "lab", 2, 2);
        for (int bit = 0; bit < sealedBytes.Length * 8; bit++)
        {
            sealedBytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.AreNotEqual(SealVerdict.Ok, receiver.TryOpen(sealedBytes, scratch, out _), $"bit {bit}");
            sealedBytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.AreEqual(SealVerdict.Ok, receiver.TryOpen(sealedBytes, scratch, out _));
    }

    [TestMethod]
    public void NothingIsAcceptedTwice()
    {
        // Goal (B3): a recording changes nothing. Method: 3,000 datagrams in blocks of random order, each offered
        // twice; then one that is older than the window.
        AeadSeal sender = Make(Key, "lab", 1, 1);
        AeadSeal receiver = Make(Key, "lab", 2, 2);
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        byte[][] datagrams = [.. Enumerable.Range(0, 3000).Select(_ => Sealed(sender, [1, 2, 3]))];
        var random = new Random(4);
        for (int block = 0; block < datagrams.Length; block += 100)
        {
            random.Shuffle(datagrams.AsSpan(block, 100));
        }

        foreach (byte[] datagram in datagrams)
        {
            Assert.AreEqual(SealVerdict.Ok, receiver.TryOpen(datagram, scratch, out _));
            Assert.AreEqual(SealVerdict.Replayed, receiver.TryOpen(datagram, scratch, out _));
        }

        Assert.AreEqual(SealVerdict.Replayed, receiver.TryOpen(datagrams[0], scratch, out _));
    }

    [TestMethod]
    public void EachDirectionAndEachStartHasItsOwnKey()
    {
        // Goal: no nonce is ever used twice with one key. Method: the same message, number one of three senders that
        // differ in identity or salt only, gives three unrelated ciphertexts.
        byte[] message = new byte[64];
        byte[][] boxes =
        [
            Sealed(Make(Key, "lab", 1, 1), message)[46..],
            Sealed(Make(Key, "lab", 2, 1), message)[46..],
            Sealed(Make(Key, "lab", 1, 2), message)[46..],
        ];
        Assert.IsFalse(boxes[0].AsSpan().SequenceEqual(boxes[1]));
        Assert.IsFalse(boxes[0].AsSpan().SequenceEqual(boxes[2]));
        Assert.IsFalse(boxes[1].AsSpan().SequenceEqual(boxes[2]));
    }

    [TestMethod]
    public void KeysRotateWithoutStopping()
    {
        // Goal: the key of a running cluster can be changed. Method: a node that knows both keys opens datagrams of
        // nodes that only have the old one, and of nodes that already seal with the new one.
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        var both = new AeadSeal([OtherKey, Key], "lab", 9, new byte[16]);
        Assert.AreEqual(SealVerdict.Ok, both.TryOpen(Sealed(Make(Key, "lab", 1, 1), [1]), scratch, out _));
        Assert.AreEqual(SealVerdict.Ok, both.TryOpen(Sealed(Make(OtherKey, "lab", 2, 1), [1]), scratch, out _));
        Assert.AreEqual(SealVerdict.Ok, Make(OtherKey, "lab", 3, 3).TryOpen(Sealed(both, [1]), scratch, out _));
    }

    [TestMethod]
    public void LargestMessageFitsADatagram()
    {
        // Goal: encryption never makes a datagram too long. Method: seal the longest message there is, and open it.
        byte[] message = new byte[WireLimits.MessageBytes];
        byte[] datagram = Sealed(Make(Key, "lab", 1, 1), message);
        Assert.IsLessThanOrEqualTo(WireLimits.DatagramBytes, datagram.Length);
        byte[] scratch = new byte[WireLimits.DatagramBytes];
        Assert.AreEqual(SealVerdict.Ok, Make(Key, "lab", 2, 2).TryOpen(datagram, scratch, out _));
    }

    private static AeadSeal Make(byte[] key, string cluster, ulong sender, byte salt)
    {
        byte[] bootSalt = new byte[AeadSeal.SaltBytes];
        bootSalt[3] = salt;
        return new AeadSeal([key], cluster, sender, bootSalt);
    }

    private static byte[] Sealed(IDatagramSeal seal, byte[] message)
    {
        byte[] datagram = new byte[message.Length + WireLimits.SealBytes];
        return datagram[..seal.Seal(message, datagram)];
    }
}
