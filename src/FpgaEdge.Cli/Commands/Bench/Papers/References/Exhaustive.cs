using System.Collections.Immutable;

namespace FpgaEdge.Planning.References;

/// <summary>
/// Tries every contiguous partition with every assignment of boards (each board in one stage or in none), and shares no
/// code with the search: it works from the costs and the members alone.
/// </summary>
internal sealed class Exhaustive
{
    private readonly NetworkCosts costs;
    private readonly Member[] boards;
    private readonly long[] cutBytes;
    private readonly int[] stageOf;

    public Exhaustive(ClusterView view, NetworkCosts costs)
    {
        this.costs = costs;
        boards = [.. view.Members];
        stageOf = new int[boards.Length];
        cutBytes = Networks.CutBytes(costs);
    }

    /// <summary>Which plans count.</summary>
    public Func<IReadOnlyList<Stage>, bool> Allows { get; init; } = _ => true;

    /// <summary>Least value of (primary, secondary) over all plans.</summary>
    public (long Primary, long Secondary) Least(Func<Figures, (long, long)> value)
    {
        (long, long) best = (long.MaxValue, long.MaxValue);
        int nodes = costs.Nodes.Length;
        for (int cuts = 0; cuts < 1 << (nodes - 1); cuts++)
        {
            int[] ends = [.. Enumerable.Range(1, nodes).Where(end => end == nodes || (cuts >> (end - 1) & 1) == 1)];
            if (ends.Length <= boards.Length)
            {
                Assign(0, ends, value, ref best);
            }
        }
        return best;
    }

    private void Assign(int board, int[] ends, Func<Figures, (long, long)> value, ref (long, long) best)
    {
        if (board < boards.Length)
        {
            for (int stage = -1; stage < ends.Length; stage++)
            {
                stageOf[board] = stage;
                Assign(board + 1, ends, value, ref best);
            }
            return;
        }
        var stages = new List<Stage>();
        for (int index = 0; index < ends.Length; index++)
        {
            Member[] members = [.. boards.Where((_, board) => stageOf[board] == index)];
            if (members.Length == 0)
            {
                return;
            }
            stages.Add(new Stage(index == 0 ? 0 : ends[index - 1], ends[index], members));
        }
        if (Allows(stages) && Of(stages) is { } figures)
        {
            (long, long) found = value(figures);
            best = found.CompareTo(best) < 0 ? found : best;
        }
    }

    private Figures? Of(List<Stage> stages)
    {
        long slowestClient = Time(Math.Max(cutBytes[0], cutBytes[^1]), boards.Max(board => board.LinkBitsPerSecond));
        long interval = slowestClient;
        long latency = 0;
        long before = long.MaxValue;
        long busyEnergy = 0;
        long idle = 0;
        foreach (Stage stage in stages)
        {
            long compute = 0;
            long energy = 0;
            long link = long.MaxValue;
            foreach (Member board in stage.Boards)
            {
                if (ComputeNs(stage, board) is not { } time || Memory(stage) > board.MemoryBytes)
                {
                    return null;
                }
                compute = Math.Max(compute, time);
                link = Math.Min(link, board.LinkBitsPerSecond);
                energy += time * BoardPower.Of(board.Board).BusyMilliwatts;
                idle += BoardPower.Of(board.Board).IdleMilliwatts;
            }
            long moved = Time(Math.Max(cutBytes[stage.First], cutBytes[stage.Last]), link);
            interval = Math.Max(interval, (Math.Max(compute, moved) + stage.Boards.Length - 1) / stage.Boards.Length);
            latency += compute + Time(cutBytes[stage.First], Math.Min(before, link));
            busyEnergy += energy / stage.Boards.Length;
            before = link;
        }
        latency += Time(cutBytes[^1], before);
        return new Figures(interval, latency, busyEnergy + (idle * interval));
    }

    private long? ComputeNs(Stage stage, Member board)
    {
        long sum = 0;
        for (int node = stage.First; node < stage.Last; node++)
        {
            if (!costs.Nodes[node].TimeNs.TryGetValue(BoardKind.Of(board), out long time))
            {
                return null;
            }
            sum += time;
        }
        return sum;
    }

    private long Memory(Stage stage)
    {
        ImmutableArray<NodeCost> nodes = costs.Nodes;
        return Enumerable.Range(stage.First, stage.Last - stage.First)
            .Sum(node => nodes[node].WeightBytes + costs.Tensors[nodes[node].Output].Bytes)
            + (2 * cutBytes[stage.First]) + cutBytes[stage.Last];
    }

    private static long Time(long bytes, long link) => LinkCosts.TransferNs(bytes, link);

    public readonly record struct Stage(int First, int Last, Member[] Boards);

    public readonly record struct Figures(long IntervalNs, long LatencyNs, long EnergyPicojoules);
}
