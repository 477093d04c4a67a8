namespace FpgaEdge.Cluster;

/// <summary>
/// Smoothed round-trip time to one peer, and the time to wait before sending again (RFC 6298 in integers).
/// </summary>
internal sealed class RoundTrip
{
    private long smoothedNs;
    private long variationNs;

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
