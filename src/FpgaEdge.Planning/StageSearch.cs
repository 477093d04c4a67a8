using System.Runtime.CompilerServices;

namespace FpgaEdge.Planning;

/// <summary>
/// One stage of a found partition: nodes [FirstNode, LastNode) and its boards besides the pinned ones.
/// </summary>
internal readonly record struct FoundStage(int FirstNode, int LastNode, BoardGroup Group);

/// <summary>Whether one stage for the whole network may be, must be, or must not be the plan.</summary>
internal enum WholeNetwork
{
    /// <summary>It may be.</summary>
    Allowed,

    /// <summary>It is the only plan.</summary>
    Only,

    /// <summary>At least two stages.</summary>
    Never,
}

/// <summary>
/// Search over contiguous partitions and board groups by dynamic programming from the network's end: the state is
/// (first node not yet placed, boards left). The idea of states over multisets of device types is PipeEdge's (Hu et
/// al., 2022); replicated groups, the two passes, the price bound and the tie rules are ours.
/// </summary>
/// <remarks>
/// Least interval first, least sum (latency, bytes or energy) second: a minimum of maxima cannot carry a second
/// criterion through one pass, so the first pass finds the least interval and the second the least sum among plans
/// within it. The two ends of a transfer bound the interval separately, so only the second pass needs the previous
/// stage's link.
/// </remarks>
internal sealed class StageSearch
{
    /// <summary>Larger than any cost of a valid network; the sum of a few does not overflow.</summary>
    public const long Unreachable = long.MaxValue / 8;

    private readonly Workload workload;
    private readonly BoardSpace space;
    private readonly StageTables tables;
    private readonly PriceBound bound;
    private readonly WholeNetwork whole;
    private readonly int nodes;

    public StageSearch(Workload workload, BoardSpace space, StageTables tables, PriceBound bound, WholeNetwork whole)
    {
        this.workload = workload;
        this.space = space;
        this.tables = tables;
        this.bound = bound;
        this.whole = whole;
        nodes = workload.NodeCount;
    }

    /// <summary>
    /// Least possible interval below the given one, or that one when there is no better; null when the budget is
    /// spent first.
    /// </summary>
    public long? LeastIntervalNs(long below, StepBudget budget)
    {
        int states = space.Moves.Length;
        (int[] low, int[] high) = Windows(below - 1);
        var best = new long[states][];
        for (int state = 0; state < states; state++)
        {
            best[state] = new long[nodes + 1];
            Array.Fill(best[state], below, 0, nodes);
        }
        for (int first = FirstStart; first >= 0; first--)
        {
            for (int state = 0; state < states; state++)
            {
                if (first >= low[state] && first <= high[state])
                {
                    best[state][first] = LeastIntervalNs(first, state, below, best, low, high, budget);
                }
            }
            if (budget.IsSpent)
            {
                return null;
            }
        }
        return best[space.Start][0];
    }

    /// <summary>
    /// The plan of least charge, then least latency, then least interval, whose interval is at most the given one; null
    /// when there is none.
    /// </summary>
    public (List<FoundStage> Stages, PassCost Cost)? LeastCharge(long maximumIntervalNs, IStageCharge? charge)
    {
        int links = tables.LinkCount;
        (int[] low, int[] high) = Windows(maximumIntervalNs);
        var best = new PassCost[space.Moves.Length * links][];
        for (int index = 0; index < best.Length; index++)
        {
            best[index] = new PassCost[nodes + 1];
            Array.Fill(best[index], PassCost.None, 0, nodes);
            best[index][nodes] = new PassCost(0, tables.CrossingNs(nodes, index % links, tables.ClientLink), 0);
        }
        for (int first = FirstStart; first >= 0; first--)
        {
            for (int index = 0; index < best.Length; index++)
            {
                if (first >= low[index / links] && first <= high[index / links])
                {
                    best[index][first] = Best(first, index, maximumIntervalNs, charge, best, low, high, out _);
                }
            }
        }
        PassCost cost = best[(space.Start * links) + tables.ClientLink][0];
        return cost.IsNone ? null : (Trace(maximumIntervalNs, charge, best, low, high), cost);
    }

