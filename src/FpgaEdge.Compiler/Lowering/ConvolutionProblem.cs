namespace FpgaEdge.Compiler.Lowering;

/// <summary>One axis of a convolution: sizes in pixels.</summary>
/// <param name="Input">Input size.</param>
/// <param name="Output">Output size.</param>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Step between outputs.</param>
/// <param name="Pad">Cells before the image.</param>
/// <param name="Dilation">Step between taps.</param>
internal readonly record struct ConvolutionAxis(int Input, int Output, int Kernel, int Stride, int Pad, int Dilation)
{
    /// <summary>A single position, as in dense layers.</summary>
    public static ConvolutionAxis Single { get; } = new(1, 1, 1, 1, 0, 1);

    /// <summary>Input position of a tap; outside 0 … Input − 1 it is padding.</summary>
    public int Position(int output, int tap) => (output * Stride) - Pad + (tap * Dilation);
}

/// <summary>
/// What happens to an accumulator before it is stored, in this order: bias by GEMM or by ALU, shifts, lower clamp,
/// upper clamp.
/// </summary>
/// <param name="BiasSets"> Bias is added from this many sets of accumulator lines, one line per output block and set:
/// none, one, or one for every combination of row and column segments of <see cref="PaddingClasses"/>.
/// </param>
/// <param name="BiasGemms">Bias is added by this many GEMM steps on a constant activation.</param>
/// <param name="ImmediateShift">Right shift of all channels; 0 for none.</param>
/// <param name="RegisterShifts">Right shifts by accumulator lines, one line per output block and shift.</param>
/// <param name="Lowest">Lower clamp; null when no value can be below.</param>
/// <param name="Highest">Upper clamp; null when no value can be above.</param>
/// <param name="Planes"> 1, or 4 when whole accumulators leave: their bytes, lowest first, each as an activation of
/// its own.
/// </param>
internal readonly record struct Epilogue(
    int BiasSets, int BiasGemms, int ImmediateShift, int RegisterShifts, int? Lowest, int? Highest, int Planes)
{
    /// <summary>Largest shift that an immediate or a register line can hold everywhere (SPEC section 3,
    /// ALU).</summary>
    public const int MaximumShift = 15;

    /// <summary>ALU passes over every output line.</summary>
    public int AluPasses => (BiasSets > 0 ? 1 : 0) + RegisterShifts +
        ((ImmediateShift + MaximumShift - 1) / MaximumShift) +
        (Lowest is null ? 0 : 1) + (Highest is null ? 0 : 1) + Planes - 1;

    /// <summary>Accumulator lines of constants per output block.</summary>
    public int ConstantSets => BiasSets + RegisterShifts;
}

/// <summary>
/// A convolution as the accelerator sees it: channels in blocks, numbers without values. Equal problems have equal
/// schedules.
/// </summary>
/// <param name="Rows">Vertical axis.</param>
/// <param name="Columns">Horizontal axis.</param>
/// <param name="InputBlocks">Blocks of input channels.</param>
/// <param name="OutputBlocks">Blocks of output channels.</param>
/// <param name="GroupInputs">Input blocks that one output block reads; all of them in an ordinary
/// convolution.</param>
/// <param name="GroupOutputs">Consecutive output blocks that read the same input blocks; all of them in an ordinary
/// convolution.</param>
/// <param name="Epilogue">From accumulator to output.</param>
/// <param name="PaddingIsNotZero"> The input's zero point is not 0, so padding cannot be loaded as zeros: it must be
/// skipped, and the bias differs by border.
/// </param>
internal sealed record ConvolutionProblem(
    ConvolutionAxis Rows, ConvolutionAxis Columns, int InputBlocks, int OutputBlocks, int GroupInputs, int GroupOutputs,
    Epilogue Epilogue,
    bool PaddingIsNotZero)
{
    /// <summary>Cells of the kernel.</summary>
    public int Taps => Rows.Kernel * Columns.Kernel;

    /// <summary>Whether different output blocks read different input blocks.</summary>
    public bool Grouped => GroupOutputs < OutputBlocks;

    /// <summary>Weight elements.</summary>
    public int WeightElements => OutputBlocks * GroupInputs * Taps;

    /// <summary>Output lines of all blocks.</summary>
    public long OutputLines => (long)Rows.Output * Columns.Output * OutputBlocks;

    /// <summary>Input blocks that some consecutive output blocks read, when convolutions are grouped.</summary>
    public Span1 GroupInputsOf(Span1 outputs)
    {
        int first = outputs.First / GroupOutputs;
        int last = (outputs.First + outputs.Count - 1) / GroupOutputs;
        return new Span1(first * GroupInputs, (last - first + 1) * GroupInputs);
    }

    /// <summary>GEMM steps: the bound of the multiplier array in cycles.</summary>
    /// <param name="skipPadding">Products with padding are left out.</param>
    public long Products(bool skipPadding) => (long)OutputBlocks * GroupInputs *
        Products(Rows, skipPadding) * Products(Columns, skipPadding);

    private static long Products(ConvolutionAxis axis, bool skipPadding) =>
        TapSegment.Of(axis, new Span1(0, axis.Output), skipPadding)
            .Sum(segment => (long)segment.Count * (segment.LastTap - segment.FirstTap));
}
