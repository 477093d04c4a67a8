using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// A lower bound on the interval of any plan, by prices: let a board of class k be worth p(k). A stage of r boards
/// that takes interval B computes t(k) of at most r B on each of them, so over the stages the worth of the boards
/// times B is at least the sum over nodes of the least p(k) t(k). Any prices are valid; one over the time of the
/// whole network makes the bound exact for boards of one kind.
/// </summary>
internal sealed class PriceBound
{
    private const long Scale = 1L << 50;

    private readonly long[] prices;
    private readonly long[] nodeValue;
    private readonly long pinnedWorth;

    public PriceBound(Workload workload, ImmutableArray<BoardClass> classes, PinTable? pins)
    {
        ImmutableArray<BoardClass> pinned = pins is null ? [] : [.. pins.Pinned.Select(board => board.Class)];
        prices = [.. classes.Select(board => Price(board, workload.NodeCount))];
        pinnedWorth = pinned.Sum(board => Price(board, workload.NodeCount));
        nodeValue = new long[workload.NodeCount + 1];
        for (int node = 0; node < workload.NodeCount; node++)
        {
            nodeValue[node + 1] = nodeValue[node] + Cheapest(node, classes.AddRange(pinned), workload.NodeCount);
        }
    }

    /// <summary>Least interval in which these boards, with the pinned ones, can run nodes [first, last).</summary>
    public long IntervalNs(int first, int last, ReadOnlySpan<int> counts)
    {
        long worth = Worth(counts);
        long value = nodeValue[last] - nodeValue[first];
        return worth == 0 ? (value == 0 ? 0 : StageSearch.Unreachable) : (value / worth) + (value % worth == 0 ? 0 : 1);
    }

    /// <summary>The first node from which on these boards could run all within the interval.</summary>
    public int FirstNodeFor(long intervalNs, ReadOnlySpan<int> counts)
    {
        Int128 affordable = (Int128)Worth(counts) * intervalNs;
        int node = 0;
        int end = nodeValue.Length - 1;
        while (node < end)
        {
            int middle = (node + end) / 2;
            (node, end) = nodeValue[^1] - nodeValue[middle] <= affordable ? (node, middle) : (middle + 1, end);
        }
        return node;
    }

    /// <summary>The last node before which these boards could have run all within the interval.</summary>
    public int LastNodeFor(long intervalNs, ReadOnlySpan<int> counts)
    {
        Int128 affordable = (Int128)Worth(counts) * intervalNs;
        int node = 0;
        int end = nodeValue.Length - 1;
        while (node < end)
        {
            int middle = (node + end + 1) / 2;
            (node, end) = nodeValue[middle] <= affordable ? (middle, end) : (node, middle - 1);
        }
        return node;
    }

    private long Worth(ReadOnlySpan<int> counts)
    {
        long worth = pinnedWorth;
        for (int index = 0; index < counts.Length; index++)
        {
            worth += counts[index] * prices[index];
        }
        return worth;
    }

    private static long Price(BoardClass board, int nodeCount) =>
        Math.Max(1, Scale / Math.Max(1, board.ComputeNs(0, nodeCount)));

    private static long Cheapest(int node, ImmutableArray<BoardClass> classes, int nodeCount)
    {
        long cheapest = long.MaxValue;
        foreach (BoardClass board in classes)
        {
            if (board.CanExecute(node, node + 1))
            {
                Int128 value = (Int128)Price(board, nodeCount) * board.ComputeNs(node, node + 1);
                cheapest = (long)Int128.Min(cheapest, value);
            }
        }
        return cheapest == long.MaxValue ? 0 : Math.Min(cheapest, Scale);
    }
}
