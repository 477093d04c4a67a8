using System.Runtime.InteropServices;
using System.Text;

namespace FpgaEdge.Samples.Train;

/// <summary>
/// A message in the making, in the protocol-buffers encoding: fields of varints and of lengths with bytes.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly MemoryStream bytes = new();

    public ProtoMessage Number(int field, long value)
    {
        Varint((ulong)field << 3);
        Varint((ulong)value);
        return this;
    }

    public ProtoMessage Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        bytes.Write(value);
        return this;
    }

    public ProtoMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoMessage Message(int field, ProtoMessage value) => Bytes(field, value.bytes.ToArray());

    public byte[] ToArray() => bytes.ToArray();

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.WriteByte((byte)(value | 0x80));
        }
        bytes.WriteByte((byte)value);
    }
}

/// <summary>
/// Writes the trained network as ONNX, operator set 13, float32, NCHW. Field numbers are those of the public
/// <c>onnx.proto</c>.
/// </summary>
internal sealed class OnnxWriter
{
    private const int OperatorSet = 13, FileVersion = 7;
    private const int TypeFloat = 1;
    private const int AttributeInteger = 2, AttributeIntegers = 7;

    private readonly ProtoMessage graph = new();

    /// <summary>The whole file.</summary>
    public static byte[] Write(DigitNetwork network) => new OnnxWriter().WriteModel(network);

    private byte[] WriteModel(DigitNetwork network)
    {
        Convolution("image", network.First, "conv1");
        Node("Relu", ["conv1"], "relu1");
        Convolution("relu1", network.InnerA, "conv2");
        Node("Relu", ["conv2"], "relu2");
        Convolution("relu2", network.InnerB, "conv3");
        Node("Add", ["conv3", "relu1"], "sum");
        Node("Relu", ["sum"], "relu3");
        Convolution("relu3", network.Widen, "conv4");
        Node("Relu", ["conv4"], "relu4");
        Node("MaxPool", ["relu4"], "pool", Integers("kernel_shape", 2, 2), Integers("strides", 2, 2));
        Convolution("pool", network.Last, "conv5");
        Node("Relu", ["conv5"], "relu5");
        Node("GlobalAveragePool", ["relu5"], "mean");
        Node("Flatten", ["mean"], "vector", Integer("axis", 1));
        Tensors(network.Dense);
        Node("Gemm", ["vector", "dense.weight", "dense.bias"], "scores", Integer("transB", 1));
        graph.Text(2, "digits");
        graph.Message(11, Value("image", 1, 1, DigitPainter.Side, DigitPainter.Side));
        graph.Message(12, Value("scores", 1, network.Dense.Outputs));
        return new ProtoMessage()
            .Number(1, FileVersion).Text(2, "FpgaEdge samples").Message(7, graph)
            .Message(8, new ProtoMessage().Text(1, "").Number(2, OperatorSet))
            .ToArray();
    }

    private void Convolution(string input, Convolution layer, string output)
    {
        Tensors(layer);
        int k = layer.Kernel, s = layer.Stride;
        Node(
            "Conv", [input, layer.Name + ".weight", layer.Name + ".bias"], output,
            Integers("kernel_shape", k, k), Integers("strides", s, s), Integers("pads", k / 2, k / 2, k / 2, k / 2));
    }

    private void Tensors(Convolution layer)
    {
        int[] shape = layer.Kernel == 1
            ? [layer.Outputs, layer.Inputs]
            : [layer.Outputs, layer.Inputs, layer.Kernel, layer.Kernel];
        int cells = layer.Kernel * layer.Kernel;
        var weights = new float[layer.Weights.Values.Length];
        for (int at = 0; at < weights.Length; at++)
        {
            int o = at % layer.Outputs, i = at / layer.Outputs % layer.Inputs, cell = at / layer.Outputs / layer.Inputs;
            weights[(((o * layer.Inputs) + i) * cells) + cell] = layer.Weights.Values[at];
        }
        graph.Message(5, Tensor(layer.Name + ".weight", weights, shape));
        graph.Message(5, Tensor(layer.Name + ".bias", layer.Bias.Values, layer.Outputs));
    }

    private void Node(string operation, string[] inputs, string output, params ProtoMessage[] attributes)
    {
        var node = new ProtoMessage();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }
        node.Text(2, output).Text(3, output).Text(4, operation);
        foreach (ProtoMessage attribute in attributes)
        {
            node.Message(5, attribute);
        }
        graph.Message(1, node);
    }

    private static ProtoMessage Integer(string name, int value) =>
        new ProtoMessage().Text(1, name).Number(3, value).Number(20, AttributeInteger);

    private static ProtoMessage Integers(string name, params int[] values)
    {
        ProtoMessage attribute = new ProtoMessage().Text(1, name);
        foreach (int value in values)
        {
            attribute.Number(8, value);
        }
        return attribute.Number(20, AttributeIntegers);
    }

    private static ProtoMessage Tensor(string name, float[] values, params int[] shape)
    {
        var tensor = new ProtoMessage();
        foreach (int size in shape)
        {
            tensor.Number(1, size);
        }
        return tensor.Number(2, TypeFloat).Text(8, name).Bytes(9, MemoryMarshal.AsBytes<float>(values));
    }

    private static ProtoMessage Value(string name, params int[] shape)
    {
        var dimensions = new ProtoMessage();
        foreach (int size in shape)
        {
            dimensions.Message(1, new ProtoMessage().Number(1, size));
        }
        ProtoMessage type = new ProtoMessage().Number(1, TypeFloat).Message(2, dimensions);
        return new ProtoMessage().Text(1, name).Message(2, new ProtoMessage().Message(1, type));
    }
}
