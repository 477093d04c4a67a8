namespace FpgaEdge.Hardware;

/// <summary>
/// Samples a board's power on a thread of its own: at the board file's period while frames are expected, ten times a second
/// otherwise, so that a waiting board shows its power but does not spend it on measuring.
/// </summary>
public sealed class EnergyMeter : IDisposable
{
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromMilliseconds(100);
    private const long ActiveNs = 10_000_000_000;
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(1);

    private readonly PowerRails rails;
    private readonly TimeSpan period;
    private readonly Func<long> nowNs;
    private readonly EnergyIntegrator integrator;
    private readonly Lock measuring = new();
    private readonly ManualResetEventSlim wake = new();
    private readonly Thread thread;
    private volatile bool stopping;
    private long activeUntilNs = long.MinValue;
    private double latestWatts = double.NaN;

    /// <summary>Starts sampling.</summary>
    /// <param name="rails">The board's rails; used by the meter's thread alone from now on, and disposed of with
    /// it.</param>
    /// <param name="period">From sample to sample.</param>
    /// <param name="nowNs">The clock by which intervals are asked for.</param>
    public EnergyMeter(PowerRails rails, TimeSpan period, Func<long> nowNs)
    {
        this.rails = rails;
        this.period = period;
        this.nowNs = nowNs;
        integrator = new EnergyIntegrator(period);
        thread = new Thread(Run) { Name = "power", IsBackground = true };
        thread.Start();
    }

    /// <summary>A rail's state changed: told from the meter's thread.</summary>
    public event Action<RailMonitor>? Changed;

    /// <summary>Power of the board now; null when it cannot be measured.</summary>
    public double? Watts => Volatile.Read(ref latestWatts) is double watts && !double.IsNaN(watts) ? watts : null;

    /// <summary>Looks at every rail while none is being measured.</summary>
    public void Visit(Action<RailMonitor> visitor)
    {
        lock (measuring)
        {
            foreach (RailMonitor rail in rails.Rails)
            {
                visitor(rail);
            }
        }
    }

    /// <summary>Gaps in the sampling so far.</summary>
    public int Gaps => integrator.Gaps;

    /// <summary>Samples so far, those of a waiting board left out.</summary>
    public long Samples => integrator.Count;

    /// <summary>Samples at the full rate for the next ten seconds: frames are expected.</summary>
    public void StayActive()
    {
        long now = nowNs();
        bool wasActive = Interlocked.Exchange(ref activeUntilNs, now + ActiveNs) > now;
        if (!wasActive)
        {
            wake.Set();
        }
    }

    /// <summary>Energy of an interval in nanojoules; null when it was not measured as a whole.</summary>
    public long? Nanojoules(long fromNs, long toNs) =>
        integrator.Joules(fromNs, toNs) is double joules ? (long)Math.Round(joules * 1e9) : null;

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        wake.Set();
        thread.Join();
        rails.Dispose();
        wake.Dispose();
    }

    private void Run()
    {
        var schedule = new SamplingSchedule(nowNs(), period);
        bool wasActive = false;
        TimeSpan backOff = TimeSpan.Zero;
        while (!stopping)
        {
            bool now = Interlocked.Read(ref activeUntilNs) > nowNs();
            if (now && !wasActive)
            {
                schedule = new SamplingSchedule(nowNs(), period);
            }
            wasActive = now;
            if (now && backOff == TimeSpan.Zero)
            {
                SleepUntil(schedule.DueNs);
            }
            else
            {
                wake.Wait(backOff > TimeSpan.Zero ? backOff : IdlePeriod);
                wake.Reset();
            }
            bool measured;
            lock (measuring)
            {
                measured = Sample(now);
            }
            _ = schedule.Advance(nowNs());
            backOff = measured ? TimeSpan.Zero : Longer(backOff);
        }
    }

    private TimeSpan Longer(TimeSpan backOff)
    {
        TimeSpan next = backOff == TimeSpan.Zero ? 10 * period : 2 * backOff;
        return next < LongestBackOff ? next : LongestBackOff;
    }

    private bool Sample(bool counts)
    {
        RailState[] before = [.. rails.Rails.Select(rail => rail.State)];
        if (!rails.IsTotalKnown)
        {
            rails.Recover();
        }
        long time = nowNs();
        double? watts = rails.ReadTotalWatts();
        Volatile.Write(ref latestWatts, watts ?? double.NaN);
        if (watts is double known && counts)
        {
            integrator.Add(time, known);
        }
        for (int i = 0; i < before.Length; i++)
        {
            if (rails.Rails[i].State != before[i])
            {
                Changed?.Invoke(rails.Rails[i]);
            }
        }
        return watts is not null;
    }

    private void SleepUntil(long dueNs)
    {
        long left = dueNs - nowNs();
        if (left <= 0)
        {
            return;
        }
        if (OperatingSystem.IsLinux())
        {
            // .NET's own sleep has a resolution of a millisecond, the period of many boards.
            _ = LinuxMemory.SleepMicroseconds((uint)(left / 1000));
        }
        else
        {
            Thread.Sleep(TimeSpan.FromMicroseconds(left / 1000.0));
        }
    }
}
