namespace FpgaEdge.Model.Tests.Import;

/// <summary>Operators that no stored test covers, with results worked out by hand.</summary>
[TestClass]
public sealed class OnnxOperatorTests
{
    // Goal: functions without a closed form are right to float precision on both of their branches.
    // Method: tabulated values of the error function, and of Gelu that follows from it.
    [TestMethod]
    [DataRow("Erf", new float[] { -1, 0.5f, 2.9f }, new float[] { -0.84270079f, 0.52049988f, 0.99995890f })]
    [DataRow("Erf", new float[] { 3.1f, -7 }, new float[] { 0.99998835f, -1 })]
    [DataRow("Gelu", new float[] { 0, 1, -1, 2 }, new float[] { 0, 0.84134475f, -0.15865525f, 1.9544997f })]
    [DataRow("Selu", new float[] { 1, -1 }, new float[] { 1.0507010f, -1.1113307f })]
    [DataRow("Softsign", new float[] { 1, -3 }, new float[] { 0.5f, -0.75f })]
    [DataRow("Celu", new float[] { 1, -1 }, new float[] { 1, -0.6321206f })]
    [DataRow("ThresholdedRelu", new float[] { 0.9f, 1.5f }, new float[] { 0, 1.5f })]
    [DataRow("Shrink", new float[] { 0.4f, 2, -2 }, new float[] { 0, 2, -2 })]
    [DataRow("Mish", new float[] { 1 }, new float[] { 0.8650984f })]
    [DataRow("Cosh", new float[] { 1 }, new float[] { 1.5430806f })]
    [DataRow("Hardmax", new float[] { 1, 3, 3 }, new float[] { 0, 1, 0 })]
    [DataRow("Round", new float[] { 0.5f, 1.5f, -2.5f }, new float[] { 0, 2, -2 })]
    public void FunctionsOfOneNumber(string name, float[] operands, float[] expected)
    {
        OnnxBuilder builder = new() { Opset = 20 };
        builder.Input("x", operands.Length).Node(name, ["x"], ["y"]).Output("y", operands.Length);
        AssertClose(expected, Run(builder, Tensor.Vector<float>(operands)));
    }

    // Goal: reductions other than sums. Method: two numbers.
    [TestMethod]
    [DataRow("ReduceL1", 7f)]
    [DataRow("ReduceL2", 5f)]
    [DataRow("ReduceSumSquare", 25f)]
    [DataRow("ReduceProd", -12f)]
    [DataRow("ReduceLogSumExp", 4.0009115f)]
    public void Reductions(string name, float expected)
    {
        OnnxBuilder builder = new() { Opset = 18 };
        builder.Input("x", 2).Node(name, ["x"], ["y"]).Output("y", 1);
        AssertClose([expected], Run(builder, Tensor.Vector(-3f, 4f)));
    }

    // Goal: operators about indices. Method: the same four numbers, gathered, summed up, sorted, cut to a triangle.
    [TestMethod]
    public void Indices()
    {
        Tensor x = Tensor.Of([1f, 2, 3, 4], 2, 2);
        OnnxBuilder Builder() => new OnnxBuilder { Opset = 18 }.Input("x", 2, 2);
        AssertClose([4, 1], Run(Builder().Constant("i", 1, 1, 0, 0).Constant("s", 2, 2)
            .Node("Reshape", ["i", "s"], ["t"]).Node("GatherND", ["x", "t"], ["y"]).Output("y", 2), x));
        AssertClose([1, 2, 4, 6], Run(Builder().Constant("a", 0).Node("CumSum", ["x", "a"], ["y"]).Output("y", 2, 2), x));
        AssertClose([1, 2, 0, 4], Run(Builder().Node("Trilu", ["x"], ["y"]).Output("y", 2, 2), x));
        AssertClose([2, 4], Run(Builder().Constant("k", 1).Node("TopK", ["x", "k"], ["y", "i"]).Output("y", 2, 1), x));
        AssertClose([1, 0, 1, 0], Run(Builder().Constant("m", [2f], 1).Node("Mod", ["x", "m"], ["y"], "", ("fmod", [1]))
            .Output("y", 2, 2), x));
    }

    // Goal: one spatial axis is spread as two are. Method: each number three times, neighbours overlapping.
    [TestMethod]
    public void TransposedConvolutionOfOneAxis()
    {
        OnnxBuilder builder = new();
        builder.Input("x", 1, 1, 3).Constant("w", [1f, 1f, 1f], 1, 1, 3).Node("ConvTranspose", ["x", "w"], ["y"]).Output("y", 1, 1, 5);
        AssertClose([0, 1, 3, 3, 2], Run(builder, Tensor.Of([0f, 1, 2], 1, 1, 3)));
    }

