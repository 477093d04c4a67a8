using FpgaEdge.Model;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// What a network with one input wants to be fed with: height × width × channels here, the model's own order of dims in
/// its file. One spatial dim is the width, none is a vector of channels; a batch that is left open is 1.
/// </summary>
public sealed class NetworkInput
{
    private readonly TensorInfo info;
    private readonly bool channelsFirst;

    private NetworkInput(TensorInfo info, bool channelsFirst, InputShape shape) =>
        (this.info, this.channelsFirst, Shape) = (info, channelsFirst, shape);

    /// <summary>The input's name in the network.</summary>
    public string Name => info.Name;

    /// <summary>Height × width × channels.</summary>
    public InputShape Shape { get; }

    /// <summary>The input of a network that has exactly one.</summary>
    /// <exception cref="InputException">More inputs, a batch, dims left open, or more than four dims.</exception>
    public static NetworkInput Of(Graph graph)
    {
        if (graph.Inputs.Count != 1)
        {
            throw Unfit(graph, "a network with one input", $"{graph.Inputs.Count} inputs");
        }
        TensorInfo info = graph.Inputs[0];
        int[] dims = info.Dims.ToArray();
        bool batchGood = dims.Length == 1 || (dims.Length > 1 && dims[0] is 1 or -1);
        if (dims.Length is 0 or > 4 || !batchGood || dims.Skip(dims.Length == 1 ? 0 : 1).Any(size => size < 1))
        {
            throw Unfit(graph, "an input with a batch of 1 and up to three more dims", Tensor.FormatDims(dims));
        }
        bool channelsFirst = graph.Format == ModelFormat.Onnx;
        int channels = dims.Length > 2 && channelsFirst ? dims[1] : dims[^1];
        int[] spatial = dims.Length <= 2 ? [] : channelsFirst ? dims[2..] : dims[1..^1];
        int height = spatial.Length == 2 ? spatial[0] : 1, width = spatial.Length == 0 ? 1 : spatial[^1];
        return new NetworkInput(info, channelsFirst, new InputShape(height, width, channels));
    }

    /// <summary>
    /// Height × width × channels floats as the tensor that the network's file declares; for integer types rounded to
    /// nearest, halves to even, and clamped.
    /// </summary>
    public Tensor ToTensor(float[] values)
    {
        float[] ordered = values;
        if (channelsFirst)
        {
            Tensor image = Tensor.Of(values, Shape.Height, Shape.Width, Shape.Channels);
            ordered = TensorLayout.Transpose(image, [2, 0, 1]).ToFloats();
        }
        int[] dims = Array.ConvertAll(info.Dims.ToArray(), size => Math.Max(size, 1));
        return info.Type switch
        {
            ElementType.Float32 => Tensor.Of(ordered, dims),
            ElementType.Float16 => Tensor.Of(Array.ConvertAll(ordered, value => (Half)value), dims),
            ElementType.Int8 => Tensor.Of(
                Array.ConvertAll(ordered, value => (sbyte)Math.Clamp(MathF.Round(value), -128f, 127f)), dims),
            ElementType.UInt8 => Tensor.Of(
                Array.ConvertAll(ordered, value => (byte)Math.Clamp(MathF.Round(value), 0f, 255f)), dims),
            _ => throw new InputException(
                info.Name, "an input of float32, float16, int8 or uint8", $"{info.Type}", "convert the network"),
        };
    }

    private static InputException Unfit(Graph graph, string expected, string found) =>
        new(graph.Name, expected, found, "export the network with one input of fixed size");
}
