namespace FpgaEdge.Cluster;

/// <summary>
/// What was learnt about the way to one peer, and outlives the single frame: the smoothed round-trip time with the time to
/// wait before sending again (RFC 6298 in integers), and how many chunks of a transfer may be under way.
/// </summary>
internal sealed class RoundTrip
{
    private const int FirstWindow = 16;
    private const int SmallestWindow = 8;
    private const int LargestWindow = 128;
    private long smoothedNs;
    private long variationNs;
    private long shrunkNs = long.MinValue / 2;

    /// <summary>Chunks of all transfers that may be under way together.</summary>
    public int Window { get; private set; } = FirstWindow;

    /// <summary>Chunks that are under way.</summary>
    public int Flying { get; set; }

    /// <summary>The peer had no slot for the last frame that began: the next one asks with one chunk first.</summary>
    public bool IsCrowded { get; set; }

    /// <summary>How many chunks a transfer with so many under way may send: as the window says, but a few in any case, so
    /// that no transfer waits for the others.</summary>
    public int RoomFor(int ownFlying) => Math.Max(Window - Flying, SmallestWindow - ownFlying);

    /// <summary>A chunk arrived: one more may be under way.</summary>
    public void Grow() => Window = Math.Min(LargestWindow, Window + 1);

    /// <summary>Chunks were lost: fewer may be under way. What was lost together counts once.</summary>
    public void Shrink(long nowNs)
    {
        if (nowNs - shrunkNs > 2 * ReorderNs)
        {
            shrunkNs = nowNs;
            Window = Math.Max(SmallestWindow, Window * 3 / 4);
        }
    }

    /// <summary>Nothing arrives any more: begins anew.</summary>
    public void Collapse() => Window = SmallestWindow;

    /// <summary>Takes in one measurement.</summary>
    public void Add(long sampleNs)
    {
        if (sampleNs < 0 || sampleNs > 10_000_000_000)
        {
            return;
        }

        if (smoothedNs == 0)
        {
            smoothedNs = Math.Max(1, sampleNs);
            variationNs = sampleNs / 2;
            return;
        }

        variationNs += (Math.Abs(sampleNs - smoothedNs) - variationNs) / 4;
        smoothedNs += (sampleNs - smoothedNs) / 8;
    }

    /// <summary>Time without an answer after which data is sent again.</summary>
    public long RetransmitNs(ClusterTiming timing) =>
        smoothedNs == 0 ? timing.FirstRetransmitNs
        : Math.Max(timing.MinimumRetransmitNs, smoothedNs + (4 * variationNs));

    /// <summary>How much later than another a datagram may have been sent and still overtake it.</summary>
    public long ReorderNs => Math.Max(500_000, smoothedNs / 4);
}
