using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>Start a layer now.</summary>
/// <param name="Network">Index of the network.</param>
/// <param name="Job">Number of the request, as it was released.</param>
/// <param name="Layer">Index of the layer.</param>
/// <param name="Resource">Index of the resource.</param>
/// <param name="Unit">Which of its units.</param>
/// <param name="EndNs">When it should be done, waking included.</param>
public readonly record struct LayerStart(int Network, long Job, int Layer, int Resource, int Unit, long EndNs);

/// <summary>A request that is done.</summary>
/// <param name="Network">Index of the network.</param>
/// <param name="Job">Number of the request.</param>
/// <param name="EndNs">When its last layer ended.</param>
/// <param name="DeadlineNs">When it should have ended.</param>
/// <param name="Culprit">
/// The resource on which it waited and ran longest: the one that a missed deadline is charged to.
/// </param>
public readonly record struct JobEnd(int Network, long Job, long EndNs, long DeadlineNs, int Culprit)
{
    /// <summary>Whether the deadline was missed.</summary>
    public bool IsMissed => EndNs > DeadlineNs;
}

/// <summary>
/// Earliest-deadline list scheduling of layers on the units of one board, as a step machine without a clock of its
/// own: tell it what was released and what ended, and it says what to start. Layers are not interrupted. A layer
/// goes to the resource that the assignment names, unless its request would then be late and a faster unit is free.
/// </summary>
public sealed class DeadlineScheduler
{
    private readonly DeadlineWorkload workload;
    private readonly LayerAssignment assignment;
    private readonly List<Job> jobs = [];
    private readonly Unit[][] units;

    /// <param name="workload">What there is to do.</param>
    /// <param name="assignment">Which resource each layer prefers.</param>
    public DeadlineScheduler(DeadlineWorkload workload, LayerAssignment assignment)
    {
        workload.EnsureValid();
        this.workload = workload;
        this.assignment = assignment;
        units =
        [
            .. workload.Resources.Select(
                resource => Enumerable.Range(0, resource.Units).Select(_ => new Unit()).ToArray()),
        ];
    }

    /// <summary>Requests that are not done.</summary>
    public int OpenJobs => jobs.Count;

    /// <summary>A request arrived.</summary>
    public void Release(long nowNs, int network, long job) => jobs.Add(new Job
    {
        Network = network,
        Number = job,
        DeadlineNs = nowNs + workload.Networks[network].DeadlineNs,
        ReadyNs = nowNs,
        SpentNs = new long[workload.Resources.Length],
    });

    /// <summary>The layer that a unit executed has ended; returns the request if that was its last layer.</summary>
    public JobEnd? Complete(long nowNs, int resource, int unit)
    {
        Job job = units[resource][unit].Job
            ?? throw new InvalidOperationException($"unit {unit} of resource {resource} was not executing");
        units[resource][unit].Job = null;
        job.SpentNs[resource] += nowNs - job.ReadyNs;
        job.ReadyNs = nowNs;
        job.IsRunning = false;
        job.Layer++;
        if (job.Layer < workload.Networks[job.Network].Layers.Length)
        {
            return null;
        }
        jobs.Remove(job);
        int culprit = Array.IndexOf(job.SpentNs, job.SpentNs.Max());
        return new JobEnd(job.Network, job.Number, nowNs, job.DeadlineNs, culprit);
    }

    /// <summary>What to start now, in this order; units count as busy from here on.</summary>
    public ImmutableArray<LayerStart> Step(long nowNs)
    {
        var starts = ImmutableArray.CreateBuilder<LayerStart>();
        foreach (Job job in jobs.Where(job => !job.IsRunning).OrderBy(job => job.DeadlineNs)
            .ThenBy(job => job.Network).ThenBy(job => job.Number).ToArray())
        {
            if (Choose(job, nowNs) is var (resource, unit))
            {
                starts.Add(Start(job, resource, unit, nowNs));
            }
        }
        foreach (Unit unit in units.SelectMany(list => list))
        {
            unit.IsAwake = unit.Job is not null || !assignment.StopsIdleClocks;
        }
        return starts.ToImmutable();
    }

    private (int Resource, int Unit)? Choose(Job job, long nowNs)
    {
        PeriodicNetwork network = workload.Networks[job.Network];
        int preferred = assignment.Resource(job.Network, job.Layer);
        int unit = FreeUnit(preferred);
        long rest = assignment.RemainingNs(job.Network, job.Layer);
        if (unit >= 0 && nowNs + rest <= job.DeadlineNs)
        {
            return (preferred, unit);
        }
        // Late on the preferred resource: any free unit that ends the layer sooner than waiting and running there.
        long wait = unit >= 0 ? 0 : EarliestFree(preferred) - nowNs;
        long best = Math.Max(0, wait) + network.Layers[job.Layer].TimeNs[preferred];
        (int, int)? choice = unit >= 0 ? (preferred, unit) : null;
        for (int resource = 0; resource < units.Length && nowNs + wait + rest > job.DeadlineNs; resource++)
        {
            long time = network.Layers[job.Layer].TimeNs[resource];
            int free = FreeUnit(resource);
            if (time >= 0 && free >= 0 && time + workload.Resources[resource].WakeNs < best)
            {
                best = time + workload.Resources[resource].WakeNs;
                choice = (resource, free);
            }
        }
        return choice;
    }

    private LayerStart Start(Job job, int resource, int unit, long nowNs)
    {
        Unit at = units[resource][unit];
        long wakeNs = at.IsAwake ? 0 : workload.Resources[resource].WakeNs;
        long endNs = nowNs + wakeNs + workload.Networks[job.Network].Layers[job.Layer].TimeNs[resource];
        at.Job = job;
        at.EndNs = endNs;
        job.IsRunning = true;
        return new LayerStart(job.Network, job.Number, job.Layer, resource, unit, endNs);
    }

    private int FreeUnit(int resource) => Array.FindIndex(units[resource], unit => unit.Job is null);

    private long EarliestFree(int resource) => units[resource].Min(unit => unit.EndNs);

    private sealed class Unit
    {
        public Job? Job { get; set; }

        public long EndNs { get; set; }

        public bool IsAwake { get; set; }
    }

    private sealed class Job
    {
        public required int Network { get; init; }

        public required long Number { get; init; }

        public required long DeadlineNs { get; init; }

        /// <summary>Time waited and run per resource so far.</summary>
        public required long[] SpentNs { get; init; }

        public long ReadyNs { get; set; }

        public int Layer { get; set; }

        public bool IsRunning { get; set; }
    }
}
