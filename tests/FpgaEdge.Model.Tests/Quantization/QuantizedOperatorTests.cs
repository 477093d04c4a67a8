using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;
using static FpgaEdge.Tests.FloatGraphBuilder;

namespace FpgaEdge.Model.Tests.Quantization;

[TestClass]
public sealed class QuantizedOperatorTests
{
    private static readonly Dictionary<string, Func<FloatGraphBuilder, string>> Networks = new()
    {
        ["batch normalisation"] = b => b.Node("Relu", [b.Node("BatchNormalization",
            [b.Conv(b.Input(1, 3, 9, 7), 3, 8, 3, 1), b.Positive(8), b.Weights(8), b.Weights(8), b.Positive(8)])]),
        ["normalisation first"] = b => b.Conv(b.Node("BatchNormalization",
            [b.Input(1, 3, 8, 8), b.Positive(3), b.Weights(3), b.Weights(3), b.Positive(3)]), 3, 4, 3),
        ["response normalisation"] = b => b.Conv(b.Node("LRN", [b.Node("Relu", [b.Conv(b.Input(1, 3, 8, 8), 3, 8, 3)])],
            ("size", AttributeValue.Of(5L)), ("alpha", AttributeValue.Of(0.5f))), 8, 4, 1),
        ["power"] = b => b.Node("Pow", [b.Conv(b.Input(1, 3, 6, 6), 3, 4, 1), b.Constant(Tensor.Scalar(2f))]),
        ["depth-wise"] = b => b.Conv(b.Node("Clip", [b.Conv(b.Input(1, 4, 8, 8), 4, 8, 1)], ("min",
            AttributeValue.Of(0f)),
            ("max", AttributeValue.Of(6f))), 8, 8, 3, 1, 2, 8),
        ["residual"] = b =>
        {
            string x = b.Conv(b.Input(1, 3, 8, 8), 3, 8, 3, 1);
            return b.Node("Relu", [b.Node("Add", [b.Conv(b.Node("Relu", [x]), 8, 8, 3, 1), x])]);
        },
        ["difference"] = b =>
        {
            string x = b.Input(1, 4, 5, 5);
            return b.Node("Sub", [b.Conv(x, 4, 6, 1), b.Conv(x, 4, 6, 3, 1)]);
        },
        ["concatenation"] = b =>
        {
            string x = b.Node("Relu", [b.Conv(b.Input(1, 3, 8, 8), 3, 6, 1)]);
            return b.Conv(b.Node("Concat", [b.Conv(x, 6, 5, 1), b.Conv(x, 6, 7, 3, 1), x], ("axis",
                AttributeValue.Of(1L))), 18, 4, 1);
        },
        ["concatenation along height"] = b =>
        {
            string x = b.Input(1, 3, 4, 5);
            return b.Node("Concat", [b.Conv(x, 3, 4, 1), b.Conv(x, 3, 4, 3, 1)], ("axis", AttributeValue.Of(2L)));
        },
        ["channel shuffle"] = b =>
        {
            string x = b.Conv(b.Input(1, 4, 6, 6), 4, 8, 1, 0, 1, 2);
            string split = b.Node("Reshape", [x, b.Longs(1, 2, 4, 6, 6)]);
            string moved = b.Node("Transpose", [split], Ints("perm", 0, 2, 1, 3, 4));
            return b.Conv(b.Node("Reshape", [moved, b.Longs(1, 8, 6, 6)]), 8, 8, 3, 1, 1, 2);
        },
        ["flatten and dense"] = b => b.Node("Gemm", [b.Node("Flatten", [b.Node("Relu", [b.Conv(b.Input(1, 3, 5, 4), 3,
            6, 3)])]),
            b.Weights(10, 36), b.Weights(10)], ("transB", AttributeValue.Of(1L))),
        ["channels last inside"] = b =>
        {
            string x = b.Node("Transpose", [b.Conv(b.Input(1, 3, 5, 4), 3, 6, 1)], Ints("perm", 0, 2, 3, 1));
            string flat = b.Node("Reshape", [x, b.Longs(1, 120)]);
            return b.Node("Add", [b.Node("MatMul", [flat, b.Weights(120, 7)]), b.Weights(7)]);
        },
        ["dense over the last dim"] = b => b.Node("MatMul", [b.Node("Transpose", [b.Conv(b.Input(1, 3, 5, 4), 3, 6, 1)],
            Ints("perm", 0, 2, 3, 1)), b.Weights(6, 9)]),
        ["average with padding"] = b => b.Node("AveragePool", [b.Conv(b.Input(1, 3, 7, 7), 3, 5, 1)],
            Ints("kernel_shape", 3, 3),
            Ints("pads", 1, 1, 1, 1), Ints("strides", 2, 2), ("count_include_pad", AttributeValue.Of(1L))),
        ["maximum rounded up"] = b => b.Conv(b.Node("MaxPool", [b.Node("Relu", [b.Conv(b.Input(1, 3, 8, 8), 3, 5, 1)])],
            Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), ("ceil_mode", AttributeValue.Of(1L))), 5, 4, 1),
        ["global average"] = b => b.Node("GlobalAveragePool", [b.Conv(b.Input(1, 3, 7, 7), 3, 5, 1)]),
        ["mean over space"] = b => b.Node("Gemm", [b.Node("ReduceMean", [b.Conv(b.Input(1, 3, 7, 7), 3, 5, 1)],
            Ints("axes", 2, 3),
            ("keepdims", AttributeValue.Of(0L))), b.Weights(5, 4)]),
        ["squeeze and excitation"] = b =>
        {
            string x = b.Node("Relu", [b.Conv(b.Input(1, 3, 7, 7), 3, 6, 1)]);
            string gate = b.Node("Sigmoid", [b.Conv(b.Node("GlobalAveragePool", [x]), 6, 6, 1)]);
            return b.Node("Mul", [x, gate]);
        },
        ["leaky"] = b => b.Conv(b.Node("LeakyRelu", [b.Conv(b.Input(1, 3, 6, 6), 3, 5, 1)], ("alpha",
            AttributeValue.Of(0.1f))), 5, 4, 1),
        ["hard swish"] = b => b.Node("HardSwish", [b.Conv(b.Input(1, 3, 6, 6), 3, 5, 1)]),
        ["explicit padding"] = b => b.Conv(b.Node("Pad", [b.Input(1, 3, 6, 6), b.Longs(0, 0, 1, 2, 0, 0, 0, 1)]), 3, 4,
            3),
        ["strided slice and channel padding"] = b =>
        {
            string x = b.Node("Relu", [b.Conv(b.Input(1, 3, 8, 8), 3, 4, 3, 1)]);
            string half = b.Node("Slice", [x, b.Longs(0, 0), b.Longs(8, 8), b.Longs(2, 3), b.Longs(2, 2)]);
            string wide = b.Node("Pad", [half, b.Longs(0, 2, 0, 0, 0, 2, 0, 0)]);
            return b.Node("Add", [wide, b.Conv(x, 4, 8, 3, 1, 2)]);
        },
        ["split"] = b =>
        {
            string[] parts = b.Nodes("Split", [b.Conv(b.Input(1, 3, 5, 5), 3, 8, 1)], 2, ("axis",
                AttributeValue.Of(1L)));
            return b.Node("Add", [b.Conv(parts[0], 4, 4, 1), parts[1]]);
        },
        ["one spatial dim"] = b => b.Node("Relu", [b.Node("Conv", [b.Input(1, 2, 40), b.Weights(6, 2, 5), b.Weights(6)],
            Ints("pads", 2, 2), Ints("strides", 2), Ints("kernel_shape", 5))]),
        ["constants per channel"] = b => b.Node("Mul", [b.Node("Sub", [b.Node("MaxPool", [b.Input(1, 3, 6, 6)],
            Ints("kernel_shape", 2, 2)), b.Weights(3, 1, 1)]), b.Constant(Tensor.Scalar(0.25f))]),
    };

    public static IEnumerable<object[]> Names => Networks.Keys.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void IntegersFollowFloat(string name)
    {
        // Goal: each operator means the same in integers. Method: small random networks; every tensor against float.
        var builder = new FloatGraphBuilder(name.Length);
        string output = Networks[name](builder);
        Graph graph = builder.Build(output);
        Dictionary<string, Tensor>[] frames = builder.Frames(12);
        foreach (ActivationZero zero in Enum.GetValues<ActivationZero>())
        {
            IntegerGraph integers = Quantizer.Quantize(graph, frames, new QuantizerOptions { Zero = zero });
            IReadOnlyList<LayerAccuracy> layers = LayerComparison.Compare(graph, integers, frames);
            LayerAccuracy last = layers[^1];
            Assert.AreEqual(output, last.Tensor);
            Assert.IsGreaterThan(26.0, last.SignalToNoiseDb, $"{zero}: {last}");
        }
    }

    [TestMethod]
    public void WeightsUseAtLeastHalfOfTheirRange()
    {
        // Goal: power-of-two scales do not waste bits. Method: channels of very different size; largest weights and
        // clamps.
        var builder = new FloatGraphBuilder(4);
        string weights = builder.Weights(16, 3, 3, 3);
        string conv = builder.Node("Conv", [builder.Input(1, 3, 9, 9), weights], Ints("kernel_shape", 3, 3));
        Graph graph = builder.Build(builder.Node("Relu", [conv]));
        Span<float> values = graph.Initializers[weights].Data<float>();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= MathF.Pow(0.7f, i / 27); // per output channel
        }
        IntegerGraph integers = Quantizer.Quantize(graph, builder.Frames(8));
        var node = (ConvolutionNode)integers.Nodes[0];
        Assert.AreEqual(RequantizationKind.Shift, node.Requantization.Kind);
        for (int o = 0; o < 16; o++)
        {
            int largest = node.Weights.AsSpan(o * 27, 27).ToArray().Max(weight => Math.Abs((int)weight));
            int shift = node.Requantization.Shift[o];
            Assert.IsTrue(largest <= 127 && (largest >= 63 || shift == 15), $"channel {o}: {largest}, shift {shift}");
            Assert.IsTrue(shift is >= 0 and <= 15);
        }
    }

    [TestMethod]
    public void EveryUnsupportedNodeIsListedBeforeCalibration()
    {
        // Goal: one report for the whole graph. Method: a softmax in the middle, a quotient of two tensors.
        var builder = new FloatGraphBuilder(2);
        string x = builder.Conv(builder.Input(1, 4, 6, 6), 4, 4, 1);
        string soft = builder.Node("Softmax", [x], ("axis", AttributeValue.Of(1L)));
        string divided = builder.Node("Div", [builder.Conv(soft, 4, 4, 1), x]);
        Graph graph = builder.Build(builder.Conv(divided, 4, 2, 1));
        UnsupportedModelException error = Assert.ThrowsExactly<UnsupportedModelException>(
            () => Quantizer.Quantize(graph, (IReadOnlyList<Tensor>)[]));
        CollectionAssert.AreEqual(new[] { "Softmax", "Div" }, error.Nodes.Select(node => node.Operator).ToArray());
    }

    [TestMethod]
    public void MissingAndBadCalibrationIsNamed()
    {
        // Goal: one-line errors. Method: no inputs; inputs that are not numbers.
        var builder = new FloatGraphBuilder(2);
        Graph graph = builder.Build(builder.Conv(builder.Input(1, 1, 4, 4), 1, 2, 1));
        Assert.ThrowsExactly<ModelFormatException>(() => Quantizer.Quantize(graph, (IReadOnlyList<Tensor>)[]));
        Tensor nan = Tensor.Of(Enumerable.Repeat(float.NaN, 16).ToArray(), 1, 1, 4, 4);
        Assert.ThrowsExactly<ModelFormatException>(() => Quantizer.Quantize(graph, [nan]));
    }
}
