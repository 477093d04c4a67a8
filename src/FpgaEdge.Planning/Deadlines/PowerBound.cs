using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>What no schedule of a workload can go below, whatever its deadlines and rates.</summary>
public static class PowerBound
{
    /// <summary>
    /// Mean power of each resource, in microwatts, in the schedule of least energy that could be: every layer once per
    /// period where it takes least energy, waiting and waking for nothing, no deadline, no unit ever in the way of another.
    /// Every schedule that serves all requests draws at least the sum of these and the board's own power.
    /// </summary>
    public static ImmutableArray<long> LeastMicrowatts(DeadlineWorkload workload)
    {
        var picojoulesPerSecond = new Int128[workload.Resources.Length];
        foreach (PeriodicNetwork network in workload.Networks)
        {
            foreach (DeadlineLayer layer in network.Layers)
            {
                int cheapest = LayerAssignment.Least(layer, resource => LowPowerAssigner.Energy(workload, layer, resource));
                picojoulesPerSecond[cheapest] +=
                    (Int128)LowPowerAssigner.Energy(workload, layer, cheapest) * 1_000_000_000 / network.PeriodNs;
            }
        }
        return [.. picojoulesPerSecond.Select(power => (long)(power / 1_000_000))];
    }
}
