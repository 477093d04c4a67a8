namespace FpgaEdge.Planning.References;

/// <summary>
/// Tries every plan as <see cref="Exhaustive"/> does, but takes boards that are alike for one another, which makes it fast
/// enough for millions of instances. Nothing is bounded or remembered. One thread.
/// </summary>
internal sealed class EveryPlan
{
    private readonly int nodes;
    private readonly int classes;
    private readonly int[] left;
    private readonly long[] links;
    private readonly long[,,] computeNs;
    private readonly long[,] transferNs;
    private readonly long clientNs;

    public EveryPlan(ClusterView view, NetworkCosts costs)
    {
        nodes = costs.Nodes.Length;
        var alike = view.Members.GroupBy(at => (Kind: BoardKind.Of(at), at.LinkBitsPerSecond, at.MemoryBytes)).ToArray();
        classes = alike.Length;
        left = [.. alike.Select(group => group.Count())];
        links = [.. alike.Select(group => group.Key.LinkBitsPerSecond)];
        computeNs = new long[classes, nodes, nodes + 1];
        transferNs = new long[classes, nodes + 1];
        long[] cutBytes = Networks.CutBytes(costs);
        for (int at = 0; at < classes; at++)
        {
            for (int cut = 0; cut <= nodes; cut++)
            {
                transferNs[at, cut] = LinkCosts.TransferNs(cutBytes[cut], links[at]);
            }
            FillCompute(at, costs, cutBytes, alike[at].Key.Kind, alike[at].Key.MemoryBytes);
        }
        clientNs = Enumerable.Range(0, classes).Min(at => Math.Max(transferNs[at, 0], transferNs[at, nodes]));
    }

    /// <summary>Least interval, and the least latency with it; long.MaxValue when there is no plan.</summary>
    public (long IntervalNs, long LatencyNs) Fastest { get; private set; } = (long.MaxValue, long.MaxValue);

    /// <summary>Least latency, and the least interval with it.</summary>
    public (long LatencyNs, long IntervalNs) Shortest { get; private set; } = (long.MaxValue, long.MaxValue);

    /// <summary>Plans that fit the boards.</summary>
    public long Plans { get; private set; }

    /// <summary>Tries them all.</summary>
    public EveryPlan Try()
    {
        Cut(0, clientNs, 0, -1);
        return this;
    }

    /// <summary>Time of every range of nodes on a class; negative where it cannot run or does not fit.</summary>
    private void FillCompute(int at, NetworkCosts costs, long[] cutBytes, BoardKind kind, long memoryBytes)
    {
        for (int first = 0; first < nodes; first++)
        {
            (long sum, long bytes) = (0, 2 * cutBytes[first]);
            for (int last = first + 1; last <= nodes; last++)
            {
                NodeCost node = costs.Nodes[last - 1];
                sum = sum >= 0 && node.TimeNs.TryGetValue(kind, out long time) ? sum + time : -1;
                bytes += node.WeightBytes + costs.Tensors[node.Output].Bytes;
                computeNs[at, first, last] = bytes + cutBytes[last] <= memoryBytes ? sum : -1;
            }
        }
    }

    /// <summary>Every end of the stage that begins here.</summary>
    private void Cut(int first, long intervalNs, long latencyNs, int slowestBefore)
    {
        for (int last = first + 1; last <= nodes; last++)
        {
            Choose(0, new Stage(first, last, 0, 0, -1), intervalNs, latencyNs, slowestBefore);
        }
    }

    /// <summary>Every number of boards of this class and the next ones for a stage.</summary>
    private void Choose(int at, Stage stage, long intervalNs, long latencyNs, int slowestBefore)
    {
        if (at == classes)
        {
            if (stage.Boards > 0)
            {
                Place(stage, intervalNs, latencyNs, slowestBefore);
            }
            return;
        }
        Choose(at + 1, stage, intervalNs, latencyNs, slowestBefore);
        long time = computeNs[at, stage.First, stage.Last];
        int available = time < 0 ? 0 : left[at];
        for (int taken = 1; taken <= available; taken++)
        {
            left[at] -= taken;
            Choose(at + 1, stage with
            {
                Boards = stage.Boards + taken, ComputeNs = Math.Max(stage.ComputeNs, time), Slowest = Slower(stage.Slowest, at),
            }, intervalNs, latencyNs, slowestBefore);
            left[at] += taken;
        }
    }

    private void Place(Stage stage, long intervalNs, long latencyNs, int slowestBefore)
    {
        long moved = Math.Max(transferNs[stage.Slowest, stage.First], transferNs[stage.Slowest, stage.Last]);
        long interval = Math.Max(intervalNs, (Math.Max(stage.ComputeNs, moved) + stage.Boards - 1) / stage.Boards);
        long latency = latencyNs + stage.ComputeNs + transferNs[Slower(slowestBefore, stage.Slowest), stage.First];
        if (stage.Last < nodes)
        {
            Cut(stage.Last, interval, latency, stage.Slowest);
            return;
        }
        latency += transferNs[stage.Slowest, nodes];
        Plans++;
        Fastest = (interval, latency).CompareTo(Fastest) < 0 ? (interval, latency) : Fastest;
        Shortest = (latency, interval).CompareTo(Shortest) < 0 ? (latency, interval) : Shortest;
    }

    /// <summary>The class of two whose link is slower; the second when there is no first.</summary>
    private int Slower(int one, int other) => one < 0 || links[other] < links[one] ? other : one;

    private readonly record struct Stage(int First, int Last, int Boards, long ComputeNs, int Slowest);
}
