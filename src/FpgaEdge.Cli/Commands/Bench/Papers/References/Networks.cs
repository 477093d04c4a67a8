using System.Collections.Immutable;

namespace FpgaEdge.Planning.References;

/// <summary>Views and networks to try a planner on, made by rules or from a seed.</summary>
internal static class Networks
{
    private static readonly BoardKind Slow = new("zynq7010", "1x16_i8w8a32_14_14_17_16", 100_000_000);

    public static readonly BoardKind Zynq = new("zynq7020", "1x16_i8w8a32_15_15_18_17", 100_000_000);
    public static readonly BoardKind Ultra = new("ultra96", "1x16_i8w8a32_15_15_18_17", 333_000_000);
    public static readonly PackageHash Package = new(1, 2, 3, 4);

    public static Member Board(ulong id, BoardKind kind, long link = 1_000_000_000, long memory = 64 << 20) =>
        new(new BoardId(id), 1, kind.Board, kind.VtaConfiguration, kind.ClockHertz, link, memory);

    public static ClusterView View(params IEnumerable<Member> members) => new([.. members], [Package]);

    public static ClusterView Zynqs(int count) => View(Enumerable.Range(1, count).Select(id => Board((ulong)id, Zynq)));

    /// <summary>A chain: node i reads tensor i and writes tensor i + 1; Ultra is three times as fast as Zynq.</summary>
    public static NetworkCosts Chain(long[] timesNs, long tensorBytes = 1000, long weightBytes = 1000) => new(
        Package,
        [
            .. timesNs.Select((time, node) => new NodeCost(
                [node], node + 1, weightBytes,
                ImmutableSortedDictionary<BoardKind, long>.Empty.Add(Zynq, time).Add(Ultra, time / 3))),
        ],
        [.. Enumerable.Repeat(new TensorCost(tensorBytes), timesNs.Length + 1)], [0], [timesNs.Length]);

    /// <summary>
    /// A random graph with skip connections: each node reads its predecessor's tensor and sometimes an older one;
    /// the last tensor, and sometimes one more, is a result.
    /// </summary>
    public static NetworkCosts Random(Random random, int nodeCount, IReadOnlyList<BoardKind> kinds)
    {
        var nodes = ImmutableArray.CreateBuilder<NodeCost>();
        for (int node = 0; node < nodeCount; node++)
        {
            ImmutableArray<int> inputs = node > 0 && random.Next(3) == 0 ? [node, random.Next(node)] : [node];
            long work = random.Next(1, 2000) * 1000L;
            var times = kinds.Select(kind => KeyValuePair.Create(kind, work * random.Next(50, 200) / 100));
            nodes.Add(new NodeCost(inputs, node + 1, random.Next(100_000), times.ToImmutableSortedDictionary()));
        }
        var tensors = Enumerable.Range(0, nodeCount + 1).Select(_ => new TensorCost(random.Next(1, 100_000)));
        ImmutableArray<int> outputs =
            random.Next(4) == 0 && nodeCount > 1 ? [random.Next(1, nodeCount), nodeCount] : [nodeCount];
        return new NetworkCosts(Package, nodes.ToImmutable(), [.. tensors], [0], outputs);
    }

    /// <summary>A random network on random boards of unequal kinds, links and memories.</summary>
    public static (ClusterView View, NetworkCosts Costs) Instance(Random random, int mostNodes, int mostBoards)
    {
        BoardKind[] kinds = [Zynq, Ultra, Slow];
        long[] links = [100_000_000, 1_000_000_000];
        long[] memories = [300_000, 700_000, 64 << 20];
        int boards = random.Next(1, mostBoards + 1);
        ClusterView view = View(Enumerable.Range(1, boards).Select(id => Board(
            (ulong)id, kinds[random.Next(kinds.Length)], links[random.Next(2)], memories[random.Next(3)])));
        return (view, Random(random, random.Next(1, mostNodes + 1), kinds));
    }

    /// <summary>The plan, or null when there is none.</summary>
    public static PlanResult? Solve(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        try
        {
            return Planner.Solve(view, costs, options);
        }
        catch (PlanningException)
        {
            return null;
        }
    }

    /// <summary>
    /// Bytes that cross each of the n + 1 cuts: tensors that exist before it and are read, or are results, after it.
    /// </summary>
    public static long[] CutBytes(NetworkCosts costs)
    {
        int nodes = costs.Nodes.Length;
        var made = new int[costs.Tensors.Length];
        var read = new int[costs.Tensors.Length];
        Array.Fill(made, int.MaxValue);
        foreach (int tensor in costs.InputTensors)
        {
            made[tensor] = 0;
        }
        for (int node = 0; node < nodes; node++)
        {
            made[costs.Nodes[node].Output] = Math.Min(made[costs.Nodes[node].Output], node + 1);
            foreach (int tensor in costs.Nodes[node].Inputs)
            {
                read[tensor] = node;
            }
        }
        foreach (int tensor in costs.OutputTensors)
        {
            read[tensor] = nodes;
        }
        var bytes = new long[nodes + 1];
        bytes[0] = costs.InputTensors.Sum(tensor => costs.Tensors[tensor].Bytes);
        bytes[nodes] = costs.OutputTensors.Sum(tensor => costs.Tensors[tensor].Bytes);
        for (int cut = 1; cut < nodes; cut++)
        {
            for (int tensor = 0; tensor < made.Length; tensor++)
            {
                bytes[cut] += made[tensor] <= cut && read[tensor] >= cut ? costs.Tensors[tensor].Bytes : 0;
            }
        }
        return bytes;
    }

    /// <summary>Time that the client's link needs for one frame, which bounds every plan alike.</summary>
    public static long ClientNs(ClusterView view, params IEnumerable<NetworkShare> networks)
    {
        long sent = networks.Sum(n => n.Share * n.Costs.InputTensors.Sum(tensor => n.Costs.Tensors[tensor].Bytes));
        long received = networks.Sum(n => n.Share * n.Costs.OutputTensors.Sum(tensor => n.Costs.Tensors[tensor].Bytes));
        return LinkCosts.TransferNs(Math.Max(sent, received), view.Members.Max(member => member.LinkBitsPerSecond));
    }
}
