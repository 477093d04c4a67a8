using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace FpgaEdge.Wire;

/// <summary>
/// The seal of a cluster with a key: AES-256-GCM over every message. Each sender has a key of its own for each of its
/// starts, derived from the cluster key, so that no two directions share one and a restart never repeats a nonce. The
/// datagram is a MessagePack array: protocol version; bin of 40 bytes: cluster (8), sender (8), boot salt (16), counter
/// (8), all authenticated; bin of ciphertext and 16-byte tag. Whatever was not made with the key, for this cluster, or
/// was seen before, is refused before a field of the message is read.
/// </summary>
/// <remarks>
/// Several keys may be given, to change the key of a running cluster: the first one seals, all of them open, and
/// <see cref="ChangeKeys"/> gives others. A receiver
/// that has just started cannot tell a recording of an earlier start of a sender from the sender until it hears the
/// sender's newer incarnation; it then ignores the recording.
/// </remarks>
public sealed class AeadSeal : IDatagramSeal, IDisposable
{
    /// <summary>Bytes of a cluster key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of the salt that each start of a node draws at random.</summary>
    public const int SaltBytes = 16;

    private const int EnvelopeBytes = 40;
    private const int HeadBytes = 4 + EnvelopeBytes;
    private const int TagBytes = 16;
    private const int NonceBytes = 12;
    private const int QuietDatagrams = 1024;
    private const int Sessions = 2 * (WireLimits.Boards + WireLimits.Clients);
    private static readonly byte[] Purpose = Encoding.ASCII.GetBytes("FpgaEdge datagram 1");
    private static readonly byte[] Start =
        [MessagePackCode.MinFixArray | 3, WireLimits.ProtocolVersion, MessagePackCode.Bin8, EnvelopeBytes];

    private byte[][] keys;
    private readonly byte[] head = new byte[HeadBytes];
    private AesGcm sealing;
    private readonly List<Session> sessions = new(Sessions);
    private readonly ulong cluster;
    private readonly byte[] again = new byte[WireLimits.DatagramBytes];
    private ulong counter;
    private int quietly;

