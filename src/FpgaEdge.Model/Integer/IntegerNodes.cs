namespace FpgaEdge.Model.Integer;

/// <summary>
/// One operation. <see cref="Inputs"/> and <see cref="Output"/> are indices into <see cref="IntegerGraph.Tensors"/>.
/// </summary>
public abstract record IntegerNode(string Name, IReadOnlyList<int> Inputs, int Output);

/// <summary>
/// A window sliding over height and width. Padding is in elements; padded cells hold the input's zero point.
/// </summary>
public sealed record Window(
    int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth,
    int PadTop, int PadLeft, int PadBottom, int PadRight, int DilationHeight = 1, int DilationWidth = 1)
{
    /// <summary>The 1 × 1 window without padding: point-wise and dense layers.</summary>
    public static Window Point { get; } = new(1, 1, 1, 1, 0, 0, 0, 0);
}

/// <summary>
/// Convolution, depth-wise convolution (Groups = input channels) and dense layer (1 × 1 over a 1 × 1 image):
/// acc[o] = Bias[o] + Σ (x − input zero point) · (Weights − <see cref="WeightZeroPoint"/>), in 32-bit wrap-around
/// arithmetic, then <see cref="Requantization"/>.
/// </summary>
/// <param name="Name">The layer's name in the source network.</param>
/// <param name="Inputs">One tensor.</param>
/// <param name="Output">The output tensor.</param>
/// <param name="Window">Kernel, strides, padding, dilation.</param>
/// <param name="Groups">Channel groups; 1 is an ordinary convolution.</param>
/// <param name="Weights">int8, [output channel][kernel row][kernel column][input channel within the group].</param>
/// <param name="Bias">int32, [output channel]; in units of input scale × weight scale.</param>
/// <param name="Requantization">From accumulator to output.</param>
public sealed record ConvolutionNode(
    string Name, IReadOnlyList<int> Inputs, int Output, Window Window, int Groups,
    sbyte[] Weights, int[] Bias, Requantization Requantization) : IntegerNode(Name, Inputs, Output)
{
    /// <summary>
    /// Subtracted from every weight; 0 except for imported uint8 networks, whose weights are stored minus 128 and whose
    /// zero point is then the file's minus 128.
    /// </summary>
    public int WeightZeroPoint { get; init; }
}

/// <summary>How an accumulator becomes an output element.</summary>
public enum RequantizationKind : byte
{
    /// <summary>
    /// What VTA does natively: out = clamp(acc &gt;&gt; Shift[c]) with an arithmetic (floor) shift. Rounding to
    /// nearest is folded into the bias as + 2^(Shift − 1), an output zero point as + zero point · 2^Shift. Shifts are
    /// 0 … 30; more than 15 is done in two steps, which is exact for floor shifts.
    /// </summary>
    Shift = 0,

    /// <summary>
    /// TFLite's: out = clamp(zero point + MultiplyByQuantizedMultiplier(acc, Multiplier[c], Shift[c])), the saturating
    /// rounding doubling high multiplication followed by a rounding right shift; Shift is TFLite's exponent (positive
    /// = left).
    /// </summary>
    FixedPoint = 1,

    /// <summary>Nothing: the output tensor is Int32.</summary>
    None = 2,

    /// <summary>
    /// ONNX QLinear operators: out = clamp(zero point + round(acc · Factors[c])), one IEEE double multiplication and
    /// one rounding, halves to even.
    /// </summary>
    Real = 3,
}

/// <summary>
/// From 32-bit accumulators to output elements. Arrays have one entry per output channel, or exactly one for all
/// channels.
/// </summary>
/// <param name="Kind">The arithmetic.</param>
/// <param name="Shift">Shift amounts; meaning depends on <paramref name="Kind"/>; empty for None and Real.</param>
/// <param name="Multiplier">Fixed-point multipliers (Q31); empty unless <see
/// cref="RequantizationKind.FixedPoint"/>.</param>
/// <param name="Minimum">Lower clamp (activation functions are folded in here).</param>
/// <param name="Maximum">Upper clamp.</param>
public sealed record Requantization(RequantizationKind Kind, int[] Shift, int[] Multiplier, int Minimum, int Maximum)
{
    /// <summary>Scale factors; empty unless <see cref="RequantizationKind.Real"/>.</summary>
    public double[] Factors { get; init; } = [];
}

/// <summary>Which pooling.</summary>
public enum PoolKind : byte
{
    /// <summary>Largest element of the window; padding never wins. Clamped to Minimum … Maximum.</summary>
    Maximum = 0,

    /// <summary>
    /// Mean over the n cells inside the image, scale ratio included:
    /// out = clamp(output zero point + ((Σ (x − input zero point) · Multipliers[n − 1] + 2^(Shift − 1)) &gt;&gt;
    /// Shift)) in 64 bits; the rounding term is absent when Shift is 0. Multipliers has one entry per cell of the
    /// kernel.
    /// </summary>
    Average = 1,

    /// <summary>
    /// TFLite's AVERAGE_POOL_2D: out = clamp(Σ x / n), halves away from zero, over the cells inside the image; zero
    /// points and scales are equal. Multipliers is empty, Shift 0.
    /// </summary>
    AverageAwayFromZero = 2,

    /// <summary>
    /// TFLite's MEAN: s = MultiplyByQuantizedMultiplier(Σ (x − input zero point), Multipliers[0], Shift), then
    /// out = clamp(output zero point + s / n), halves away from zero. One multiplier; Shift is TFLite's exponent.
    /// </summary>
    Mean = 3,

