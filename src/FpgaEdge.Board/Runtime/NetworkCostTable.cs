using System.Collections.Immutable;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;
using FpgaEdge.Planning;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>What the planner needs to know of a network, from the compiler's models. Boards and host use the same
/// figures.</summary>
public static class NetworkCostTable
{
    /// <summary>Costs do not depend on how much memory a board has, so that boards of one kind are one
    /// column.</summary>
    private const long AnyWindowBytes = 1L << 30;

    /// <summary>Estimates every node on every kind of board. A kind that cannot run the network has no times.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="package">Its package's hash.</param>
    /// <param name="kinds">Kinds of boards.</param>
    /// <param name="schedules">Schedules found so far; null to begin with none.</param>
    /// <param name="measured">Puts measured figures in the place of the model's; null for none.</param>
    public static NetworkCosts Compute(
        IntegerGraph graph, PackageHash package, ImmutableArray<BoardKind> kinds, ScheduleCache? schedules = null,
        Func<StageTarget, StageTarget>? measured = null)
    {
        schedules ??= new ScheduleCache();
        var columns = kinds.Distinct().ToDictionary(kind => kind, kind => Column(graph, kind, schedules, measured));
        return NetworkCosts.FromGraph(graph, package, columns.Keys, (node, kind) =>
            columns[kind] is { } column ? (column[node].TimeNs, column[node].WeightBytes) : (-1, 0));
    }

    private static ImmutableArray<NodeEstimate>? Column(
        IntegerGraph graph, BoardKind kind, ScheduleCache schedules, Func<StageTarget, StageTarget>? measured)
    {
        try
        {
            StageTarget target = StageTarget.For(kind.Board, kind.VtaConfiguration, kind.ClockHertz, AnyWindowBytes);
            return NetworkEstimate.Compute(graph, measured?.Invoke(target) ?? target, schedules);
        }
        catch (Exception e) when (e is CompilerException or VtaException)
        {
            return null;
        }
    }
}