    /// <summary>Makes the seal of one node.</summary>
    /// <param name="clusterKeys">One or more keys of <see cref="KeyBytes"/>; the first one seals.</param>
    /// <param name="clusterName">Datagrams of other clusters are refused even when they have the same key.</param>
    /// <param name="sender">Identity of the node.</param>
    /// <param name="bootSalt">Random, <see cref="SaltBytes"/>, another one at each start.</param>
    public AeadSeal(IReadOnlyList<byte[]> clusterKeys, string clusterName, ulong sender, ReadOnlySpan<byte> bootSalt)
    {
        keys = Checked(clusterKeys, bootSalt);
        cluster = XxHash64.Hash(Encoding.UTF8.GetBytes(clusterName));
        Start.CopyTo(head.AsSpan());
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(4), cluster);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(12), sender);
        bootSalt.CopyTo(head.AsSpan(20));
        sealing = Derive(keys[0], head);
    }

    /// <summary>
    /// From now on these keys hold: the first one seals, all of them open. What was sealed with a key that is no longer among
    /// them is refused at once; what was seen under one that stays is still refused.
    /// </summary>
    /// <param name="clusterKeys">One or more keys of <see cref="KeyBytes"/>.</param>
    /// <param name="salt">Random, <see cref="SaltBytes"/>, another one at each call.</param>
    public void ChangeKeys(IReadOnlyList<byte[]> clusterKeys, ReadOnlySpan<byte> salt)
    {
        byte[][] old = keys;
        keys = Checked(clusterKeys, salt);
        if (!keys[0].AsSpan().SequenceEqual(old[0]))
        {
            salt.CopyTo(head.AsSpan(20));
            sealing.Dispose();
            sealing = Derive(keys[0], head);
        }

        foreach (Session session in sessions.Where(session => !keys.Any(key => key.AsSpan().SequenceEqual(session.Key))))
        {
            session.Aes.Dispose();
        }

        sessions.RemoveAll(session => !keys.Any(key => key.AsSpan().SequenceEqual(session.Key)));
        foreach (Session session in sessions)
        {
            session.Key = keys.First(key => key.AsSpan().SequenceEqual(session.Key));
        }

        Forget(old);
    }

    /// <inheritdoc />
    public int Seal(ReadOnlySpan<byte> message, Span<byte> datagram)
    {
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(36), ++counter);
        head.CopyTo(datagram);
        int length = message.Length + TagBytes;
        int at = HeadBytes;
        if (length <= byte.MaxValue)
        {
            datagram[at++] = MessagePackCode.Bin8;
            datagram[at++] = (byte)length;
        }
        else
        {
            datagram[at++] = MessagePackCode.Bin16;
            BinaryPrimitives.WriteUInt16BigEndian(datagram[at..], (ushort)length);
            at += 2;
        }

        Span<byte> nonce = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, counter);
        sealing.Encrypt(nonce, message, datagram.Slice(at, message.Length),
            datagram.Slice(at + message.Length, TagBytes), head);
        return at + length;
    }

    /// <inheritdoc />
    public SealVerdict TryOpen(ReadOnlySpan<byte> datagram, Span<byte> scratch, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (!HasEnvelope(datagram))
        {
            return ChecksumSeal.IsWhole(datagram) ? SealVerdict.OtherSeal : SealVerdict.Damaged;
        }

        if (BinaryPrimitives.ReadUInt64BigEndian(datagram[4..]) != cluster)
        {
            return SealVerdict.OtherCluster;
        }

        var reader = new MessagePackReader(datagram[HeadBytes..]);
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> box) || !reader.End || box.Length <= TagBytes)
        {
            return SealVerdict.Forged;
        }

        ulong number = BinaryPrimitives.ReadUInt64BigEndian(datagram[36..]);
        Span<byte> plain = scratch[..(box.Length - TagBytes)];
        ReadOnlySpan<byte> envelope = datagram[..HeadBytes];
        Session? session = Find(envelope);
        if (session is not null)
        {
            if (!session.IsFresh(number))
            {
                return SealVerdict.Replayed;
            }

            if (!Decrypt(session.Aes, envelope, number, box, plain))
            {
                return SealVerdict.Forged;
            }
        }
        else
        {
            session = TryBegin(envelope, number, box, plain);
            if (session is null)
            {
                return SealVerdict.Forged;
            }
        }

        session.Mark(number);
        message = plain;
        return SealVerdict.Ok;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        sealing.Dispose();
        foreach (Session session in sessions)
        {
            session.Aes.Dispose();
        }

        Forget(keys);
    }

    /// <summary>True when a datagram looks sealed with some key; says nothing about which.</summary>
    internal static bool HasEnvelope(ReadOnlySpan<byte> datagram) =>
        datagram.Length is > HeadBytes + TagBytes and <= WireLimits.DatagramBytes && datagram.StartsWith(Start);

    private static byte[][] Checked(IReadOnlyList<byte[]> clusterKeys, ReadOnlySpan<byte> salt) =>
        clusterKeys.Count > 0 && clusterKeys.All(key => key.Length == KeyBytes) && salt.Length == SaltBytes
            ? [.. clusterKeys.Select(key => key.ToArray())]
            : throw new ArgumentException(
                $"expected keys of {KeyBytes} bytes and a salt of {SaltBytes}: make a key with fpgaedge");

    private static void Forget(byte[][] keys)
    {
        foreach (byte[] key in keys)
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static AesGcm Derive(byte[] key, ReadOnlySpan<byte> envelope)
    {
        Span<byte> info = stackalloc byte[Purpose.Length + 16];
        Purpose.CopyTo(info);
        envelope.Slice(4, 16).CopyTo(info[Purpose.Length..]);
        Span<byte> derived = stackalloc byte[KeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, envelope.Slice(20, SaltBytes), info);
        var aes = new AesGcm(derived, TagBytes);
        CryptographicOperations.ZeroMemory(derived);
        return aes;
    }

    /// <summary>
    /// The library throws for a wrong tag, which costs several times the decryption: no more than once in
    /// <see cref="QuietDatagrams"/> datagrams, so that a flood of forged ones costs no exceptions.
    /// </summary>
    private bool Decrypt(AesGcm aes, ReadOnlySpan<byte> envelope, ulong number, ReadOnlySpan<byte> box, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, number);
        if (quietly > 0)
        {
            quietly--;
            return DecryptQuietly(aes, envelope, nonce, box, plain);
        }

        try
        {
            aes.Decrypt(nonce, box[..^TagBytes], box[^TagBytes..], plain, envelope);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            quietly = QuietDatagrams;
            return false;
        }
    }

    /// <summary>
    /// Two encryptions in the place of one decryption: the first undoes the sender's, because in this mode both add the same
    /// stream; the second, of what came out, gives the tag that the sender must have sent.
    /// </summary>
    private bool DecryptQuietly(
        AesGcm aes, ReadOnlySpan<byte> envelope, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> box, Span<byte> plain)
    {
        Span<byte> tag = stackalloc byte[TagBytes];
        aes.Encrypt(nonce, box[..^TagBytes], plain, tag);
        aes.Encrypt(nonce, plain, again.AsSpan(0, plain.Length), tag, envelope);
        if (CryptographicOperations.FixedTimeEquals(tag, box[^TagBytes..]))
        {
            return true;
        }

        quietly = QuietDatagrams;
        plain.Clear();
        return false;
    }

    private Session? Find(ReadOnlySpan<byte> envelope)
    {
        foreach (Session session in sessions)
        {
            if (session.Matches(envelope))
            {
                return session;
            }
        }

        return null;
    }

    /// <summary>The first datagram of a sender's start: whichever key opens it is the sender's.</summary>
    private Session? TryBegin(ReadOnlySpan<byte> envelope, ulong number, ReadOnlySpan<byte> box, Span<byte> plain)
    {
        foreach (byte[] key in keys)
        {
            AesGcm aes = Derive(key, envelope);
            if (!Decrypt(aes, envelope, number, box, plain))
            {
                aes.Dispose();
                continue;
            }

            if (sessions.Count >= Sessions)
            {
                sessions[0].Aes.Dispose();
                sessions.RemoveAt(0);
            }

            var session = new Session(envelope, aes) { Key = key };
            sessions.Add(session);
            return session;
        }

        return null;
    }

    /// <summary>What is known of one start of one sender.</summary>
    private sealed class Session(ReadOnlySpan<byte> envelope, AesGcm aes)
    {
        private const int Window = 1024;
        private readonly byte[] name = envelope.Slice(12, 24).ToArray();
        private readonly ulong[] seen = new ulong[Window / 64];
        private ulong highest;

        public AesGcm Aes { get; } = aes;

        /// <summary>The cluster key from which it comes.</summary>
        public required byte[] Key { get; set; }

        public bool Matches(ReadOnlySpan<byte> other) => other.Slice(12, 24).SequenceEqual(name);

        /// <summary>True when the number was not seen and is not too old to tell.</summary>
        public bool IsFresh(ulong number) => number > highest
            || ((highest / 64) - (number / 64) < Window / 64
                && (seen[number / 64 % (Window / 64)] & (1UL << (int)(number % 64))) == 0);

        public void Mark(ulong number)
        {
            if (number > highest)
            {
                ulong from = highest / 64;
                ulong to = number / 64;
                for (ulong word = from + 1; word <= to && word <= from + (Window / 64); word++)
                {
                    seen[word % (Window / 64)] = 0;
                }

                highest = number;
            }

            seen[number / 64 % (Window / 64)] |= 1UL << (int)(number % 64);
        }
    }
}
