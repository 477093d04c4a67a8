using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Wire.Tests;

/// <summary>The worked examples of docs/PROTOCOL.md: one sealed datagram of each kind, with small values.</summary>
internal static class ProtocolExamples
{
    private static readonly Hash256 Package =
        new(0x1111111111111111, 0x2222222222222222, 0x3333333333333333, 0x4444444444444444);
    private static readonly Hash128 Plan = new(0xaaaaaaaaaaaaaaaa, 0xbbbbbbbbbbbbbbbb);
    private static readonly FrameAddress Frame = new(0xc1, 1, 7, 2, 1);

    private delegate void Writing(ref MessagePackWriter writer);

    public static IEnumerable<(MessageKind Kind, byte[] Datagram)> All()
    {
        var ping = new PingMessage(77, 0xb2, 3);
        yield return Make(MessageKind.Hello, WriteHello);
        yield return Make(MessageKind.View, (ref MessagePackWriter w) =>
        {
            ViewMessage.Begin(ref w, Header(MessageKind.View), 2);
            ViewMessage.WriteMember(ref w, 0xb2, 3, 140);
            ViewMessage.WriteMember(ref w, 0xb3, 1, ViewMessage.Left);
        });
        yield return Make(MessageKind.Leave, (ref MessagePackWriter w) => Header(MessageKind.Leave).Write(ref w, 0));
        yield return Make(MessageKind.Ping, (ref MessagePackWriter w) => ping.Write(ref w, Header(MessageKind.Ping)));
        yield return Make(MessageKind.PingAck, (ref MessagePackWriter w) =>
            ping.Write(ref w, Header(MessageKind.PingAck)));
        yield return Make(MessageKind.PingRequest, (ref MessagePackWriter w) =>
            ping.Write(ref w, Header(MessageKind.PingRequest)));
        yield return Make(MessageKind.WhoIs, (ref MessagePackWriter w) =>
            new WhoIsMessage(0xb2).Write(ref w, Header(MessageKind.WhoIs)));
        yield return Make(MessageKind.Introduction, WriteIntroduction);
        yield return Make(MessageKind.ClientHello, (ref MessagePackWriter w) =>
        {
            ClientHelloMessage.Begin(ref w, Header(MessageKind.ClientHello), 12, 1, 1);
            ClientHelloMessage.WriteRequest(ref w, 1, 5);
        });
        yield return Make(MessageKind.PackageOffer, (ref MessagePackWriter w) =>
            new PackageOfferMessage(Package, 100_000).Write(ref w, Header(MessageKind.PackageOffer)));
        yield return Make(MessageKind.PackageRequest, (ref MessagePackWriter w) =>
            new PackageRequestMessage(Package, 16, 0xffff).Write(ref w, Header(MessageKind.PackageRequest)));
        yield return Make(MessageKind.PackageChunk, (ref MessagePackWriter w) =>
            new PackageChunkMessage { Hash = Package, Index = 81, Payload = "end"u8 }
                .Write(ref w, Header(MessageKind.PackageChunk)));
        yield return Make(MessageKind.PlanQuery, (ref MessagePackWriter w) =>
            new PlanQueryMessage(Package, 0).Write(ref w, Header(MessageKind.PlanQuery)));
        yield return Make(MessageKind.PlanInfo, WritePlan);
        yield return Make(MessageKind.Data, WriteData);
        yield return Make(MessageKind.Ack, WriteAck);
        yield return Make(MessageKind.Stale, (ref MessagePackWriter w) =>
            new StaleMessage(Frame, Plan.High, new Hash128(1, 2), 0xfeed).Write(ref w, Header(MessageKind.Stale)));
        yield return Make(MessageKind.FrameQuery, (ref MessagePackWriter w) =>
            new FrameQueryMessage(Frame with { Stage = 0 }, false, 9).Write(ref w, Header(MessageKind.FrameQuery)));
        yield return Make(MessageKind.FrameState, (ref MessagePackWriter w) =>
            new FrameQueryMessage(Frame with { Stage = 0 }, true, 9).Write(ref w, Header(MessageKind.FrameState)));
        yield return Make(MessageKind.Command, (ref MessagePackWriter w) =>
            new CommandMessage { Number = 3, BoardIncarnation = 4, Mask = 0xffff, Text = "status"u8 }
                .Write(ref w, Header(MessageKind.Command)));
        yield return Make(MessageKind.CommandAnswer, (ref MessagePackWriter w) =>
            new CommandAnswerMessage { Number = 3, TotalBytes = WireLimits.ChunkBytes + 3, Index = 1, Payload = "..}"u8 }
                .Write(ref w, Header(MessageKind.CommandAnswer)));
        yield return Make(MessageKind.PackageOutlineQuery, (ref MessagePackWriter w) =>
            new PackageOutlineQueryMessage(Package, 64).Write(ref w, Header(MessageKind.PackageOutlineQuery)));
        yield return Make(MessageKind.PackageOutline, (ref MessagePackWriter w) => new PackageOutlineMessage
        {
            Hash = Package, Root = new Hash256(5, 6, 7, 8), First = 64, Digests = new byte[2 * WireLimits.BlockDigestBytes],
        }.Write(ref w, Header(MessageKind.PackageOutline)));
        yield return Make(MessageKind.FrameMissed, (ref MessagePackWriter w) => new FrameMissedMessage
        {
            Address = Frame with { Stage = 0 }, PlanTag = Plan.High, Statistics = new byte[WireLimits.StageStatisticsBytes],
        }.Write(ref w, Header(MessageKind.FrameMissed)));
    }

