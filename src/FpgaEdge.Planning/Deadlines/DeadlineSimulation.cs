using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>What happened while a scheduler ran a workload with its modelled times.</summary>
/// <param name="HorizonNs">Time over which requests were released.</param>
/// <param name="Jobs">Requests that ended.</param>
/// <param name="Misses">Of them, too late.</param>
/// <param name="MissesPerResource">Misses by the resource that caused them.</param>
/// <param name="EnergyNanojoules">Energy of the whole board.</param>
/// <param name="BusyNs">Busy time per resource, all units together.</param>
/// <param name="WatchedNs">
/// Time for which the first resource was busy while a unit of another one was free: so long a core would poll for the
/// accelerator's end, if the board's driver does not sleep.
/// </param>
/// <param name="IdleNs">Time for which no unit executed anything.</param>
/// <param name="IdleGaps">In how many pieces.</param>
public sealed record DeadlineRun(
    long HorizonNs, long Jobs, long Misses, ImmutableArray<long> MissesPerResource, long EnergyNanojoules,
    ImmutableArray<long> BusyNs, long WatchedNs, long IdleNs, int IdleGaps)
{
    /// <summary>Mean power of the board.</summary>
    public long AverageMicrowatts => EnergyNanojoules * 1_000_000 / HorizonNs;
}

/// <summary>Plays a scheduler against a workload's modelled times, event by event.</summary>
public static class DeadlineSimulation
{
    /// <summary>
    /// Longest run in periods of the slowest network, where the periods have no short common multiple.
    /// </summary>
    private const int MostPeriods = 16;

    /// <summary>
    /// Time after which all networks are released together again, or <see cref="MostPeriods"/> periods of the
    /// slowest when that is longer.
    /// </summary>
    public static long HorizonNs(DeadlineWorkload workload)
    {
        long most = workload.Networks.Max(network => network.PeriodNs) * MostPeriods;
        long common = 1;
        foreach (PeriodicNetwork network in workload.Networks)
        {
            Int128 next = (Int128)common / Divisor(common, network.PeriodNs) * network.PeriodNs;
            if (next > most)
            {
                return most;
            }
            common = (long)next;
        }
        return common;
    }

    /// <summary>Releases requests over the horizon and runs until all have ended.</summary>
    public static DeadlineRun Run(DeadlineWorkload workload, LayerAssignment assignment)
    {
        var scheduler = new DeadlineScheduler(workload, assignment);
        var tally = new Tally(workload);
        long horizon = HorizonNs(workload);
        long[] nextRelease = new long[workload.Networks.Length];
        var running = new PriorityQueue<LayerStart, (long, int, int)>();
        long now = 0;
        while (true)
        {
            long release = nextRelease.Min();
            long end = running.TryPeek(out LayerStart first, out _) ? first.EndNs : long.MaxValue;
            if (release >= horizon && end == long.MaxValue && scheduler.OpenJobs == 0)
            {
                tally.Watch(running, Math.Max(0, horizon - now));
                return tally.ToRun(horizon, Math.Max(now, horizon), assignment.StopsIdleClocks);
            }
            long next = Math.Min(release < horizon ? release : long.MaxValue, end);
            tally.Watch(running, next - now);
            now = next;
            while (running.TryPeek(out LayerStart done, out _) && done.EndNs == now)
            {
                running.Dequeue();
                tally.Count(scheduler.Complete(now, done.Resource, done.Unit));
            }
            for (int network = 0; network < nextRelease.Length; network++)
            {
                if (nextRelease[network] == now && now < horizon)
                {
                    scheduler.Release(now, network, now / workload.Networks[network].PeriodNs);
                    nextRelease[network] += workload.Networks[network].PeriodNs;
                }
            }
            foreach (LayerStart start in scheduler.Step(now))
            {
                tally.BusyNs[start.Resource] += start.EndNs - now;
                running.Enqueue(start, (start.EndNs, start.Resource, start.Unit));
            }
        }
    }

    private static long Divisor(long a, long b) => b == 0 ? a : Divisor(b, a % b);

    private sealed class Tally(DeadlineWorkload workload)
    {
        private readonly long[] misses = new long[workload.Resources.Length];
        private long jobs;
        private long watchedNs;
        private long idleNs;
        private int idleGaps;

        public long[] BusyNs { get; } = new long[workload.Resources.Length];

        public void Count(JobEnd? end)
        {
            if (end is { } job)
            {
                jobs++;
                misses[job.Culprit] += job.IsMissed ? 1 : 0;
            }
        }

        public void Watch(PriorityQueue<LayerStart, (long, int, int)> running, long durationNs)
        {
            if (durationNs == 0)
            {
                return;
            }
            if (running.Count == 0)
            {
                idleNs += durationNs;
                idleGaps++;
            }
            int first = 0, others = 0;
            foreach ((LayerStart start, _) in running.UnorderedItems)
            {
                first += start.Resource == 0 ? 1 : 0;
                others += start.Resource == 0 ? 0 : 1;
            }
            watchedNs += first > 0 && others < workload.Resources.Skip(1).Sum(resource => resource.Units) ? durationNs : 0;
        }

        public DeadlineRun ToRun(long horizon, long end, bool stopsIdleClocks)
        {
            Int128 picojoules = (Int128)workload.IdleMilliwatts * end;
            for (int index = 0; index < BusyNs.Length; index++)
            {
                ComputeResource resource = workload.Resources[index];
                picojoules += (Int128)BusyNs[index] * resource.BusyMilliwatts;
                long waiting = (end * resource.Units) - BusyNs[index];
                picojoules += stopsIdleClocks ? 0 : (Int128)waiting * resource.ReadyMilliwatts;
            }
            // Work that runs past the horizon belongs to it: the energy is spread over the horizon.
            return new DeadlineRun(
                horizon, jobs, misses.Sum(), [.. misses], (long)(picojoules / 1000), [.. BusyNs], watchedNs,
                idleNs, idleGaps);
        }
    }
}
