namespace FpgaEdge.Model.Integer;

/// <summary>
/// A network after import and quantisation: integers only, every rounding stated. Its meaning is defined by
/// <c>GoldenInterpreter</c>; every other backend (kernels, VTA simulator, gateware, one board, twelve boards) must give
/// the same bytes.
/// </summary>
/// <remarks>
/// Activations are dense, row-major, batch of one. Images are height × width × channel (NHWC without the N), so one
/// pixel's channels are adjacent; vectors are 1 × 1 × channel. Nodes are in topological order, and each tensor is
/// written by exactly
/// one node or is a graph input.
/// </remarks>
public sealed class IntegerGraph
{
    /// <summary>The network's name, for people; it takes no part in any computation.</summary>
    public required string Name { get; init; }

    /// <summary>All activation tensors; nodes refer to them by index.</summary>
    public required IReadOnlyList<IntegerTensor> Tensors { get; init; }

    /// <summary>All operations, in topological order.</summary>
    public required IReadOnlyList<IntegerNode> Nodes { get; init; }

    /// <summary>Tensor indices that the caller fills.</summary>
    public required IReadOnlyList<int> Inputs { get; init; }

    /// <summary>Tensor indices that are the network's result.</summary>
    public required IReadOnlyList<int> Outputs { get; init; }
}

/// <summary>Element type of an activation tensor.</summary>
public enum IntegerType : byte
{
    /// <summary>Signed 8 bits: what travels between boards and into VTA.</summary>
    Int8 = 0,

    /// <summary>Unsigned 8 bits: imported uint8 networks only.</summary>
    UInt8 = 1,

    /// <summary>Signed 32 bits, little-endian in memory: raw accumulators.</summary>
    Int32 = 2,
}

/// <summary>
/// One activation: its shape, its type, and what its integers mean: real = Scale × (q − ZeroPoint). Scale and
/// zero point are metadata for people and for the edges of the network; integer results never depend on Scale.
/// </summary>
public sealed record IntegerTensor(
    string Name, int Height, int Width, int Channels, IntegerType Type, double Scale, int ZeroPoint)
{
    /// <summary>Number of elements.</summary>
    public int ElementCount => Height * Width * Channels;

    /// <summary>Bytes of the dense tensor.</summary>
    public int ByteCount => ElementCount * (Type == IntegerType.Int32 ? 4 : 1);
}

/// <summary>
/// One operation. <see cref="Inputs"/> and <see cref="Output"/> are indices into <see
/// cref="IntegerGraph.Tensors"/>.
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
/// acc[o] = Bias[o] + Σ (x − input zero point) · Weights, in 32-bit wrap-around arithmetic, then <see
/// cref="Requantization"/>.
/// </summary>
/// <param name="Name">The layer's name in the source network.</param>
/// <param name="Inputs">One tensor.</param>
/// <param name="Output">The output tensor.</param>
/// <param name="Window">Kernel, strides, padding, dilation.</param>
/// <param name="Groups">Channel groups; 1 is an ordinary convolution.</param>
/// <param name="Weights">
/// int8, [output channel][kernel row][kernel column][input channel within the group]; zero point 0.
/// </param>
/// <param name="Bias">int32, [output channel]; in units of input scale × weight scale.</param>
/// <param name="Requantization">From accumulator to output.</param>
public sealed record ConvolutionNode(
    string Name, IReadOnlyList<int> Inputs, int Output, Window Window, int Groups,
    sbyte[] Weights, int[] Bias, Requantization Requantization) : IntegerNode(Name, Inputs, Output);

/// <summary>How an accumulator becomes an output element.</summary>
public enum RequantizationKind : byte
{
    /// <summary>
    /// What VTA does natively: out = clamp(acc &gt;&gt; Shift[c]) with an arithmetic (floor) shift. Rounding to
    /// nearest is
    /// folded into the bias as + 2^(Shift − 1). Shifts are 0 … 30; more than 15 is done in two steps, which is
    /// exact for floor shifts.
    /// </summary>
    Shift = 0,

    /// <summary>
    /// TFLite's: out = clamp(zero point + MultiplyByQuantizedMultiplier(acc, Multiplier[c], Shift[c])), the saturating
    /// rounding doubling high multiplication followed by a rounding right shift; Shift is TFLite's exponent
    /// (positive = left).
    /// </summary>
    FixedPoint = 1,

    /// <summary>Nothing: the output tensor is Int32.</summary>
    None = 2,
}

/// <summary>
/// From 32-bit accumulators to output elements. Arrays have one entry per output channel, or exactly one for all
/// channels.
/// </summary>
/// <param name="Kind">The arithmetic.</param>
/// <param name="Shift">Shift amounts; meaning depends on <paramref name="Kind"/>.</param>
/// <param name="Multiplier">
/// Fixed-point multipliers (Q31); empty unless <see cref="RequantizationKind.FixedPoint"/>.
/// </param>
/// <param name="Minimum">Lower clamp (activation functions are folded in here).</param>
/// <param name="Maximum">Upper clamp.</param>
public sealed record Requantization(RequantizationKind Kind, int[] Shift, int[] Multiplier, int Minimum, int Maximum);

/// <summary>Which pooling.</summary>
public enum PoolKind : byte
{
    /// <summary>Largest element of the window; padding never wins.</summary>
    Maximum = 0,

    /// <summary>
    /// Mean over the cells inside the image: out = clamp(output zero point + ((Σ (x − input zero point)) ·
    /// Multiplier[count] rounded, &gt;&gt; Shift)).
    /// </summary>
    Average = 1,
}

/// <summary>
/// Pooling. For <see cref="PoolKind.Average"/> the mean of n cells is (sum · Multipliers[n − 1] + 2^(Shift − 1))
/// &gt;&gt; Shift in 64-bit arithmetic, where
/// the multiplier holds the scale ratio and 1/n; for maximum both are unused. A window of the whole image is global
/// pooling.
/// </summary>
public sealed record PoolNode(
    string Name, IReadOnlyList<int> Inputs, int Output, PoolKind Kind, Window Window,
    int[] Multipliers, int Shift, int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Element-wise sum of two tensors of equal shape:
/// out = clamp(zero point + ((a − za) · MultiplierA + (b − zb) · MultiplierB + 2^(Shift − 1)) &gt;&gt; Shift) in
/// 64-bit arithmetic.
/// </summary>
public sealed record AddNode(
    string Name, IReadOnlyList<int> Inputs, int Output,
    int MultiplierA, int MultiplierB, int Shift, int Minimum, int Maximum) : IntegerNode(Name, Inputs, Output);

/// <summary>Concatenation along channels; all inputs have the output's height, width, scale and zero point.</summary>
public sealed record ConcatNode(string Name, IReadOnlyList<int> Inputs, int Output) : IntegerNode(Name, Inputs, Output);

/// <summary>
/// Element-wise function of an 8-bit tensor by table: Table[q + 128] for Int8, Table[q] for UInt8; 256 entries.
/// </summary>
public sealed record LookupNode(string Name, IReadOnlyList<int> Inputs, int Output, byte[] Table)
    : IntegerNode(Name, Inputs, Output);

/// <summary>The same bytes under another shape (height × width × channels in row-major order).</summary>
public sealed record ReshapeNode(string Name, IReadOnlyList<int> Inputs, int Output) : IntegerNode(Name, Inputs, Output);