    /// <summary>
    /// A MessagePack decoder of its own, that shares nothing with the one under test: prints a value the way JSON
    /// would, bin as hexadecimal in angle brackets.
    /// </summary>
    public static string Decode(ReadOnlySpan<byte> bytes, ref int at)
    {
        byte code = bytes[at++];
        switch (code)
        {
            case < 0x80:
                return $"{code}";
            case >= 0x90 and < 0xa0:
                return DecodeArray(bytes, ref at, code & 15);
            case 0xdc:
                at += 2;
                return DecodeArray(bytes, ref at, BinaryPrimitives.ReadUInt16BigEndian(bytes[(at - 2)..]));
            case >= 0xa0 and < 0xc0:
                at += code & 31;
                return $"\"{Encoding.UTF8.GetString(bytes[(at - (code & 31))..at])}\"";
            case 0xc2:
                return "false";
            case 0xc3:
                return "true";
            case 0xc4:
                int length = bytes[at++];
                at += length;
                return $"<{System.Convert.ToHexStringLower(bytes[(at - length)..at])}>";
            case 0xcc:
                return $"{bytes[at++]}";
            case 0xcd:
                at += 2;
                return $"{BinaryPrimitives.ReadUInt16BigEndian(bytes[(at - 2)..])}";
            case 0xce:
                at += 4;
                return $"{BinaryPrimitives.ReadUInt32BigEndian(bytes[(at - 4)..])}";
            case 0xcf:
                at += 8;
                return $"{BinaryPrimitives.ReadUInt64BigEndian(bytes[(at - 8)..])}";
            default:
                throw new InvalidDataException($"code 0x{code:x2} at byte {at - 1}");
        }
    }

    private static string DecodeArray(ReadOnlySpan<byte> bytes, ref int at, int count)
    {
        var parts = new List<string>();
        for (int i = 0; i < count; i++)
        {
            parts.Add(Decode(bytes, ref at));
        }

        return $"[{string.Join(", ", parts)}]";
    }

    private static MessageHeader Header(MessageKind kind) => new(kind, XxHash64.Hash("shelf"u8),
        kind is MessageKind.ClientHello or MessageKind.PackageOffer or MessageKind.Command ? 0xc1u : 0xb1u, 4);

    private static (MessageKind Kind, byte[] Datagram) Make(MessageKind kind, Writing write)
    {
        var writer = new MessagePackWriter(new byte[WireLimits.MessageBytes]);
        write(ref writer);
        byte[] datagram = new byte[WireLimits.DatagramBytes];
        return (kind, datagram[..new ChecksumSeal().Seal(writer.WrittenSpan, datagram)]);
    }

    private static void WriteHello(ref MessagePackWriter w)
    {
        new HelloMessage
        {
            Name = "a"u8,
            Board = "pynq-z1"u8,
            Configuration = "1x16"u8,
            ClockHertz = 100_000_000,
            LinkBitsPerSecond = 1_000_000_000,
            MemoryBytes = 64 << 20,
            Epoch = 5,
            ViewHash = 0xfeed,
            PackageCount = 1,
        }.Begin(ref w, Header(MessageKind.Hello));
        HelloMessage.WritePackage(ref w, new PackageAnnouncement(Package, 100_000, true, Plan.High, true, 0));
    }

    private static void WriteIntroduction(ref MessagePackWriter w) => new IntroductionMessage
    {
        Subject = 0xb2,
        SubjectIncarnation = 3,
        AddressHigh = 0,
        AddressLow = 0xffff_0a00_0002,
        Port = 4000,
        AgeMs = 120,
        Name = "b"u8,
        Board = "pynq-z1"u8,
        Configuration = "1x16"u8,
        ClockHertz = 100_000_000,
        LinkBitsPerSecond = 1_000_000_000,
        MemoryBytes = 64 << 20,
    }.Write(ref w, Header(MessageKind.Introduction));

    private static void WritePlan(ref MessagePackWriter w)
    {
        new PlanInfoMessage
        {
            Package = Package,
            Plan = Plan,
            Strategy = 1,
            StageCount = 2,
            StagesHere = 2,
        }.Begin(ref w, Header(MessageKind.PlanInfo));
        PlanInfoMessage.BeginStage(ref w, new PlanStageInfo(0, 4, 784, 3136, 900_000, 6_272, 1));
        w.Write(0xb1u);
        PlanInfoMessage.BeginStage(ref w, new PlanStageInfo(4, 9, 3136, 10, 800_000, 25_088, 2));
        w.Write(0xb2u);
        w.Write(0xb3u);
    }

    private static void WriteData(ref MessagePackWriter w) => new DataMessage
    {
        Address = Frame,
        Plan = Plan,
        Flags = DataFlags.AckNow,
        TotalBytes = 1234,
        Index = 1,
        BudgetUs = 900_000,
        SentUs = 123_456,
        Payload = [0x0a, 0x0b],
    }.Write(ref w, Header(MessageKind.Data));

    private static void WriteAck(ref MessagePackWriter w) => new AckMessage
    {
        Address = Frame,
        PlanTag = Plan.High,
        Status = AckStatus.Receiving,
        Grant = 6,
        Base = 0,
        Mask = [0b10],
        EchoUs = 123_456,
    }.Write(ref w, Header(MessageKind.Ack));
}
