using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>Sizes of the activations of a stage in the window, and modelled times of the steps that move
/// them.</summary>
internal sealed class StageCosts(IntegerGraph graph, StageTarget target)
{
    /// <summary>Bytes of an activation: a tensor's blocked form, gathered windows, or accumulators.</summary>
    public long ByteCount(int key)
    {
        if (key >= 0)
        {
            return Layout(key).ByteCount;
        }
        int node = AcceleratedNode.NodeOfKey(key);
        return AcceleratedNode.PackedKey(node) == key ? Packing(node).ByteCount : Planes(node).ByteCount;
    }

    /// <summary>Modelled time of a change of a tensor's layout.</summary>
    public long LayoutNs(int tensor) => target.Cpu.CopyNs(Layout(tensor).ByteCount);

    /// <summary>Modelled time of gathering a convolution's windows.</summary>
    public long PackNs(int node) => target.Cpu.CopyNs(Packing(node).ByteCount);

    /// <summary>Modelled time of requantising a convolution's accumulators.</summary>
    public long RequantizeNs(int node)
    {
        long elements = graph.Tensors[graph.Nodes[node].Output].ElementCount;
        return target.Cpu.CopyNs(Planes(node).ByteCount) +
            target.Cpu.ToNanoseconds(elements * target.Cpu.RequantizeMillicycles);
    }

    /// <summary>Modelled time of a node on blocked activations: padding channels are computed too.</summary>
    public long BlockedKernelNs(int node)
    {
        IntegerTensor output = graph.Tensors[graph.Nodes[node].Output];
        return target.Cpu.NodeNs(graph, graph.Nodes[node]) * Layout(graph.Nodes[node].Output).ByteCount /
            output.ElementCount;
    }

    /// <summary>Modelled time of a program, its start included.</summary>
    public long ProgramNs(AcceleratedNode node) =>
        target.Cpu.LaunchNs + target.Timing.ToNanoseconds(node.Choice.Cycles);

    /// <summary>A tensor's blocked form.</summary>
    public BlockedLayout Layout(int tensor) => new(graph.Tensors[tensor], target.Configuration);

    /// <summary>A convolution's gathered windows.</summary>
    public InputPacking Packing(int node) => new(graph, (ConvolutionNode)graph.Nodes[node], target.Configuration);

    private AccumulatorPlanes Planes(int node) => new(graph.Tensors[graph.Nodes[node].Output], target.Configuration);
}
