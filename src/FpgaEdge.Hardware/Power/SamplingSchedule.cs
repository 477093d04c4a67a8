namespace FpgaEdge.Hardware;

/// <summary>When to sample: at whole multiples of the period after the start, however long the samples take, so that the
/// mean period is exact and does not drift. Moments that have passed are left out, not made up for.</summary>
public sealed class SamplingSchedule(long startNs, TimeSpan period)
{
    private readonly long periodNs = (long)period.TotalNanoseconds;

    /// <summary>When the next sample is due.</summary>
    public long DueNs { get; private set; } = startNs;

    /// <summary>A sample was taken, or could not be.</summary>
    /// <returns>Moments that were left out because they had passed.</returns>
    public long Advance(long nowNs)
    {
        long steps = Math.Max(1, ((nowNs - DueNs) / periodNs) + 1);
        DueNs += steps * periodNs;
        return steps - 1;
    }
}
