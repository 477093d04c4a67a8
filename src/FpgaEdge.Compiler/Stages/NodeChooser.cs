using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Decides where a node runs and how: the least modelled time, changes of the input's layout
/// included.</summary>
internal sealed class NodeChooser(
    IntegerGraph graph, StageTarget target, ScheduleCache cache, StageCosts costs, IReadOnlySet<int>? onCores)
{
    /// <summary>The fastest way to run a node on the accelerator, or why the cores run it.</summary>
    /// <param name="index">The node.</param>
    /// <param name="dense">Tensors that exist in dense form.</param>
    /// <param name="blocked">Tensors that exist in blocked form.</param>
    /// <param name="reason">Why not; for people.</param>
    public AcceleratedNode? Accelerate(int index, HashSet<int> dense, HashSet<int> blocked, out string reason)
    {
        IntegerNode node = graph.Nodes[index];
        reason = onCores?.Contains(index) == true
            ? "kept on the cores" : ConvolutionLowering.ReasonAgainst(graph, node, target.Configuration) ?? "";
        if (reason.Length > 0)
        {
            return null;
        }
        AcceleratedNode? best = Fastest(index, dense, blocked);
        if (best is null)
        {
            reason = "no tile fits the scratchpads";
            return null;
        }
        int input = node.Inputs[0];
        long cores = target.Cpu.NodeNs(graph, node) + (dense.Contains(input) ? 0 : costs.LayoutNs(input));
        if (TotalNs(best, dense, blocked) <= cores)
        {
            return best;
        }
        reason = "faster on the cores";
        return null;
    }

    private AcceleratedNode? Fastest(int index, HashSet<int> dense, HashSet<int> blocked)
    {
        var node = (ConvolutionNode)graph.Nodes[index];
        AcceleratedNode? direct = Try(
            index, node.Inputs[0], ConvolutionLowering.Lower(graph, node, target.Configuration));
        if (node.Groups != 1 || !costs.Packing(index).Helps)
        {
            return direct;
        }
        AcceleratedNode? packed = Try(index, AcceleratedNode.PackedKey(index),
            ConvolutionLowering.LowerPacked(graph, node, target.Configuration));
        if (direct is null || packed is null)
        {
            return direct ?? packed;
        }
        return TotalNs(packed, dense, blocked) < TotalNs(direct, dense, blocked) ? packed : direct;
    }

    private AcceleratedNode? Try(int index, int input, LoweredConvolution lowered)
    {
        ScheduleChoice? choice = cache.Find(lowered.Problem, target.Configuration, target.Timing);
        return choice is null ? null : new AcceleratedNode
        {
            Node = index,
            Input = input,
            Output = lowered.Problem.Epilogue.Planes > 1 ? AcceleratedNode.PlanesKey(index) : graph.Nodes[index].Output,
            Lowered = lowered,
            Choice = choice,
        };
    }

    /// <summary>Program, changes of the input's layout, and requantisation.</summary>
    private long TotalNs(AcceleratedNode node, HashSet<int> dense, HashSet<int> blocked)
    {
        int tensor = graph.Nodes[node.Node].Inputs[0];
        long before = node.IsPacked
            ? costs.PackNs(node.Node) + (dense.Contains(tensor) ? 0 : costs.LayoutNs(tensor))
            : blocked.Contains(tensor) ? 0 : costs.LayoutNs(tensor);
        return before + costs.ProgramNs(node) + (node.LeavesWhole ? costs.RequantizeNs(node.Node) : 0);
    }
}
