namespace FpgaEdge.Hardware;

/// <summary>
/// Energy from power samples: each reading stands for the time since the one before, because the parts average while they
/// convert. Time without a sample for more than two periods is a gap: it adds no energy, and an interval that touches one
/// has no energy figure rather than a wrong one. Locked, because one thread samples and another asks.
/// </summary>
/// <remarks>An interval's ends fall between samples and are interpolated: it gets its share of the samples at its ends, so
/// that a step of power just there is off by at most half a period times the step. A frame of 50 periods is within 1 %
/// whatever happens at its ends; shorter frames are right in the mean, because leaving them out would favour long
/// ones.</remarks>
public sealed class EnergyIntegrator
{
    private const int Samples = 16 * 1024;

    private readonly long periodNs;
    private readonly Lock gate = new();
    private readonly long[] times = new long[Samples];
    private readonly double[] joules = new double[Samples];
    private readonly int[] gapsBefore = new int[Samples];
    private long count;
    private double lastWatts = double.NaN;

    /// <summary>Starts without a sample.</summary>
    public EnergyIntegrator(TimeSpan period) => periodNs = (long)period.TotalNanoseconds;

    /// <summary>Gaps so far.</summary>
    public int Gaps { get; private set; }

    /// <summary>Time in gaps so far.</summary>
    public long GapNs { get; private set; }

    /// <summary>Samples so far.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>The latest power; NaN before the first sample.</summary>
    public double LastWatts => Volatile.Read(ref lastWatts);

    /// <summary>Adds a sample.</summary>
    /// <param name="timeNs">When it was taken; later than the one before.</param>
    /// <param name="watts">Mean power since the one before.</param>
    public void Add(long timeNs, double watts)
    {
        lock (gate)
        {
            double energy = 0;
            if (count > 0)
            {
                int last = Slot(count - 1);
                long elapsed = timeNs - times[last];
                bool gap = elapsed > 2 * periodNs;
                energy = joules[last] + (gap ? 0 : watts * elapsed * 1e-9);
                Gaps += gap ? 1 : 0;
                GapNs += gap ? elapsed : 0;
            }
            int slot = Slot(count);
            (times[slot], joules[slot], gapsBefore[slot]) = (timeNs, energy, Gaps);
            lastWatts = watts;
            count++;
        }
    }

    /// <summary>Energy between two moments in joules; null when a gap lies in between, or when they are before the first
    /// sample that is still kept or well after the last.</summary>
    public double? Joules(long fromNs, long toNs)
    {
        lock (gate)
        {
            return At(fromNs) is (double before, int gapsThen) && At(toNs) is (double after, int gapsNow) && gapsThen == gapsNow
                ? after - before
                : null;
        }
    }

    private static int Slot(long index) => (int)(index % Samples);

    /// <summary>Energy since the first sample, and the gaps before it; null where it is not known.</summary>
    private (double Joules, int Gaps)? At(long timeNs)
    {
        long oldest = Math.Max(0, count - Samples);
        if (count == 0 || timeNs < times[Slot(oldest)])
        {
            return null;
        }
        // The latest sample that is not later than the moment.
        long low = oldest;
        long high = count - 1;
        while (low < high)
        {
            long middle = (low + high + 1) / 2;
            (low, high) = times[Slot(middle)] <= timeNs ? (middle, high) : (low, middle - 1);
        }
        int at = Slot(low);
        long since = timeNs - times[at];
        if (low == count - 1)
        {
            return since <= 2 * periodNs ? (joules[at] + (lastWatts * since * 1e-9), gapsBefore[at]) : null;
        }
        int next = Slot(low + 1);
        if (gapsBefore[next] != gapsBefore[at])
        {
            return since == 0 ? (joules[at], gapsBefore[at]) : null;
        }
        double share = (double)since / (times[next] - times[at]);
        return (joules[at] + ((joules[next] - joules[at]) * share), gapsBefore[at]);
    }
}
