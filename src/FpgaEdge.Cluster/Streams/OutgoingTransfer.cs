using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// One frame on its way to one receiver: sends chunks within a window, sends lost ones again, stops when the receiver
/// has no slot. Reused from frame to frame; nothing is allocated while it works once its arrays have grown.
/// </summary>
internal sealed class OutgoingTransfer
{
    private const int SmallestBurst = 8;

    // As many as go through the operating system as one buffer.
    private const int LargestBurst = 46;
    private const long BurstNs = 400_000;
    private const long BusyProbeNs = 60_000_000;
    private const long LongestRetransmitNs = 400_000_000;
    private readonly ChunkSet acknowledged = new();
    private uint[] sentUs = [];
    private bool[] inFlight = [];
    private byte[] buffer = [];
    private RoundTrip? way;
    private int flying;
    private int scan;
    private int backoff;
    private uint grant;
    private uint grantIncarnation;
    private long deadlineNs;
    private DataFlags flags;

    /// <summary>Which frame, for which stage.</summary>
    public FrameAddress Address { get; private set; }

    /// <summary>The plan it follows.</summary>
    public PlanHash Plan { get; private set; }

    /// <summary>The board it is for, or default when it is for the client.</summary>
    public BoardId Destination { get; private set; }

    /// <summary>Something is still to be sent or acknowledged.</summary>
    public bool IsActive { get; private set; }

    /// <summary>The receiver said that it has no slot.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>When <see cref="Pump"/> has something to do without an acknowledgement.</summary>
    public long NextTimerNs { get; private set; } = long.MaxValue;

    public void Start(
        long nowNs, in FrameAddress address, PlanHash plan, BoardId destination, byte[] data, int totalBytes,
        DataFlags dataFlags, long deadline)
    {
        Address = address;
        Plan = plan;
        Destination = destination;
        buffer = data;
        TotalBytes = totalBytes;
        flags = dataFlags;
        deadlineNs = deadline;
        int chunks = DataMessage.ChunksOf(totalBytes);
        if (sentUs.Length < chunks)
        {
            sentUs = new uint[chunks];
            inFlight = new bool[chunks];
        }

        grant = 0;
        grantIncarnation = 0;
        IsActive = true;
        IsWaiting = false;
        backoff = 0;
        Restart(nowNs, chunks);
    }

    /// <summary>Bytes of the transfer.</summary>
    public int TotalBytes { get; private set; }

    public void Stop()
    {
        LandAll();
        IsActive = false;
        NextTimerNs = long.MaxValue;
    }

    /// <summary>Nobody to send to at the moment: looks again later.</summary>
    public void Defer(long nowNs) => NextTimerNs = Math.Max(NextTimerNs, nowNs + BusyProbeNs);

    /// <summary>True when an acknowledgement or refusal is about this transfer.</summary>
    public bool Matches(in FrameAddress address, ulong planTag) =>
        IsActive && Address == address && Plan.Tag() == planTag;

    /// <summary>The receiver does not know the plan, at least not yet: tries again later.</summary>
    public void OnStale(long nowNs)
    {
        IsWaiting = true;
        Restart(nowNs, acknowledged.Count);
        NextTimerNs = nowNs + BusyProbeNs;
    }

    /// <summary>Takes in an acknowledgement. True when the transfer is over.</summary>
    public bool OnAck(
        long nowNs, in AckMessage ack, uint incarnation, RoundTrip roundTrip, NodeCounters counters)
    {
        if (ack.EchoUs != 0)
        {
            roundTrip.Add((long)(uint)(ClockUs(nowNs) - ack.EchoUs) * 1000);
        }

        switch (ack.Status)
        {
            case AckStatus.Complete or AckStatus.Unwanted:
                Stop();
                return true;
            case AckStatus.Busy:
                roundTrip.IsCrowded = true;
                if (!IsWaiting)
                {
                    IsWaiting = true;
                    Restart(nowNs, acknowledged.Count);
                }

                NextTimerNs = nowNs + BusyProbeNs;
                return false;
        }

        if (incarnation < grantIncarnation || (incarnation == grantIncarnation && ack.Grant < grant))
        {
            return false;
        }

        if (ack.Grant != grant || incarnation != grantIncarnation)
        {
            bool first = grant == 0 && !IsWaiting;
            roundTrip.IsCrowded &= !first;
            grant = ack.Grant;
            grantIncarnation = incarnation;
            if (!first)
            {
                Restart(nowNs, acknowledged.Count);
            }
        }

        IsWaiting = false;
        backoff = 0;
        Acknowledge(ack, roundTrip);
        FindLost(nowNs, ack.EchoUs, roundTrip, counters);
        NextTimerNs = nowNs;
        return false;
    }

