using System.Collections.Immutable;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Planning;

/// <summary>
/// What the planner knows of one network. Times come from the compiler's cycle model, one column per kind of board,
/// in nanoseconds; they are the same on every board because they are computed from the same integers.
/// </summary>
/// <param name="Package">The network.</param>
/// <param name="Nodes">One entry per node of the integer graph, in its order.</param>
/// <param name="Tensors">One entry per activation tensor.</param>
/// <param name="InputTensors">The network's inputs, ascending.</param>
/// <param name="OutputTensors">The network's outputs, ascending.</param>
public sealed record NetworkCosts(
    PackageHash Package, ImmutableArray<NodeCost> Nodes, ImmutableArray<TensorCost> Tensors,
    ImmutableArray<int> InputTensors, ImmutableArray<int> OutputTensors)
{
    /// <summary>
    /// For each of the n + 1 cuts (cut c lies before node c) the tensors that cross it, ascending.
    /// </summary>
    public ImmutableArray<ImmutableArray<int>> CutTensors() => NetworkProfile.LiveTensors(this);

    /// <summary>
    /// The costs of an integer graph. Boards and host both call this, so that they plan with the same figures.
    /// </summary>
    /// <param name="graph">The network.</param>
    /// <param name="package">Its package's hash.</param>
    /// <param name="kinds">The kinds of board to ask for; order and repetition do not matter.</param>
    /// <param name="cost">
    /// Time of a node on a kind in nanoseconds (negative: that kind cannot run it) and the bytes its weights and
    /// programs take; of several kinds' bytes the largest counts.
    /// </param>
    public static NetworkCosts FromGraph(
        IntegerGraph graph, PackageHash package, IEnumerable<BoardKind> kinds,
        Func<int, BoardKind, (long TimeNs, long WeightBytes)> cost)
    {
        BoardKind[] distinct = [.. kinds.Distinct()];
        var nodes = ImmutableArray.CreateBuilder<NodeCost>(graph.Nodes.Count);
        for (int node = 0; node < graph.Nodes.Count; node++)
        {
            var times = new Dictionary<BoardKind, long>();
            long weightBytes = 0;
            foreach (BoardKind kind in distinct)
            {
                (long timeNs, long bytes) = cost(node, kind);
                weightBytes = Math.Max(weightBytes, bytes);
                if (timeNs >= 0)
                {
                    times.Add(kind, timeNs);
                }
            }
            IntegerNode source = graph.Nodes[node];
            nodes.Add(new NodeCost([.. source.Inputs], source.Output, weightBytes, times));
        }
        return new NetworkCosts(
            package, nodes.MoveToImmutable(),
            [.. graph.Tensors.Select(tensor => new TensorCost(tensor.ByteCount))],
            [.. graph.Inputs.Order()], [.. graph.Outputs.Order()]);
    }
}

/// <summary>
/// One node: which tensors it reads and writes, how long it takes on each kind of board, and how many bytes its
/// weights need.
/// </summary>
/// <param name="Inputs">Tensor indices read.</param>
/// <param name="Output">Tensor index written.</param>
/// <param name="WeightBytes">Bytes of weights, biases and programs in the DMA window.</param>
/// <param name="TimeNs">
/// Modelled time per kind of board, see <see cref="BoardKind.Of"/>; a kind that is absent cannot run the node.
/// </param>
public sealed record NodeCost(
    ImmutableArray<int> Inputs, int Output, long WeightBytes, IReadOnlyDictionary<BoardKind, long> TimeNs);

/// <summary>One activation tensor: its size on the wire and in memory.</summary>
public readonly record struct TensorCost(long Bytes);

/// <summary>Boards of one kind have the same costs: the same configuration and the same clock.</summary>
public readonly record struct BoardKind(string Board, string VtaConfiguration, long ClockHertz) : IComparable<BoardKind>
{
    /// <summary>The kind of a member.</summary>
    public static BoardKind Of(Member member) => new(member.Board, member.VtaConfiguration, member.ClockHertz);

    /// <inheritdoc />
    public int CompareTo(BoardKind other)
    {
        int order = string.CompareOrdinal(Board, other.Board);
        order = order != 0 ? order : string.CompareOrdinal(VtaConfiguration, other.VtaConfiguration);
        return order != 0 ? order : ClockHertz.CompareTo(other.ClockHertz);
    }
}