    /// <summary>One stage for everything starts at node 0 only; otherwise any node may start a stage.</summary>
    private int FirstStart => whole == WholeNetwork.Only ? 0 : nodes - 1;

    /// <summary>
    /// For each state the nodes at which a plan of that interval can be in it: the boards that are left must be able
    /// to run the rest, the boards that are taken what came before.
    /// </summary>
    private (int[] Low, int[] High) Windows(long intervalNs)
    {
        int states = space.Moves.Length;
        var low = new int[states];
        var high = new int[states];
        if (intervalNs >= Unreachable - 1)
        {
            Array.Fill(high, nodes);
            return (low, high);
        }
        var taken = new int[space.Classes.Length];
        for (int state = 0; state < states; state++)
        {
            for (int index = 0; index < taken.Length; index++)
            {
                taken[index] = space.Left[space.Start][index] - space.Left[state][index];
            }
            low[state] = bound.FirstNodeFor(intervalNs, space.Left[state]);
            high[state] = bound.LastNodeFor(intervalNs, taken);
        }
        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private long LeastIntervalNs(
        int first, int state, long below, long[][] best, int[] low, int[] high, StepBudget budget)
    {
        long least = below;
        foreach (BoardMove move in space.Moves[state])
        {
            BoardGroup group = move.Group;
            long[] rests = best[move.Next];
            int from = Math.Max(FirstEnd(first), low[move.Next]);
            int to = Math.Min(LastEnd(first), high[move.Next]);
            budget.Spend(1);
            if (tables.HasPins)
            {
                budget.Spend(to - from);
                least = LeastWithPins(group, first, from, to, rests, least);
                continue;
            }
            if (group.BoardCount == 0 || group.BoardCount > tables.MostBoards)
            {
                continue;
            }
            StageTimes times = tables.TimesOf(group);
            int row = first * (nodes + 1);
            long limit = Limit(least - 1, group.BoardCount);
            int last = from;
            for (; last <= to && times.ComputeNs[row + last] <= limit; last++)
            {
                if (rests[last] < least && times.BusyNs[row + last] <= limit)
                {
                    long own = (times.BusyNs[row + last] + group.BoardCount - 1) / group.BoardCount;
                    least = Math.Max(rests[last], own);
                    limit = Limit(least - 1, group.BoardCount);
                }
            }
            budget.Spend(Math.Max(0, last - from));
        }
        return least;
    }

    private long LeastWithPins(BoardGroup group, int first, int from, int to, long[] rests, long least)
    {
        for (int last = from; last <= to; last++)
        {
            if (rests[last] < least)
            {
                least = Math.Min(least, Math.Max(rests[last], tables.IntervalNs(group, first, last)));
            }
        }
        return least;
    }

    /// <summary>Busy time up to which a group of that many boards keeps the interval.</summary>
    private static long Limit(long intervalNs, int boards) =>
        intervalNs >= Unreachable / boards ? Unreachable - 1 : intervalNs * boards;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private PassCost Best(
        int first, int index, long maximumIntervalNs, IStageCharge? charge, PassCost[][] best, int[] low, int[] high,
        out FoundStage choice)
    {
        int links = tables.LinkCount;
        PassCost least = PassCost.None;
        choice = default;
        foreach (BoardMove move in space.Moves[index / links])
        {
            int from = Math.Max(FirstEnd(first), low[move.Next]);
            int to = Math.Min(LastEnd(first), high[move.Next]);
            if (tables.HasPins)
            {
                for (int last = from; last <= to; last++)
                {
                    int link = tables.LinkOf(move.Group, first, last);
                    Improve(
                        move, first, last, index % links, link, maximumIntervalNs, charge, best, ref least, ref choice);
                }
                continue;
            }
            if (move.Group.BoardCount == 0 || move.Group.BoardCount > tables.MostBoards)
            {
                continue;
            }
            StageTimes times = tables.TimesOf(move.Group);
            int row = first * (nodes + 1);
            int groupLink = tables.LinkOf(move.Group);
            PassCost[] rests = best[(move.Next * links) + groupLink];
            long limit = Limit(maximumIntervalNs, move.Group.BoardCount);
            for (int last = from; last <= to && times.ComputeNs[row + last] <= limit; last++)
            {
                if (times.BusyNs[row + last] <= limit && rests[last].CompareTo(least) < 0)
                {
                    Improve(
                        move, first, last, index % links, groupLink, maximumIntervalNs, charge, best, ref least,
                        ref choice);
                }
            }
        }
        return least;
    }

    private void Improve(
        BoardMove move, int first, int last, int fromLink, int link, long maximumIntervalNs, IStageCharge? charge,
        PassCost[][] best, ref PassCost least, ref FoundStage choice)
    {
        PassCost rest = best[(move.Next * tables.LinkCount) + link][last];
        long intervalNs = tables.IntervalNs(move.Group, first, last);
        if (rest.CompareTo(least) > 0 || intervalNs > maximumIntervalNs)
        {
            return;
        }
        PassCost cost = rest.After(
            charge?.Of(move.Group, first, last) ?? 0,
            tables.CrossingNs(first, fromLink, link) + tables.LatencyNs(move.Group, first, last), intervalNs);
        if (cost.CompareTo(least) < 0)
        {
            least = cost;
            choice = new FoundStage(first, last, move.Group);
        }
    }

    /// <summary>Walks from the first node along the choices that gave each state its cost.</summary>
    private List<FoundStage> Trace(
        long maximumIntervalNs, IStageCharge? charge, PassCost[][] best, int[] low, int[] high)
    {
        var stages = new List<FoundStage>();
        int state = space.Start;
        int link = tables.ClientLink;
        for (int first = 0; first < nodes;)
        {
            int index = (state * tables.LinkCount) + link;
            Best(first, index, maximumIntervalNs, charge, best, low, high, out FoundStage choice);
            stages.Add(choice);
            state = space.Moves[state].First(move => ReferenceEquals(move.Group, choice.Group)).Next;
            link = tables.LinkOf(choice.Group, first, choice.LastNode);
            first = choice.LastNode;
        }
        return stages;
    }

    private int FirstEnd(int first) => first == 0 && whole == WholeNetwork.Only ? nodes : first + 1;

    private int LastEnd(int first) => first == 0 && whole == WholeNetwork.Never ? nodes - 1 : nodes;
}

/// <summary>What a stage adds to the sum that the second pass makes least, before latency.</summary>
internal interface IStageCharge
{
    /// <summary>The charge of nodes [first, last) on these boards and the pinned ones.</summary>
    long Of(BoardGroup group, int first, int last);
}

/// <summary>Cost of the rest of a plan in the second pass: sums compare before the interval.</summary>
internal readonly record struct PassCost(long Charge, long LatencyNs, long IntervalNs) : IComparable<PassCost>
{
    /// <summary>There is no such plan.</summary>
    public static PassCost None { get; } =
        new(StageSearch.Unreachable, StageSearch.Unreachable, StageSearch.Unreachable);

    public bool IsNone => Charge >= StageSearch.Unreachable;

    /// <summary>This cost with one more stage before it.</summary>
    public PassCost After(long charge, long latencyNs, long intervalNs) =>
        new(Charge + charge, LatencyNs + latencyNs, Math.Max(IntervalNs, intervalNs));

    /// <inheritdoc />
    public int CompareTo(PassCost other)
    {
        int order = Charge.CompareTo(other.Charge);
        order = order != 0 ? order : LatencyNs.CompareTo(other.LatencyNs);
        return order != 0 ? order : IntervalNs.CompareTo(other.IntervalNs);
    }
}
