using System.Text;

namespace FpgaEdge.Wire.Tests;

[TestClass]
public sealed class SealTests
{
    [TestMethod]
    [DataRow("", 0xef46db3751d8e999UL)]
    [DataRow("a", 0xd24ec4f1a98c6e5bUL)]
    [DataRow("abc", 0x44bc2cf5ad770999UL)]
    [DataRow("Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1UL)]
    public void ChecksumIsXxh64(string text, ulong expected)
    {
        // Goal: other implementations can check our datagrams. Method: published XXH64 values, seed 0.
        Assert.AreEqual(expected, XxHash64.Hash(Encoding.ASCII.GetBytes(text)));
    }

    [TestMethod]
    public void NoDamagedDatagramIsAccepted()
    {
        // Goal: damage never passes. Method: every single-bit flip and every truncation of a datagram, then a million
        // random damages of up to 8 bytes from a fixed seed.
        byte[] message = new byte[300];
        new Random(5).NextBytes(message);
        var seal = new ChecksumSeal();
        byte[] datagram = new byte[message.Length + WireLimits.SealBytes];
        int length = seal.Seal(message, datagram);
        byte[] whole = datagram[..length];
        Assert.AreEqual(SealVerdict.Ok, seal.TryOpen(whole, new byte[1400], out ReadOnlySpan<byte> opened));
        Assert.IsTrue(opened.SequenceEqual(message));

        byte[] damaged = [.. whole];
        for (int bit = 0; bit < length * 8; bit++)
        {
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.AreEqual(SealVerdict.Damaged, seal.TryOpen(damaged, default, out _));
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (int cut = 0; cut < length; cut++)
        {
            Assert.AreEqual(SealVerdict.Damaged, seal.TryOpen(whole.AsSpan(0, cut), default, out _));
        }

        var random = new Random(7);
        for (int i = 0; i < 1_000_000; i++)
        {
            int at = random.Next(length);
            byte old = damaged[at];
            damaged[at] = (byte)(old + 1 + random.Next(255));
            int other = random.Next(length);
            byte otherOld = damaged[other];
            damaged[other] = other == at ? otherOld : (byte)random.Next(256);
            Assert.AreEqual(SealVerdict.Damaged, seal.TryOpen(damaged, default, out _));
            damaged[other] = otherOld;
            damaged[at] = old;
        }
    }

    [TestMethod]
    public void RandomBytesAreRefused()
    {
        // Goal: noise is ignored without harm. Method: random datagrams of every length up to beyond the limit.
        var random = new Random(11);
        var seal = new ChecksumSeal();
        byte[] noise = new byte[2000];
        for (int length = 0; length < noise.Length; length++)
        {
            random.NextBytes(noise.AsSpan(0, length));
            Assert.AreEqual(SealVerdict.Damaged, seal.TryOpen(noise.AsSpan(0, length), new byte[1400], out _));
        }
    }
}