    /// <summary>Sends what may be sent now: bursts at the speed of the slower of the two links.</summary>
    public void Pump(
        long nowNs, NodePort port, PeerAddress to, RoundTrip roundTrip, long linkBitsPerSecond, ClusterTiming timing,
        IClusterEffects effects)
    {
        if (!IsActive || nowNs < NextTimerNs)
        {
            return;
        }

        if (IsWaiting)
        {
            scan = 0;
            SendChunk(nowNs, 0, DataFlags.AckNow, port, to, effects);
            NextTimerNs = nowNs + BusyProbeNs;
            return;
        }

        if (flying > 0 && nowNs >= retransmitNs)
        {
            Expire(port.Counters);
            roundTrip.Collapse();
        }

        int burst = (int)Math.Clamp(
            linkBitsPerSecond / 8 * BurstNs / 1_000_000_000 / WireLimits.DatagramBytes, SmallestBurst, LargestBurst);
        TakeWay(roundTrip);
        int missing = acknowledged.Count - acknowledged.Present - flying;
        int budget = Math.Min(burst, roundTrip.RoomFor(flying));

        // Small bursts cost as much as large ones: rather waits for the next acknowledgement.
        if (flying > 0 && budget < Math.Min(burst / 2, missing))
        {
            budget = 0;
        }

        int limit = grant == 0 && roundTrip.IsCrowded
            ? 1 : Math.Min(acknowledged.Count, acknowledged.Base + WireLimits.AckMaskChunks);
        int next = NextToSend(limit);
        while (next < limit && budget > 0)
        {
            scan = next + 1;
            flying++;
            roundTrip.Flying++;
            budget--;
            inFlight[next] = true;
            int after = NextToSend(limit);
            bool last = after >= limit || budget == 0;
            SendChunk(nowNs, next, last ? DataFlags.AckNow : DataFlags.None, port, to, effects);
            next = after;
        }

        retransmitNs = nowNs + Math.Min(LongestRetransmitNs, roundTrip.RetransmitNs(timing) << Math.Min(backoff, 6));
        bool more = next < limit && roundTrip.RoomFor(flying) >= burst / 2;
        NextTimerNs = more ? nowNs + (burst * WireLimits.DatagramBytes * 8_000_000_000L / linkBitsPerSecond) : retransmitNs;
    }

    private long retransmitNs;

    private static uint ClockUs(long nowNs)
    {
        uint us = (uint)(nowNs / 1000);
        return us == 0 ? 1 : us;
    }

    private void Restart(long nowNs, int chunks)
    {
        acknowledged.Reset(chunks);
        LandAll();
        Array.Clear(inFlight, 0, chunks);
        scan = 0;
        retransmitNs = nowNs;
        NextTimerNs = nowNs;
    }

    private void Acknowledge(in AckMessage ack, RoundTrip roundTrip)
    {
        int count = acknowledged.Count;
        int upTo = Math.Min(ack.Base, count);
        for (int i = acknowledged.Base; i < upTo; i++)
        {
            AcknowledgeOne(i, roundTrip);
        }

        for (int j = 0; j < ack.Mask.Length; j++)
        {
            int bits = ack.Mask[j];
            for (int i = 0; bits != 0; i++, bits >>= 1)
            {
                int index = ack.Base + (8 * j) + i;
                if ((bits & 1) != 0 && index < count)
                {
                    AcknowledgeOne(index, roundTrip);
                }
            }
        }
    }

    private void AcknowledgeOne(int index, RoundTrip roundTrip)
    {
        if (!acknowledged.Add(index))
        {
            return;
        }

        if (inFlight[index])
        {
            inFlight[index] = false;
            Land();
        }

        roundTrip.Grow();
    }

    /// <summary>A chunk sent well before one that arrived, and still missing, is lost.</summary>
    private void FindLost(long nowNs, uint echoUs, RoundTrip roundTrip, NodeCounters counters)
    {
        if (echoUs == 0 || flying == 0)
        {
            return;
        }

        int reorderUs = (int)(roundTrip.ReorderNs / 1000);
        int end = Math.Min(acknowledged.Count, acknowledged.Base + WireLimits.AckMaskChunks);
        bool lost = false;
        for (int i = acknowledged.NextMissing(acknowledged.Base); i < end; i = acknowledged.NextMissing(i + 1))
        {
            if (inFlight[i] && (int)(echoUs - sentUs[i]) > reorderUs)
            {
                inFlight[i] = false;
                Land();
                scan = Math.Min(scan, i);
                lost = true;
                counters.RetransmittedChunks++;
            }
        }

        if (lost)
        {
            roundTrip.Shrink(nowNs);
        }
    }

    private void Expire(NodeCounters counters)
    {
        counters.RetransmittedChunks += flying;
        LandAll();
        Array.Clear(inFlight, 0, acknowledged.Count);
        scan = 0;
        backoff++;
    }

    /// <summary>The peer may be another life of the board than before, whose way begins anew.</summary>
    private void TakeWay(RoundTrip roundTrip)
    {
        if (way != roundTrip)
        {
            int moved = flying;
            LandAll();
            way = roundTrip;
            flying = moved;
            way.Flying += moved;
        }
    }

    private void Land()
    {
        flying--;
        way!.Flying--;
    }

    private void LandAll()
    {
        if (way is not null)
        {
            way.Flying -= flying;
        }

        flying = 0;
    }

    private int NextToSend(int limit)
    {
        int index = acknowledged.NextMissing(Math.Max(scan, acknowledged.Base));
        while (index < limit && inFlight[index])
        {
            index = acknowledged.NextMissing(index + 1);
        }

        return index;
    }

    private void SendChunk(
        long nowNs, int index, DataFlags extra, NodePort port, PeerAddress to, IClusterEffects effects)
    {
        sentUs[index] = ClockUs(nowNs);
        MessagePackWriter writer = port.Begin();
        new DataMessage
        {
            Address = Address,
            Plan = Plan.ToWire(),
            Flags = flags | extra,
            TotalBytes = TotalBytes,
            Index = index,
            BudgetUs = (ulong)Math.Max(0, (deadlineNs - nowNs) / 1000),
            SentUs = sentUs[index],
            Payload = buffer.AsSpan(index * WireLimits.ChunkBytes, DataMessage.ChunkLength(TotalBytes, index)),
        }.Write(ref writer, port.Header(MessageKind.Data));
        port.Send(writer, to, effects);
    }
}