    /// <summary>
    /// ONNX QLinear pools: out = clamp(output zero point + round(Σ (x − input zero point) / n · Factor)) in IEEE
    /// doubles, halves to even. Multipliers is empty, Shift 0.
    /// </summary>
    RealAverage = 4,
}

/// <summary>
/// Pooling; see <see cref="PoolKind"/> for the arithmetic. A window of the whole image is global pooling.
/// </summary>
public sealed record PoolNode(
    string Name, IReadOnlyList<int> Inputs, int Output, PoolKind Kind, Window Window,
    int[] Multipliers, int Shift, int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output)
{
    /// <summary>Input scale over output scale; used by <see cref="PoolKind.RealAverage"/> only.</summary>
    public double Factor { get; init; }
}

/// <summary>
/// Element-wise sum of two tensors of equal shape: out = clamp(zero point +
/// (((a − za) · MultiplierA + (b − zb) · MultiplierB + 2^(Shift − 1)) &gt;&gt; Shift)) in 64-bit arithmetic; the
/// rounding term is absent when Shift is 0.
/// </summary>
public sealed record AddNode(
    string Name, IReadOnlyList<int> Inputs, int Output,
    int MultiplierA, int MultiplierB, int Shift, int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// TFLite's ADD: with M = MultiplyByQuantizedMultiplier, out = clamp(zero point + M(M((a − za) &lt;&lt; 20,
/// MultiplierA, ShiftA) + M((b − zb) &lt;&lt; 20, MultiplierB, ShiftB), OutputMultiplier, OutputShift)). Shapes are
/// equal.
/// </summary>
public sealed record TfliteAddNode(
    string Name, IReadOnlyList<int> Inputs, int Output, int MultiplierA, int ShiftA, int MultiplierB, int ShiftB,
    int OutputMultiplier, int OutputShift, int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// ONNX QLinear addition in IEEE doubles:
/// out = clamp(zero point + round(((a − za) · ScaleA + (b − zb) · ScaleB) / ScaleOutput)), halves to even. Shapes are
/// equal.
/// </summary>
public sealed record RealAddNode(
    string Name, IReadOnlyList<int> Inputs, int Output, double ScaleA, double ScaleB, double ScaleOutput,
    int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Element-wise product: out = clamp(zero point + (((a − za) · (b − zb) · Multiplier + 2^(Shift − 1)) &gt;&gt; Shift))
/// in 64-bit arithmetic. The second input has the first one's shape, or is 1 × 1 × channels and scales whole channels.
/// </summary>
public sealed record MultiplyNode(
    string Name, IReadOnlyList<int> Inputs, int Output, int Multiplier, int Shift, int Minimum, int Maximum)
    : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Any element-wise function of two 8-bit tensors: out = Table[256 · a + b], where a and b are the operands' bytes as
/// they lie in memory; 65,536 entries, each the byte written to the 8-bit output. The second input has the first one's
/// shape, or is 1 × 1 × channels and applies to whole channels.
/// </summary>
public sealed record PairLookupNode(string Name, IReadOnlyList<int> Inputs, int Output, byte[] Table)
    : IntegerNode(Name, Inputs, Output);

/// <summary>Concatenation along channels; all inputs have the output's height, width, scale and zero point.</summary>
public sealed record ConcatNode(string Name, IReadOnlyList<int> Inputs, int Output) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Element-wise function of an 8-bit tensor by table: Table[q + 128] for Int8, Table[q] for UInt8; 256 entries, each
/// the byte written to the 8-bit output.
/// </summary>
public sealed record LookupNode(string Name, IReadOnlyList<int> Inputs, int Output, byte[] Table)
    : IntegerNode(Name, Inputs, Output);

/// <summary>The same bytes under another shape (height × width × channels in row-major order).</summary>
public sealed record ReshapeNode(string Name, IReadOnlyList<int> Inputs, int Output) : IntegerNode(Name, Inputs,
    Output);

/// <summary>
/// Slice, crop, pad, split, channel shuffle, channel padding: out[y, x, c] = in[OffsetHeight + y · StrideHeight,
/// OffsetWidth + x · StrideWidth, Channels[c]]; the input's zero point where row or column lie outside the image or
/// Channels[c] is −1.
/// </summary>
/// <param name="Name">The layer's name in the source network.</param>
/// <param name="Inputs">One tensor.</param>
/// <param name="Output">The output tensor.</param>
/// <param name="OffsetHeight">Input row of output row 0; negative pads.</param>
/// <param name="OffsetWidth">Input column of output column 0; negative pads.</param>
/// <param name="StrideHeight">Input rows per output row, at least 1.</param>
/// <param name="StrideWidth">Input columns per output column, at least 1.</param>
/// <param name="Channels">Input channel of each output channel, or −1.</param>
public sealed record SliceNode(
    string Name, IReadOnlyList<int> Inputs, int Output, int OffsetHeight, int OffsetWidth,
    int StrideHeight, int StrideWidth, int[] Channels) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Transposition: output axis k (0 height, 1 width, 2 channels) runs along input axis Permutation[k].
/// </summary>
public sealed record TransposeNode(string Name, IReadOnlyList<int> Inputs, int Output, int[] Permutation)
    : IntegerNode(Name, Inputs, Output);

/// <summary>
/// TFLite's integer softmax over channels, at every pixel, with its fixed-point exponential: the difference to the
/// largest element is taken when it is at least DifferenceMinimum, scaled to Q5.26 by (InputMultiplier,
/// InputLeftShift); the output scale is 1/256.
/// </summary>
public sealed record SoftmaxNode(
    string Name, IReadOnlyList<int> Inputs, int Output, int InputMultiplier, int InputLeftShift, int DifferenceMinimum)
    : IntegerNode(Name, Inputs, Output);
