using System.Collections.Immutable;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Which tensors cross a cut between two nodes of a network.</summary>
public static class StageCut
{
    /// <summary>
    /// Tensors a stage that starts at <paramref name="firstNode"/> must receive, ascending: those that exist before
    /// it (network inputs, or written by an earlier node) and are read by it or a later node, or are outputs of the
    /// network. For the number of nodes, the outputs of the network.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The node is outside 0 … the number of nodes.</exception>
    public static ImmutableArray<int> InputTensors(IntegerGraph graph, int firstNode)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstNode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstNode, graph.Nodes.Count);
        var present = new HashSet<int>(graph.Inputs);
        for (int i = 0; i < firstNode; i++)
        {
            present.Add(graph.Nodes[i].Output);
        }
        var needed = new SortedSet<int>(graph.Outputs.Where(present.Contains));
        for (int i = firstNode; i < graph.Nodes.Count; i++)
        {
            needed.UnionWith(graph.Nodes[i].Inputs.Where(present.Contains));
        }
        return [.. needed];
    }

    /// <summary>Bytes of dense tensors laid one after the other.</summary>
    public static int ByteCount(IntegerGraph graph, ImmutableArray<int> tensors) =>
        tensors.Sum(tensor => graph.Tensors[tensor].ByteCount);
}
