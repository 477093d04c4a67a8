using System.Text;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>Writes ONNX files of one convolution, the peer's side of a comparison.</summary>
internal sealed class OnnxBytes
{
    private const int Float = 1;
    private const int UInt8 = 2;
    private const int Int8 = 3;
    private const int Int32 = 6;

    private readonly MemoryStream stream = new();

    /// <summary>
    /// The contributed QLinearConv with channels last, what the runtime itself rewrites quantised networks to: it has no
    /// layout to change.
    /// </summary>
    public static byte[] QLinearConvolution(BenchShape shape, ConvolutionNode node)
    {
        OnnxBytes graph = Node(shape, "QLinearConv", "com.microsoft", channelsLast: true,
            "x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b");
        graph.Tensor("xs", Float, [], BitConverter.GetBytes(1f));
        graph.Tensor("xz", UInt8, [], [(byte)shape.Input.ZeroPoint]);
        graph.Tensor("w", Int8, WeightShape(shape), OutputMajor(shape, node));
        graph.Tensor("ws", Float, [], BitConverter.GetBytes(1f));
        graph.Tensor("wz", Int8, [], [0]);
        graph.Tensor("ys", Float, [], BitConverter.GetBytes((float)shape.Output.Scale));
        graph.Tensor("yz", UInt8, [], [(byte)shape.Output.ZeroPoint]);
        graph.Tensor("b", Int32, [shape.Outputs], [.. node.Bias.SelectMany(BitConverter.GetBytes)]);
        graph.Value(11, "x", UInt8, [1, shape.Size, shape.Size, shape.Inputs]);
        graph.Value(12, "y", UInt8, [1, shape.OutputSize, shape.OutputSize, shape.Outputs]);
        return Model(graph);
    }

    /// <summary>Float convolution of the same shape, in ONNX's own layout.</summary>
    public static byte[] FloatConvolution(BenchShape shape, ConvolutionNode node)
    {
        OnnxBytes graph = Node(shape, "Conv", "", channelsLast: false, "x", "w", "b");
        byte[] weights = OutputMajor(shape, node);
        graph.Tensor("w", Float, WeightShape(shape),
            [.. weights.SelectMany(w => BitConverter.GetBytes(FloatWeight((sbyte)w)))]);
        graph.Tensor("b", Float, [shape.Outputs], [.. node.Bias.SelectMany(b => BitConverter.GetBytes(FloatBias(b)))]);
        graph.Value(11, "x", Float, [1, shape.Inputs, shape.Size, shape.Size]);
        graph.Value(12, "y", Float, [1, shape.Outputs, shape.OutputSize, shape.OutputSize]);
        return Model(graph);
    }

    /// <summary>A weight of the float layer.</summary>
    public static float FloatWeight(sbyte weight) => weight / 127f;

    /// <summary>A bias of the float layer.</summary>
    public static float FloatBias(int bias) => bias / 5000f;

    private static byte[] Model(OnnxBytes graph)
    {
        var model = new OnnxBytes();
        model.Number(1, 8);
        model.Message(7, graph);
        foreach ((string domain, int version) in new[] { ("", 13), ("com.microsoft", 1) })
        {
            var opset = new OnnxBytes();
            opset.Text(1, domain);
            opset.Number(2, version);
            model.Message(8, opset);
        }
        return model.stream.ToArray();
    }

    private static OnnxBytes Node(
        BenchShape shape, string type, string domain, bool channelsLast, params string[] inputs)
    {
        var node = new OnnxBytes();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }
        node.Text(2, "y");
        node.Text(4, type);
        node.Text(7, domain);
        node.Attribute("kernel_shape", shape.Kernel, shape.Kernel);
        node.Attribute("strides", shape.Stride, shape.Stride);
        node.Attribute("pads", shape.Padding, shape.Padding, shape.Padding, shape.Padding);
        node.Attribute("group", shape.Depthwise ? shape.Inputs : 1);
        if (channelsLast)
        {
            node.Attribute("channels_last", 1);
        }
        var graph = new OnnxBytes();
        graph.Message(1, node);
        graph.Text(2, "layer");
        return graph;
    }

    private static int[] WeightShape(BenchShape shape) =>
        [shape.Outputs, shape.FilterInputs, shape.Kernel, shape.Kernel];

    // [output][row][column][input] to ONNX's [output][input][row][column].
    private static byte[] OutputMajor(BenchShape shape, ConvolutionNode node)
    {
        int taps = shape.Kernel * shape.Kernel;
        int filter = taps * shape.FilterInputs;
        byte[] result = new byte[node.Weights.Length];
        for (int i = 0; i < result.Length; i++)
        {
            int within = i % filter;
            int source = (i / filter * filter) + (within % taps * shape.FilterInputs) + (within / taps);
            result[i] = (byte)node.Weights[source];
        }
        return result;
    }

    private void Attribute(string name, params int[] values)
    {
        var attribute = new OnnxBytes();
        attribute.Text(1, name);
        bool list = values.Length > 1;
        foreach (int value in values)
        {
            attribute.Number(list ? 8 : 3, value);
        }
        attribute.Number(20, list ? 7 : 2);
        Message(5, attribute);
    }

    private void Tensor(string name, int type, int[] shape, byte[] data)
    {
        var tensor = new OnnxBytes();
        foreach (int size in shape)
        {
            tensor.Number(1, size);
        }
        tensor.Number(2, type);
        tensor.Text(8, name);
        tensor.Bytes(9, data);
        Message(5, tensor);
    }

    private void Value(int field, string name, int type, int[] shape)
    {
        var dimensions = new OnnxBytes();
        foreach (int size in shape)
        {
            var dimension = new OnnxBytes();
            dimension.Number(1, size);
            dimensions.Message(1, dimension);
        }
        var tensor = new OnnxBytes();
        tensor.Number(1, type);
        tensor.Message(2, dimensions);
        var kind = new OnnxBytes();
        kind.Message(1, tensor);
        var value = new OnnxBytes();
        value.Text(1, name);
        value.Message(2, kind);
        Message(field, value);
    }

    private void Message(int field, OnnxBytes message) => Bytes(field, message.stream.ToArray());

    private void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private void Bytes(int field, byte[] bytes)
    {
        Varint((uint)((field << 3) | 2));
        Varint((uint)bytes.Length);
        stream.Write(bytes);
    }

    private void Number(int field, int value)
    {
        Varint((uint)(field << 3));
        Varint((uint)value);
    }

    private void Varint(uint value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }
        stream.WriteByte((byte)value);
    }
}
