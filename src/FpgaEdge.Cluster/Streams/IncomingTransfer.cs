using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>One frame being put together from its chunks, in a buffer that is reused from frame to frame.</summary>
internal sealed class IncomingTransfer
{
    // Senders ask at the end of every burst; this is for those whose question was lost.
    private const int AcknowledgeEvery = 48;
    private readonly ChunkSet received = new();
    private int sinceAck;

    /// <summary>The frame's bytes; may be longer than <see cref="TotalBytes"/>.</summary>
    public byte[] Buffer { get; private set; } = [];

    public int TotalBytes { get; private set; }

    /// <summary>Number of this use of the buffer, for the sender to see when it is another.</summary>
    public uint Grant { get; private set; }

    /// <summary>The newest sending time that arrived.</summary>
    public uint EchoUs { get; private set; }

    public bool IsComplete => received.Count > 0 && received.IsComplete;

    /// <summary>Nothing has arrived yet.</summary>
    public bool IsEmpty => received.Present == 0;

    /// <summary>Makes sure that the buffer holds <paramref name="bytes"/>.</summary>
    public void Reserve(int bytes)
    {
        if (Buffer.Length < bytes)
        {
            Buffer = new byte[bytes];
        }
    }

    public void Start(int totalBytes, uint grant)
    {
        Reserve(totalBytes);
        TotalBytes = totalBytes;
        Grant = grant;
        EchoUs = 0;
        sinceAck = 0;
        received.Reset(DataMessage.ChunksOf(totalBytes));
    }

    /// <summary>Takes in a chunk of this transfer. True when an acknowledgement is due.</summary>
    public bool Add(in DataMessage data, NodeCounters counters)
    {
        if (EchoUs == 0 || (int)(data.SentUs - EchoUs) > 0)
        {
            EchoUs = data.SentUs;
        }

        if (!received.Add(data.Index))
        {
            counters.DuplicateChunks++;
        }
        else
        {
            data.Payload.CopyTo(Buffer.AsSpan(data.Index * WireLimits.ChunkBytes));
        }

        sinceAck++;
        if ((data.Flags & DataFlags.AckNow) == 0 && sinceAck < AcknowledgeEvery && !IsComplete)
        {
            return false;
        }

        sinceAck = 0;
        return true;
    }

    /// <summary>Tells the sender what arrived.</summary>
    public void SendAck(
        in FrameAddress address, ulong planTag, AckStatus status, NodePort port, PeerAddress to,
        IClusterEffects effects)
    {
        Span<byte> mask = stackalloc byte[WireLimits.AckMaskChunks / 8];
        int bytes = received.WriteMask(mask);
        scoped MessagePackWriter writer = port.Begin();
        var ack = new AckMessage
        {
            Address = address,
            PlanTag = planTag,
            Status = status,
            Grant = Grant,
            Base = received.Base,
            Mask = mask[..bytes],
            EchoUs = EchoUs,
        };
        ack.Write(ref writer, port.Header(MessageKind.Ack));
        port.Send(writer, to, effects);
    }

    /// <summary>An acknowledgement that needs no transfer: complete, busy or unwanted.</summary>
    public static void SendStatus(
        in FrameAddress address, ulong planTag, AckStatus status, uint echoUs, NodePort port, PeerAddress to,
        IClusterEffects effects)
    {
        MessagePackWriter writer = port.Begin();
        new AckMessage { Address = address, PlanTag = planTag, Status = status, EchoUs = echoUs }
            .Write(ref writer, port.Header(MessageKind.Ack));
        port.Send(writer, to, effects);
    }
}
