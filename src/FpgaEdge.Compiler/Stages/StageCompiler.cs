using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Integer graph to stages.</summary>
public static class StageCompiler
{
    /// <summary>Compiles nodes [<paramref name="firstNode"/>, <paramref name="lastNode"/>) for a board.
    /// Deterministic.</summary>
    /// <param name="graph">A valid graph.</param>
    /// <param name="firstNode">Index of the first node.</param>
    /// <param name="lastNode">One past the last node.</param>
    /// <param name="target">The board.</param>
    /// <param name="cache">Schedules known from earlier compilations; receives new ones.</param>
    /// <param name="onCores">Nodes that the cores run although the accelerator could; null for none.</param>
    /// <exception cref="CompilerException">The stage does not fit the DMA window.</exception>
    public static CompiledStage Compile(IntegerGraph graph, int firstNode, int lastNode, StageTarget target,
        ScheduleCache? cache = null, IReadOnlySet<int>? onCores = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstNode);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lastNode, graph.Nodes.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstNode, lastNode);
        return new StageBuilder(graph, firstNode, lastNode, target, cache ?? new ScheduleCache(), onCores).Build();
    }
}
