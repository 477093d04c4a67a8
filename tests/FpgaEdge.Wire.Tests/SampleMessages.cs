namespace FpgaEdge.Wire.Tests;

/// <summary>One message of each kind with the largest value in every field, and a parser for all of them.</summary>
internal static class SampleMessages
{
    private static readonly Hash256 Package = new(ulong.MaxValue, 2, 3, 4);
    private static readonly Hash128 Plan = new(ulong.MaxValue, ulong.MaxValue);
    private static readonly FrameAddress Frame =
        new(ulong.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, WireLimits.Stages);

    private delegate void Writing(ref MessagePackWriter writer);

    public static IEnumerable<byte[]> All()
    {
        byte[] name = new byte[WireLimits.NameBytes];
        name.AsSpan().Fill((byte)'n');
        byte[] chunk = new byte[WireLimits.ChunkBytes];
        byte[] mask = new byte[WireLimits.AckMaskChunks / 8];
        var ping = new PingMessage(uint.MaxValue, ulong.MaxValue, uint.MaxValue);
        yield return Message((ref MessagePackWriter w) => WriteHello(ref w, name));
        yield return Message((ref MessagePackWriter w) =>
        {
            ViewMessage.Begin(ref w, Header(MessageKind.View), WireLimits.Boards + 6);
            for (int i = 0; i < WireLimits.Boards + 6; i++)
            {
                ViewMessage.WriteMember(ref w, ulong.MaxValue, uint.MaxValue, ViewMessage.Left);
            }
        });
        yield return Message((ref MessagePackWriter w) => Header(MessageKind.Leave).Write(ref w, 0));
        yield return Message((ref MessagePackWriter w) => ping.Write(ref w, Header(MessageKind.Ping)));
        yield return Message((ref MessagePackWriter w) => ping.Write(ref w, Header(MessageKind.PingAck)));
        yield return Message((ref MessagePackWriter w) => ping.Write(ref w, Header(MessageKind.PingRequest)));
        yield return Message((ref MessagePackWriter w) => new WhoIsMessage(5).Write(ref w, Header(MessageKind.WhoIs)));
        yield return Message((ref MessagePackWriter w) => WriteIntroduction(ref w, name));
        yield return Message((ref MessagePackWriter w) =>
        {
            ClientHelloMessage.Begin(ref w, Header(MessageKind.ClientHello), uint.MaxValue, uint.MaxValue,
                ClientHelloMessage.MaximumRequests);
            for (int i = 0; i < ClientHelloMessage.MaximumRequests; i++)
            {
                ClientHelloMessage.WriteRequest(ref w, uint.MaxValue, uint.MaxValue);
            }
        });
        yield return Message((ref MessagePackWriter w) =>
            new PackageOfferMessage(Package, WireLimits.PackageBytes).Write(ref w, Header(MessageKind.PackageOffer)));
        yield return Message((ref MessagePackWriter w) =>
            new PackageRequestMessage(Package, 50_000, ulong.MaxValue)
                .Write(ref w, Header(MessageKind.PackageRequest)));
        yield return Message((ref MessagePackWriter w) =>
            new PackageChunkMessage { Hash = Package, Index = 50_000, Payload = chunk }
                .Write(ref w, Header(MessageKind.PackageChunk)));
        yield return Message((ref MessagePackWriter w) =>
            new PlanQueryMessage(Package, WireLimits.Stages - 1).Write(ref w, Header(MessageKind.PlanQuery)));
        yield return Message(WritePlan);
        yield return Message((ref MessagePackWriter w) => WriteData(ref w, chunk));
        yield return Message((ref MessagePackWriter w) => new AckMessage
        {
            Address = Frame,
            PlanTag = ulong.MaxValue,
            Status = AckStatus.Ready,
            Grant = uint.MaxValue,
            Base = 13_000,
            Mask = mask,
            EchoUs = uint.MaxValue,
        }.Write(ref w, Header(MessageKind.Ack)));
        yield return Message((ref MessagePackWriter w) =>
            new StaleMessage(Frame, ulong.MaxValue, Plan, ulong.MaxValue).Write(ref w, Header(MessageKind.Stale)));
        yield return Message((ref MessagePackWriter w) =>
            new FrameQueryMessage(Frame, false, uint.MaxValue).Write(ref w, Header(MessageKind.FrameQuery)));
        yield return Message((ref MessagePackWriter w) =>
            new FrameQueryMessage(Frame, true, uint.MaxValue).Write(ref w, Header(MessageKind.FrameState)));
        yield return Message((ref MessagePackWriter w) => new CommandMessage
        {
            Number = uint.MaxValue, BoardIncarnation = uint.MaxValue, Mask = ulong.MaxValue, Text = name,
        }.Write(ref w, Header(MessageKind.Command)));
        yield return Message((ref MessagePackWriter w) => new CommandAnswerMessage
        {
            Number = uint.MaxValue, TotalBytes = WireLimits.AnswerBytes, Index = WireLimits.AnswerChunks - 1, Payload = chunk,
        }.Write(ref w, Header(MessageKind.CommandAnswer)));
        yield return Message((ref MessagePackWriter w) =>
            new PackageOutlineQueryMessage(Package, 50_000).Write(ref w, Header(MessageKind.PackageOutlineQuery)));
        byte[] digests = new byte[WireLimits.OutlineBlocks * WireLimits.BlockDigestBytes];
        yield return Message((ref MessagePackWriter w) => new PackageOutlineMessage
        {
            Hash = Package, Root = Package, First = 50_000, Digests = digests,
        }.Write(ref w, Header(MessageKind.PackageOutline)));
        byte[] took = new byte[FrameMissedMessage.MaximumStages * WireLimits.StageStatisticsBytes];
        yield return Message((ref MessagePackWriter w) => new FrameMissedMessage
        {
            Address = Frame, PlanTag = ulong.MaxValue, Statistics = took,
        }.Write(ref w, Header(MessageKind.FrameMissed)));
    }

