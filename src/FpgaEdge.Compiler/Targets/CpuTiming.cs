using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler;

/// <summary>
/// A simple model of a board's processor cores for the nodes that stay on them: a node costs its elementary
/// operations times a constant, in thousandths of a cycle of one core, plus a call. Products are for one core with
/// native NEON kernels, the rest is what compiled C# needs.
/// </summary>
/// <param name="Name">The family, for reports.</param>
/// <param name="ClockHz">Core clock.</param>
/// <param name="MacMillicycles">One int8 multiply-accumulate of an ordinary convolution or dense layer.</param>
/// <param name="DepthwiseMacMillicycles">One multiply-accumulate of a depth-wise convolution.</param>
/// <param name="RequantizeMillicycles">One accumulator made an output element.</param>
/// <param name="ElementMillicycles">One output element of add, multiply or lookup.</param>
/// <param name="PoolCellMillicycles">One element of a pooling window.</param>
/// <param name="CopyMillicycles">One byte moved by concatenation, slice, transposition or a change of layout.</param>
/// <param name="SoftmaxMillicycles">One element of a softmax.</param>
/// <param name="CallNs">Overhead of one kernel call.</param>
/// <param name="LaunchNs">Overhead of starting one VTA program and noticing its end.</param>
public sealed record CpuTiming(
    string Name, long ClockHz, int MacMillicycles, int DepthwiseMacMillicycles, int RequantizeMillicycles,
    int ElementMillicycles, int PoolCellMillicycles, int CopyMillicycles, int SoftmaxMillicycles,
    int CallNs, int LaunchNs)
{
    /// <summary>Zynq-7000: Cortex-A9 at 667 MHz; its 64-bit NEON data path moves 8 bytes a cycle at best.</summary>
    public static CpuTiming CortexA9 { get; } = new(
        "Cortex-A9 667 MHz", 667_000_000, 500, 1000, 1500, 4000, 1000, 750, 60_000, 2_000, 5_000);

    /// <summary>Zynq UltraScale+: Cortex-A53 at 1.2 GHz.</summary>
    public static CpuTiming CortexA53 { get; } = new(
        "Cortex-A53 1200 MHz", 1_200_000_000, 840, 1000, 1500, 3000, 800, 500, 30_000, 1_000, 3_000);

    /// <summary>Duration of thousandths of a cycle, in nanoseconds, rounded up.</summary>
    public long ToNanoseconds(long millicycles) =>
        checked((long)((((Int128)millicycles * 1_000_000) + ClockHz - 1) / ClockHz));

    /// <summary>Modelled time of one node in nanoseconds.</summary>
    public long NodeNs(IntegerGraph graph, IntegerNode node)
    {
        IntegerTensor output = graph.Tensors[node.Output];
        long elements = output.ElementCount;
        long millicycles = node switch
        {
            ConvolutionNode convolution => ConvolutionMillicycles(graph, convolution, elements),
            PoolNode pool => elements * Math.Min(
                (long)pool.Window.KernelHeight * pool.Window.KernelWidth,
                graph.Tensors[node.Inputs[0]].ElementCount) * PoolCellMillicycles,
            ReshapeNode => 0,
            ConcatNode or SliceNode or TransposeNode => (long)output.ByteCount * CopyMillicycles,
            SoftmaxNode => elements * SoftmaxMillicycles,
            _ => elements * ElementMillicycles,
        };
        return CallNs + ToNanoseconds(millicycles);
    }

    /// <summary>Modelled time of moving bytes between two layouts, in nanoseconds.</summary>
    public long CopyNs(long bytes) => CallNs + ToNanoseconds(bytes * CopyMillicycles);

    private long ConvolutionMillicycles(IntegerGraph graph, ConvolutionNode node, long elements)
    {
        int inputsPerGroup = graph.Tensors[node.Inputs[0]].Channels / node.Groups;
        long macs = elements * node.Window.KernelHeight * node.Window.KernelWidth * inputsPerGroup;
        bool depthwise = node.Groups > 1 && inputsPerGroup == 1;
        return (macs * (depthwise ? DepthwiseMacMillicycles : MacMillicycles)) + (elements * RequantizeMillicycles);
    }
}
