using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// One activation of the network that is being quantised, stored height × width × channels whatever the source's
/// layout.
/// </summary>
internal sealed class FloatValue(string tensor, int height, int width, int channels)
{
    private string? label;

    /// <summary>Name of the source tensor that has these values; fusing an activation function changes it.</summary>
    public string Tensor { get; set; } = tensor;

    /// <summary>
    /// Name in the integer graph: the source tensor's, unless these are its elements on their way elsewhere.
    /// </summary>
    public string Label
    {
        get => label ?? Tensor;
        init => label = value;
    }

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Channels { get; } = channels;

    public int ElementCount => Height * Width * Channels;

    /// <summary>From the source tensor's element order to the stored channel.</summary>
    public ChannelMap ChannelMap { get; set; } = new(1, channels);

    /// <summary>What the integers of an already quantised network mean; null elsewhere.</summary>
    public ValueNumbers? Numbers { get; set; }

    /// <summary>The layer that writes this value; null for inputs.</summary>
    public FloatLayer? Producer { get; set; }
}

/// <summary>Element type, scale and zero point of a value: real = scale · (q − zero point).</summary>
internal sealed record ValueNumbers(IntegerType Type, double Scale, int ZeroPoint);

/// <summary>
/// Which stored channel an element of the source tensor belongs to: element / Inner % Channels, or by table.
/// </summary>
internal readonly record struct ChannelMap(int Inner, int Channels, int[]? Table = null)
{
    public int this[int element] => Table is null ? element / Inner % Channels : Table[element];
}

/// <summary>One layer with real-valued parameters, already in the shape of the integer node that it becomes.</summary>
internal abstract class FloatLayer(string name, IReadOnlyList<FloatValue> inputs, FloatValue output)
{
    public string Name { get; } = name;

    public IReadOnlyList<FloatValue> Inputs { get; set; } = inputs;

    public FloatValue Output { get; } = output;

    /// <summary>Clamp of the real result.</summary>
    public ActivationRange Clamp { get; set; } = ActivationRange.None;

    /// <summary>Whether a later clamp can become part of this layer.</summary>
    public virtual bool TakesClamp => true;
}

/// <summary>Convolution or dense layer; weights [output][row][column][input within the group].</summary>
internal sealed class ConvolutionLayer(
    string name, FloatValue input, FloatValue output, Window window, int groups, float[] weights, float[] bias)
    : FloatLayer(name, [input], output)
{
    public Window Window { get; set; } = window;

    public int Groups { get; } = groups;

    public float[] Weights { get; } = weights;

    public float[] Bias { get; } = bias;
}

/// <summary>Maximum or average pool.</summary>
/// <param name="name">The source node's name.</param>
/// <param name="input">What is pooled.</param>
/// <param name="output">The result.</param>
/// <param name="window">The window.</param>
/// <param name="average">Mean instead of maximum.</param>
/// <param name="countPadding">Means divide by the whole window's cells, padding included.</param>
internal sealed class PoolLayer(
    string name, FloatValue input, FloatValue output, Window window, bool average, bool countPadding)
    : FloatLayer(name, [input], output)
{
    public Window Window { get; } = window;

    public bool Average { get; } = average;

    public bool CountPadding { get; } = countPadding;
}

/// <summary>a + b, or a − b.</summary>
internal sealed class SumLayer(string name, FloatValue a, FloatValue b, FloatValue output, bool subtract)
    : FloatLayer(name, [a, b], output)
{
    public bool Subtract { get; } = subtract;
}

/// <summary>a · b; b may be one value per channel.</summary>
internal sealed class ProductLayer(string name, FloatValue a, FloatValue b, FloatValue output)
    : FloatLayer(name, [a, b], output);

/// <summary>Concatenation along channels.</summary>
internal sealed class ConcatLayer(string name, IReadOnlyList<FloatValue> inputs, FloatValue output)
    : FloatLayer(name, inputs, output)
{
    public override bool TakesClamp => false;
}

/// <summary>An element-wise function, applied by table.</summary>
internal sealed class FunctionLayer(string name, FloatValue input, FloatValue output, Func<double, double> function)
    : FloatLayer(name, [input], output)
{
    public Func<double, double> Function { get; } = function;
}

/// <summary>A clamp that could not be fused, at the input's own scale.</summary>
internal sealed class ClampLayer(string name, FloatValue input, FloatValue output)
    : FloatLayer(name, [input], output);

/// <summary>The same elements in another shape.</summary>
internal sealed class ReshapeLayer(string name, FloatValue input, FloatValue output)
    : FloatLayer(name, [input], output)
{
    public override bool TakesClamp => false;
}

/// <summary>Axes in another order: output axis k runs along input axis Permutation[k].</summary>
internal sealed class TransposeLayer(string name, FloatValue input, FloatValue output, int[] permutation)
    : FloatLayer(name, [input], output)
{
    public int[] Permutation { get; } = permutation;

    public override bool TakesClamp => false;
}

/// <summary>Slice, pad (with zeros) and channel selection, as <see cref="SliceNode"/>.</summary>
internal sealed class SliceLayer(
    string name, FloatValue input, FloatValue output, int offsetHeight, int offsetWidth,
    int strideHeight, int strideWidth, int[] channels)
    : FloatLayer(name, [input], output)
{
    public int OffsetHeight { get; } = offsetHeight;

    public int OffsetWidth { get; } = offsetWidth;

    public int StrideHeight { get; } = strideHeight;

    public int StrideWidth { get; } = strideWidth;

    public int[] Channels { get; } = channels;

    public override bool TakesClamp => false;
}

/// <summary>A layer whose integer node is known already; it is made from its input and output tensors.</summary>
internal sealed class NodeLayer(
    string name, IReadOnlyList<FloatValue> inputs, FloatValue output, Func<IReadOnlyList<int>, int, IntegerNode> make)
    : FloatLayer(name, inputs, output)
{
    public Func<IReadOnlyList<int>, int, IntegerNode> Make { get; } = make;

    public override bool TakesClamp => false;
}

/// <summary>The lowered network.</summary>
internal sealed record FloatNetwork(
    string Name, IReadOnlyList<FloatValue> Inputs, IReadOnlyList<FloatValue> Outputs, IReadOnlyList<FloatLayer> Layers,
    bool FinalSoftmax);
