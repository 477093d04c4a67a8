using System.Collections.Immutable;

namespace FpgaEdge.Planning.References;

/// <summary>A finite set of instances: each of the networks on each of the views.</summary>
/// <param name="Name">For people.</param>
/// <param name="Definition">What belongs to it.</param>
/// <param name="Networks">Made anew at each enumeration.</param>
/// <param name="Views">Every mix of boards.</param>
internal sealed record FiniteFamily(
    string Name, string Definition, IEnumerable<NetworkCosts> Networks, ImmutableArray<ClusterView> Views)
{
    /// <summary>Most boards of a view.</summary>
    public const int MostBoards = 5;

    /// <summary>Most layers of the families in which more than times varies.</summary>
    private const int MostVaried = 5;

    /// <summary>Graphs of more layers have one long layer at most: there are thousands of graphs already.</summary>
    private const int MostFreelyTimed = 7;

    private const long UnitNs = 1_000_000;
    private const long TensorBytes = 30_000;
    private const long Gigabit = 1_000_000_000;
    private const long Ample = 64 << 20;

    /// <summary>The families of networks with up to so many layers.</summary>
    public static ImmutableArray<FiniteFamily> All(int mostLayers)
    {
        ImmutableArray<ClusterView> kinds = Mixes([(Gigabit, Ample)]);
        int varied = Math.Min(mostLayers, MostVaried);
        return
        [
            new("chains", $"up to {mostLayers} layers in a row, each 1, 2 or 5 ms; tensors of 30 kB",
                Counts(mostLayers).SelectMany(layers => Chains(layers, [1, 2, 5], [1], [1])), kinds),
            new("graphs", $"up to {mostLayers} layers, every number of tensors that can cross each cut; each layer 1 or 4 ms"
                + (mostLayers > MostFreelyTimed ? $", beyond {MostFreelyTimed} layers at most one of them 4 ms" : ""),
                Counts(mostLayers).SelectMany(Graphs), kinds),
            new("tensors", $"up to {varied} layers in a row, each 1, 2 or 5 ms; each tensor 30 or 120 kB",
                Counts(varied).SelectMany(layers => Chains(layers, [1, 2, 5], [1, 4], [1])), kinds),
            new("links", $"up to {varied} layers in a row, each 1, 2 or 5 ms; each board at 100 Mbit/s or 1 Gbit/s",
                Counts(varied).SelectMany(layers => Chains(layers, [1, 2, 5], [1], [1])),
                Mixes([(Gigabit / 10, Ample), (Gigabit, Ample)])),
            new("memories", $"up to {varied} layers in a row, each 1 or 4 ms and 100 or 300 kB of weights; each board of 600 kB or 64 MiB",
                Counts(varied).SelectMany(layers => Chains(layers, [1, 4], [1], [1, 3])),
                Mixes([(Gigabit, 600_000), (Gigabit, Ample)])),
        ];
    }

    private static IEnumerable<int> Counts(int most) => Enumerable.Range(1, most);

    /// <summary>Every mix of one to five boards of two kinds and of the given links and memories; order does not matter.</summary>
    private static ImmutableArray<ClusterView> Mixes((long Link, long Memory)[] variants)
    {
        Member[] classes =
        [
            .. variants.SelectMany(at => (Member[])
            [
                References.Networks.Board(0, References.Networks.Zynq, at.Link, at.Memory),
                References.Networks.Board(0, References.Networks.Ultra, at.Link, at.Memory),
            ]),
        ];
        return
        [
            .. Counts(MostBoards).SelectMany(boards => Ascending(boards, classes.Length)).Select(mix => References.Networks.View(
                mix.Select((at, index) => classes[at] with { Id = new BoardId((ulong)index + 1) }))),
        ];
    }

    /// <summary>Every ascending word of numbers below <paramref name="letters"/>.</summary>
    private static IEnumerable<int[]> Ascending(int length, int letters) =>
        Words(length, letters).Where(word => word.Zip(word.Skip(1)).All(pair => pair.First <= pair.Second));

    /// <summary>Every word of numbers below <paramref name="letters"/>.</summary>
    private static IEnumerable<int[]> Words(int length, int letters)
    {
        long count = (long)Math.Pow(letters, length);
        for (long at = 0; at < count; at++)
        {
            var word = new int[length];
            long rest = at;
            for (int index = 0; index < length; index++, rest /= letters)
            {
                word[index] = (int)(rest % letters);
            }
            yield return word;
        }
    }

    private static IEnumerable<NetworkCosts> Chains(int layers, long[] times, long[] sizes, long[] weights)
    {
        int[][] chain = [.. Enumerable.Range(0, layers).Select(node => (int[])[node])];
        return
            from time in Words(layers, times.Length)
            from weight in Words(layers, weights.Length)
            from size in Words(layers + 1, sizes.Length)
            select Costs(chain, [.. time.Select(at => times[at])], [.. weight.Select(at => weights[at])], [.. size.Select(at => sizes[at])]);
    }

    /// <summary>
    /// A plan depends on a graph only through what crosses its cuts. With tensors of one size that is their number: a layer
    /// adds one and is the last reader of any number of those there are, the last layer of all. So one graph for each sequence
    /// of such numbers stands for every directed graph of the layers.
    /// </summary>
    private static IEnumerable<NetworkCosts> Graphs(int layers)
    {
        long[] times = [1, 4];
        long[] one = [.. Enumerable.Repeat(1L, layers + 1)];
        return
            from shape in Shapes(layers, [], [0])
            from time in Words(layers, times.Length)
            where layers <= MostFreelyTimed || time.Sum() <= 1
            select Costs(shape, [.. time.Select(at => times[at])], one[..layers], one);
    }

    /// <summary>The tensors that each layer reads; those that it reads are not read again, unless it is the newest alone.</summary>
    private static IEnumerable<int[][]> Shapes(int layers, ImmutableArray<int[]> reads, ImmutableArray<int> live)
    {
        int node = reads.Length;
        if (node == layers)
        {
            yield return [.. reads];
            yield break;
        }
        for (int retired = node == layers - 1 ? live.Length : 0; retired <= live.Length; retired++)
        {
            int[] inputs = retired == 0 ? [live[^1]] : [.. live[..retired]];
            foreach (int[][] shape in Shapes(layers, reads.Add(inputs), live[retired..].Add(node + 1)))
            {
                yield return shape;
            }
        }
    }

    private static NetworkCosts Costs(int[][] inputs, long[] times, long[] weights, long[] sizes) => new(
        References.Networks.Package,
        [
            .. inputs.Select((reads, node) => new NodeCost(
                [.. reads], node + 1, weights[node] * 100_000,
                ImmutableSortedDictionary<BoardKind, long>.Empty.Add(References.Networks.Zynq, times[node] * UnitNs)
                    .Add(References.Networks.Ultra, times[node] * UnitNs / 3))),
        ],
        [.. sizes.Select(size => new TensorCost(size * TensorBytes))], [0], [inputs.Length]);
}
