using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>The one-line reasons why there is no plan.</summary>
internal static class Refusals
{
    public static void CheckInterval(long leastNs, PlannerOptions options)
    {
        if (options.MaximumIntervalNs is { } bound && leastNs > bound)
        {
            throw new PlanningException(
                $"no plan gives a result every {bound} ns: the best interval is {leastNs} ns; "
                + "add boards or allow more") { IsBoundMissed = true };
        }
    }

    public static PlanningException BoundsUnreachable(FoundPlan? nearest, PlannerOptions options)
    {
        string best = nearest is null
            ? "no plan was found"
            : $"the nearest plan has latency {nearest.LatencyNs} ns, interval {nearest.IntervalNs} ns and "
                + $"{nearest.EnergyPicojoules / 1000} nJ per frame";
        return new PlanningException($"no plan keeps all bounds ({Bounds(options)}): {best}; relax one of them")
        {
            IsBoundMissed = true,
        };
    }

    public static PlanningException NothingFits(
        ImmutableArray<Member> members, Workload workload, PlannerOptions options, Strategy strategy)
    {
        if (!options.Pins.IsEmpty || !options.Replicas.IsEmpty)
        {
            return new PlanningException(
                $"no {strategy} plan on {members.Length} boards obeys {Demands(options)} together: drop one of them, "
                + "add boards, or choose another strategy");
        }
        foreach (BoardClass board in BoardClass.Of(members, workload))
        {
            if (board.CanExecute(0, workload.NodeCount))
            {
                long needed = workload.MemoryBytes(0, workload.NodeCount);
                long held = members.Sum(member => member.MemoryBytes);
                return new PlanningException(
                    $"the network needs about {needed} bytes of board memory, the {members.Length} boards have {held} "
                    + $"in all and no {strategy} split fits: add boards or enlarge the DMA window");
            }
        }
        return new PlanningException(
            $"no arrangement of the {members.Length} boards can run every node: the costs lack times for their kinds");
    }

    private static string Bounds(PlannerOptions options)
    {
        var parts = new List<string>();
        Add(parts, "latency", options.MaximumLatencyNs, "ns");
        Add(parts, "interval", options.MaximumIntervalNs, "ns");
        Add(parts, "energy", options.MaximumEnergyNanojoules, "nJ");
        return string.Join(", ", parts);
    }

    private static void Add(List<string> parts, string name, long? bound, string unit)
    {
        if (bound is { } value)
        {
            parts.Add($"{name} <= {value} {unit}");
        }
    }

    private static string Demands(PlannerOptions options) => string.Join(
        ", ",
        options.Pins.Select(pin => $"pin of node {pin.Node} to {pin.Board}")
            .Concat(options.Replicas.Select(demand => $"{demand.Boards} replicas of node {demand.Node}")));
}