    /// <summary>Parses a message the way a node does; true when all of it is valid.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message)
    {
        var reader = new MessagePackReader(message);
        if (MessageHeader.TryRead(ref reader, out MessageHeader header, out int elements) != HeaderVerdict.Ok)
        {
            return false;
        }

        bool ok = header.Kind switch
        {
            MessageKind.Hello => TryHello(ref reader, elements),
            MessageKind.View => TryView(ref reader, elements),
            MessageKind.Leave => elements == 0,
            MessageKind.Ping or MessageKind.PingAck or MessageKind.PingRequest =>
                PingMessage.TryRead(ref reader, elements, out _),
            MessageKind.WhoIs => WhoIsMessage.TryRead(ref reader, elements, out _),
            MessageKind.Introduction => IntroductionMessage.TryRead(ref reader, elements, out _),
            MessageKind.ClientHello => TryClientHello(ref reader, elements),
            MessageKind.PackageOffer => PackageOfferMessage.TryRead(ref reader, elements, out _),
            MessageKind.PackageRequest => PackageRequestMessage.TryRead(ref reader, elements, out _),
            MessageKind.PackageChunk => PackageChunkMessage.TryRead(ref reader, elements, out _),
            MessageKind.PlanQuery => PlanQueryMessage.TryRead(ref reader, elements, out _),
            MessageKind.PlanInfo => TryPlan(ref reader, elements),
            MessageKind.Data => DataMessage.TryRead(ref reader, elements, out DataMessage data)
                && data.Payload.Length + (data.Index * WireLimits.ChunkBytes) <= data.TotalBytes,
            MessageKind.Ack => AckMessage.TryRead(ref reader, elements, out _),
            MessageKind.Stale => StaleMessage.TryRead(ref reader, elements, out _),
            MessageKind.Command => CommandMessage.TryRead(ref reader, elements, out _),
            MessageKind.CommandAnswer => CommandAnswerMessage.TryRead(ref reader, elements, out _),
            MessageKind.PackageOutlineQuery => PackageOutlineQueryMessage.TryRead(ref reader, elements, out _),
            MessageKind.PackageOutline => PackageOutlineMessage.TryRead(ref reader, elements, out _),
            MessageKind.FrameMissed => FrameMissedMessage.TryRead(ref reader, elements, out _),
            _ => FrameQueryMessage.TryRead(ref reader, elements, out _),
        };
        return ok && reader.End;
    }

    private static MessageHeader Header(MessageKind kind) => new(kind, ulong.MaxValue, ulong.MaxValue, uint.MaxValue);

