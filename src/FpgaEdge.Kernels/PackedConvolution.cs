using FpgaEdge.Kernels.Native;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// One convolution node with its weights packed for the inner loops, ready to run any number of times. Results are
/// those of
/// <see cref="GoldenInterpreter"/>, byte for byte: 16-bit products of 8-bit numbers are exact, and 32-bit sums wrap
/// the same in any order.
/// </summary>
public sealed class PackedConvolution
{
    private readonly PackedGroup[] groups;
    private readonly PackedDepthwise? depthwise;
    private readonly NativeConvolution[] native = [];

    /// <summary>Packs a node of a valid graph.</summary>
    /// <param name="node">The convolution.</param>
    /// <param name="input">Its input tensor.</param>
    /// <param name="output">Its output tensor.</param>
    /// <param name="instructions">A supported instruction set; null for the best.</param>
    public PackedConvolution(
        ConvolutionNode node, IntegerTensor input, IntegerTensor output, KernelInstructions? instructions = null)
    {
        KernelInstructions set = instructions ?? KernelInstructionSets.Best;
        if (set == KernelInstructions.Native)
        {
            if (NativeConvolution.TryPack(node, input, output, NativeKernels.Layout) is { } parts)
            {
                native = parts;
                groups = [];
                ScratchLength = parts.Max(part => part.ScratchLength);
                return;
            }
            set = KernelInstructionSets.BestManaged;
        }
        var requantizer = new Requantizer(node.Requantization, output);
        bool perChannel = node.Groups == input.Channels && input.Channels == output.Channels && input.Channels > 1;
        if (perChannel)
        {
            depthwise = new PackedDepthwise(node, input, output, requantizer, set);
            groups = [];
            ScratchLength = depthwise.ScratchLength;
            return;
        }
        groups = new PackedGroup[node.Groups];
        for (int g = 0; g < groups.Length; g++)
        {
            groups[g] = new PackedGroup(node, g, input, output, requantizer, set);
            ScratchLength = Math.Max(ScratchLength, groups[g].ScratchLength);
        }
    }

    /// <summary>16-bit elements of scratch memory that <see cref="Execute"/> needs.</summary>
    public int ScratchLength { get; }

    /// <summary>Runs the convolution on one frame.</summary>
    /// <param name="input">The input tensor's bytes.</param>
    /// <param name="output">The output tensor's bytes; all are written.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> elements; content is lost.</param>
    public void Execute(ReadOnlySpan<byte> input, Span<byte> output, Span<short> scratch)
    {
        foreach (NativeConvolution part in native)
        {
            part.Execute(input, output, scratch);
        }
        depthwise?.Execute(input, output, scratch);
        foreach (PackedGroup group in groups)
        {
            group.Execute(input, output, scratch);
        }
    }
}