    // Goal: normalisation of single images. Method: two planes, each of two values.
    [TestMethod]
    public void InstanceNormalization()
    {
        OnnxBuilder builder = new();
        builder.Input("x", 1, 2, 2).Constant("s", [2f, 1f], 2).Constant("b", [1f, 0f], 2)
            .Node("InstanceNormalization", ["x", "s", "b"], ["y"]).Output("y", 1, 2, 2);
        Tensor y = Run(builder, Tensor.Of([0f, 2, 10, 30], 1, 2, 2));
        AssertClose([-0.99999f, 2.99999f, -1, 1], y);
    }

    // Goal: comparison, choice and repetition broadcast. Method: clamp a row against a column, then repeat it.
    [TestMethod]
    public void WhereAndTile()
    {
        OnnxBuilder builder = new();
        builder.Input("x", 1, 2).Constant("c", [1f, 5f], 2, 1).Constant("r", 1, 2)
            .Node("Greater", ["x", "c"], ["g"]).Node("Where", ["g", "x", "c"], ["w"])
            .Node("Tile", ["w", "r"], ["y"]).Output("y", 2, 4);
        Tensor y = Run(builder, Tensor.Of([0f, 3], 1, 2));
        CollectionAssert.AreEqual(new[] { 2, 4 }, y.Dims.ToArray());
        AssertClose([1, 3, 1, 3, 5, 5, 5, 5], y);
    }

    // Goal: shapes that a graph computes from its input are known to shape inference.
    // Method: the usual exported chain Shape, Gather, Unsqueeze, Concat, Reshape.
    [TestMethod]
    public void ShapesThatAreComputed()
    {
        OnnxBuilder builder = new();
        builder.Input("x", 4, 3, 5).Constant("i", 0).Constant("m", -1)
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i"], ["d"])
            .Node("Concat", ["d", "m"], ["t"], "", ("axis", [0]))
            .Node("Reshape", ["x", "t"], ["y"]).Output("y", 4, 15);
        Graph graph = ModelReader.Read(builder.Build(), "shape.onnx");
        Assert.AreEqual("Float32 [4,15]", ShapeInference.Infer(graph)["y"].ToString());
    }

    // Goal: forms of operators that cannot be evaluated are named before any work.
    // Method: a convolution over three spatial axes and an unknown kind of padding.
    [TestMethod]
    public void UnsupportedFormsAreReported()
    {
        OnnxBuilder builder = new();
        builder.Input("x", 1, 1, 4, 4, 4).Constant("w", [1f], 1, 1, 1, 1, 1)
            .Node("Conv", ["x", "w"], ["c"]).Node("MaxPool", ["c"], ["y"], "", ("kernel_shape", [2, 2, 2]))
            .Output("y", 1, 1, 3, 3, 3);
        UnsupportedModelException error =
            Assert.ThrowsExactly<UnsupportedModelException>(() => ModelReader.Read(builder.Build(), "volume.onnx"));
        Assert.AreEqual(2, error.Nodes.Count);
        StringAssert.Contains(error.Message, "3 spatial axes");
    }

    // Goal: half floats are computed with in single precision and rounded once.
    // Method: a constant that a half cannot hold exactly after the first of two steps.
    [TestMethod]
    public void HalfFloatsAreRoundedOnce()
    {
        GraphNode first = new() { Name = "a", Operator = "Add", Inputs = ["x", "c"], Outputs = ["t"] };
        GraphNode second = new() { Name = "b", Operator = "Sub", Inputs = ["t", "x"], Outputs = ["y"] };
        Graph graph = new()
        {
            Name = "half",
            Inputs = [new TensorInfo("x", ElementType.Float16, [1])],
            Outputs = [new TensorInfo("y", ElementType.Float16, [1])],
            Nodes = [first, second],
            Initializers = new Dictionary<string, Tensor> { ["c"] = Tensor.Vector((Half)0.25f) },
        };
        Dictionary<string, Tensor> inputs = new() { ["x"] = Tensor.Vector((Half)2048) };
        Tensor y = new ReferenceInterpreter(graph).Run(inputs)["y"];
        Assert.AreEqual(ElementType.Float16, y.Type);
        Assert.AreEqual((Half)0.25f, y.Data<Half>()[0]);
    }

    private static Tensor Run(OnnxBuilder builder, Tensor x)
    {
        Graph graph = ModelReader.Read(builder.Build(), "test.onnx");
        Dictionary<string, Tensor> inputs = new() { ["x"] = x };
        return new ReferenceInterpreter(graph).Run(inputs)["y"];
    }

    private static void AssertClose(float[] expected, Tensor actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual.ValueAt(i), 1e-5, $"element {i}");
        }
    }
}
