using System.Diagnostics;
using System.Net;
using FpgaEdge.Board;
using FpgaEdge.Cluster;
using FpgaEdge.Wire;

namespace FpgaEdge.Cli.Commands.Bench.Transport;

/// <summary>Nanoseconds that the parts of one full datagram take, sending and receiving together.</summary>
/// <param name="CopyNs">Frame to message, message to datagram, datagram to outbox, and inbox to frame.</param>
/// <param name="HeaderNs">MessagePack: writing the header and fields, and reading them with every check.</param>
/// <param name="ChecksumNs">XXH64 made and compared.</param>
/// <param name="AeadNs">AES-256-GCM alone: sealing and opening a message of this length, each straight from
/// <see cref="System.Security.Cryptography.AesGcm"/>.</param>
/// <param name="SystemCallNs">Handing over and taking in, 32 datagrams at a time.</param>
internal readonly record struct DatagramCost(
    double CopyNs, double HeaderNs, double ChecksumNs, double AeadNs, double SystemCallNs)
{
    private const int Burst = 32;
    private const int Different = 256;
    private static readonly byte[] Payload = RandomBytes(WireLimits.ChunkBytes);

    private delegate void Work(int i);

    /// <summary>Measures each part by itself on this thread.</summary>
    public static DatagramCost Measure(TimeSpan limit)
    {
        byte[] message = new byte[WireLimits.MessageBytes];
        int length = Write(message, 1);
        double copyNs = Copies(limit, length);
        double headerNs = Header(limit, message) - CopyOnce(limit);
        double checksumNs = Time(limit, _ => XxHash64.Hash(message.AsSpan(0, length))) * 2;
        return new DatagramCost(copyNs, headerNs, checksumNs, Aead(limit, length), SystemCalls(limit, length));
    }

    private static double Copies(TimeSpan limit, int length)
    {
        byte[] frame = RandomBytes(Different * WireLimits.ChunkBytes);
        byte[] message = new byte[2048];
        byte[] datagram = new byte[2048];
        byte[] box = new byte[Burst * 2048];
        return Time(limit, i =>
        {
            Span<byte> at = frame.AsSpan(i % Different * WireLimits.ChunkBytes, WireLimits.ChunkBytes);
            Span<byte> slot = box.AsSpan(i % Burst * 2048);
            at.CopyTo(message);
            message.AsSpan(0, length).CopyTo(datagram);
            datagram.AsSpan(0, length).CopyTo(slot);
            slot[..WireLimits.ChunkBytes].CopyTo(at);
        });
    }

    private static double CopyOnce(TimeSpan limit)
    {
        byte[] message = new byte[WireLimits.MessageBytes];
        return Time(limit, _ => Payload.CopyTo(message.AsSpan(80)));
    }

    private static double Header(TimeSpan limit, byte[] message) => Time(limit, i =>
    {
        int length = Write(message, i);
        var reader = new MessagePackReader(message.AsSpan(0, length));
        if (MessageHeader.TryRead(ref reader, out _, out int elements) != HeaderVerdict.Ok
            || !DataMessage.TryRead(ref reader, elements, out DataMessage data) || !reader.End
            || data.Index != i % Different)
        {
            throw new InvalidOperationException("a message did not come back");
        }
    });

    private static int Write(Span<byte> message, int i)
    {
        var writer = new MessagePackWriter(message);
        new DataMessage
        {
            Address = new FrameAddress(0xc1c2c3c4c5c6c7c8, 1, 70_000, 70_001, 1),
            Plan = new Hash128(0x1234567890abcdef, 0xfedcba0987654321),
            TotalBytes = Different * WireLimits.ChunkBytes,
            Index = i % Different,
            BudgetUs = 900_000 - (ulong)(i % Different),
            SentUs = 123_456_789 + (uint)i,
            Payload = Payload,
        }.Write(ref writer, new MessageHeader(MessageKind.Data, 0xb1b2b3b4b5b6b7b8, 0xa1a2a3a4a5a6a7a8, 7));
        return writer.BytesWritten;
    }

    private static double Aead(TimeSpan limit, int length)
    {
        using var aes = new System.Security.Cryptography.AesGcm(RandomBytes(AeadSeal.KeyBytes), 16);
        byte[] plain = RandomBytes(length);
        byte[] box = new byte[length];
        byte[] tag = new byte[16];
        byte[] nonce = new byte[12];
        byte[] envelope = new byte[44];
        return Time(limit, _ =>
        {
            aes.Encrypt(nonce, plain, box, tag, envelope);
            aes.Decrypt(nonce, box, tag, plain, envelope);
        });
    }

    private static double SystemCalls(TimeSpan limit, int length)
    {
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        using ClusterSocket from = ClusterSocket.Open(any, null, IPAddress.Loopback);
        using ClusterSocket to = ClusterSocket.Open(any, null, IPAddress.Loopback);
        PeerAddress address = PeerAddress.FromEndPoint(to.LocalEndPoint);
        var inbox = new DatagramInbox();
        byte[] datagram = RandomBytes(length);
        double copyNs = Time(limit / 4, i => datagram.CopyTo(datagram.AsSpan()));
        long cpu = TensorStream.ThreadCpuNs;
        long count = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < limit;)
        {
            for (int i = 0; i < Burst; i++)
            {
                from.Outbox.Add(address, datagram);
            }

            from.Outbox.Flush();
            for (int received = 0; received < Burst; received += inbox.Count)
            {
                to.Receive(inbox);
            }

            count += Burst;
        }

        return ((double)(TensorStream.ThreadCpuNs - cpu) / count) - copyNs;
    }

    // The best of many short samples: what the machine does besides cannot make it faster.
    private static double Time(TimeSpan limit, Work work)
    {
        const int Calls = 2048;
        double best = double.MaxValue;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < limit;)
        {
            long from = Stopwatch.GetTimestamp();
            for (int i = 0; i < Calls; i++)
            {
                work(i);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(from).TotalNanoseconds / Calls);
        }

        return best;
    }

    private static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}
