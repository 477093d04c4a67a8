using System.Collections.Immutable;

namespace FpgaEdge.Planning.Deadlines;

/// <summary>Weights of the cost by which a resource is chosen for a layer, in thousandths.</summary>
/// <param name="Time">Of the layer's time over its network's deadline.</param>
/// <param name="Energy">Of its energy over that of the most expensive resource for it.</param>
/// <param name="Memory">Of its memory over the board's.</param>
public sealed record AssignmentWeights(int Time = 50, int Energy = 1000, int Memory = 10);

/// <summary>
/// Chooses resources by cost(i, r) = α t/D + β E/E_ref + γ m/M, and keeps a choice only while the whole schedule
/// still meets every deadline that the fastest assignment meets. The published description names such a cost without
/// its formula; this formulation is ours.
/// </summary>
public static class LowPowerAssigner
{
    private const long Scale = 1_000_000;

    /// <summary>The assignment of least power found that misses no more deadlines than the fastest one.</summary>
    public static LayerAssignment Assign(DeadlineWorkload workload, AssignmentWeights? weights = null)
    {
        workload.EnsureValid();
        LayerAssignment fastest = LayerAssignment.Fastest(workload);
        DeadlineRun reference = DeadlineSimulation.Run(workload, fastest);
        LayerAssignment best = fastest;
        DeadlineRun least = reference;
        LayerAssignment stopped = fastest.WithStoppedClocks();
        Accept(workload, stopped, reference.Misses, ref best, ref least);
        ImmutableArray<(int, int, int)> moves = Moves(workload, fastest, weights ?? new AssignmentWeights());
        Try(workload, moves, reference.Misses, ref best, ref least);
        return best;
    }

    /// <summary>Takes the moves together if that works, and otherwise the halves one after the other.</summary>
    private static void Try(
        DeadlineWorkload workload, ImmutableArray<(int, int, int)> moves, long misses, ref LayerAssignment best,
        ref DeadlineRun least)
    {
        if (moves.IsEmpty || Accept(workload, best.With(moves), misses, ref best, ref least) || moves.Length == 1)
        {
            return;
        }
        Try(workload, moves[..(moves.Length / 2)], misses, ref best, ref least);
        Try(workload, moves[(moves.Length / 2)..], misses, ref best, ref least);
    }

    private static bool Accept(
        DeadlineWorkload workload, LayerAssignment candidate, long misses, ref LayerAssignment best,
        ref DeadlineRun least)
    {
        DeadlineRun run = DeadlineSimulation.Run(workload, candidate);
        if (run.Misses > misses || run.EnergyNanojoules >= least.EnergyNanojoules)
        {
            return false;
        }
        (best, least) = (candidate, run);
        return true;
    }

    /// <summary>Layers whose least cost is not on the fastest resource, those that save most energy first.</summary>
    private static ImmutableArray<(int Network, int Layer, int Resource)> Moves(
        DeadlineWorkload workload, LayerAssignment fastest, AssignmentWeights weights)
    {
        var moves = new List<((int, int, int) Move, long SavedPerSecond)>();
        for (int network = 0; network < workload.Networks.Length; network++)
        {
            PeriodicNetwork at = workload.Networks[network];
            for (int index = 0; index < at.Layers.Length; index++)
            {
                DeadlineLayer layer = at.Layers[index];
                long dearest = Enumerable.Range(0, layer.TimeNs.Length).Max(
                    resource => Energy(workload, layer, resource));
                int chosen = LayerAssignment.Least(
                    layer, resource => Cost(workload, at, layer, resource, dearest, weights));
                int usual = fastest.Resource(network, index);
                long saved = Energy(workload, layer, usual) - Energy(workload, layer, chosen);
                if (chosen != usual && saved > 0)
                {
                    moves.Add(((network, index, chosen), (long)((Int128)saved * Scale / at.PeriodNs)));
                }
            }
        }
        return [.. moves.OrderByDescending(move => move.SavedPerSecond).Select(move => move.Move)];
    }

    private static long Cost(
        DeadlineWorkload workload, PeriodicNetwork network, DeadlineLayer layer, int resource, long dearest,
        AssignmentWeights weights)
    {
        long time = Ratio(layer.TimeNs[resource], network.DeadlineNs);
        long energy = Ratio(Energy(workload, layer, resource), dearest);
        long memory = Ratio(layer.MemoryBytes, workload.MemoryBytes);
        return (weights.Time * time) + (weights.Energy * energy) + (weights.Memory * memory);
    }

    /// <summary>Picojoules of a layer beyond what the board draws while the unit waits.</summary>
    internal static long Energy(DeadlineWorkload workload, DeadlineLayer layer, int resource) =>
        Math.Max(0, layer.TimeNs[resource]) * workload.Resources[resource].BusyMilliwatts;

    private static long Ratio(long part, long whole) => (long)((Int128)part * Scale / Math.Max(1, whole));
}
