using System.Collections.Immutable;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>What the planner needs to know of one node on one kind of board.</summary>
/// <param name="TimeNs">Modelled time of a frame.</param>
/// <param name="WeightBytes">Bytes of constants and programs in the DMA window.</param>
public readonly record struct NodeEstimate(long TimeNs, long WeightBytes);

/// <summary>Costs of a whole network on one kind of board.</summary>
public static class NetworkEstimate
{
    /// <summary>
    /// One entry per node. A node's time includes the changes of layout that it needs when the whole network runs on
    /// one board; the size of the DMA window plays no part.
    /// </summary>
    public static ImmutableArray<NodeEstimate> Compute(
        IntegerGraph graph, StageTarget target, ScheduleCache? cache = null)
    {
        var builder = new StageBuilder(graph, 0, graph.Nodes.Count, target, cache ?? new ScheduleCache());
        return [.. builder.Estimate().Select(node => new NodeEstimate(node.ModelledNs, node.WeightBytes))];
    }
}