    private static byte[] Message(Writing write)
    {
        var writer = new MessagePackWriter(new byte[WireLimits.MessageBytes]);
        write(ref writer);
        Assert.IsFalse(writer.Overflowed);
        return writer.WrittenSpan.ToArray();
    }

    private static void WriteHello(ref MessagePackWriter w, byte[] name)
    {
        new HelloMessage
        {
            Name = name,
            Board = name,
            Configuration = name,
            ClockHertz = long.MaxValue,
            LinkBitsPerSecond = long.MaxValue,
            MemoryBytes = long.MaxValue,
            Epoch = uint.MaxValue,
            ViewHash = ulong.MaxValue,
            PackageCount = WireLimits.Packages,
        }.Begin(ref w, Header(MessageKind.Hello));
        for (int i = 0; i < WireLimits.Packages; i++)
        {
            HelloMessage.WritePackage(ref w, new PackageAnnouncement(
                Package, WireLimits.PackageBytes, true, ulong.MaxValue, true, ulong.MaxValue));
        }
    }

    private static void WriteIntroduction(ref MessagePackWriter w, byte[] name) => new IntroductionMessage
    {
        Subject = ulong.MaxValue,
        SubjectIncarnation = uint.MaxValue,
        AddressHigh = ulong.MaxValue,
        AddressLow = ulong.MaxValue,
        Port = ushort.MaxValue,
        AgeMs = uint.MaxValue,
        Name = name,
        Board = name,
        Configuration = name,
        ClockHertz = long.MaxValue,
        LinkBitsPerSecond = long.MaxValue,
        MemoryBytes = long.MaxValue,
    }.Write(ref w, Header(MessageKind.Introduction));

    private static void WritePlan(ref MessagePackWriter w)
    {
        new PlanInfoMessage
        {
            Package = Package,
            Plan = Plan,
            Strategy = 3,
            StageCount = WireLimits.Stages,
            StagesHere = 8,
        }.Begin(ref w, Header(MessageKind.PlanInfo));
        for (int i = 0; i < 8; i++)
        {
            PlanInfoMessage.BeginStage(ref w, new PlanStageInfo(
                100_000, 100_001, WireLimits.FrameBytes, WireLimits.FrameBytes, long.MaxValue, long.MaxValue, 8));
            for (int j = 0; j < 8; j++)
            {
                w.Write(ulong.MaxValue);
            }
        }
    }

    private static void WriteData(ref MessagePackWriter w, byte[] chunk) => new DataMessage
    {
        Address = Frame,
        Plan = Plan,
        Flags = DataFlags.All,
        TotalBytes = 13_000 * WireLimits.ChunkBytes,
        Index = 12_999,
        BudgetUs = ulong.MaxValue,
        SentUs = uint.MaxValue,
        Payload = chunk,
    }.Write(ref w, Header(MessageKind.Data));

    private static bool TryHello(ref MessagePackReader reader, int elements)
    {
        bool ok = HelloMessage.TryBegin(ref reader, elements, out HelloMessage hello);
        for (int i = 0; ok && i < hello.PackageCount; i++)
        {
            ok = HelloMessage.TryReadPackage(ref reader, out _);
        }

        return ok;
    }

    private static bool TryView(ref MessagePackReader reader, int elements)
    {
        bool ok = ViewMessage.TryBegin(ref reader, elements, out int count);
        for (int i = 0; ok && i < count; i++)
        {
            ok = ViewMessage.TryReadMember(ref reader, out _, out _, out _);
        }

        return ok;
    }

    private static bool TryClientHello(ref MessagePackReader reader, int elements)
    {
        bool ok = ClientHelloMessage.TryBegin(ref reader, elements, out _, out _, out int count);
        for (int i = 0; ok && i < count; i++)
        {
            ok = ClientHelloMessage.TryReadRequest(ref reader, out _, out _);
        }

        return ok;
    }

    private static bool TryPlan(ref MessagePackReader reader, int elements)
    {
        bool ok = PlanInfoMessage.TryBegin(ref reader, elements, out PlanInfoMessage plan);
        for (int i = 0; ok && i < plan.StagesHere; i++)
        {
            ok = PlanInfoMessage.TryBeginStage(ref reader, out PlanStageInfo stage);
            for (int j = 0; ok && j < stage.BoardCount; j++)
            {
                ok = reader.TryReadUInt64(out _);
            }
        }

        return ok;
    }
}
