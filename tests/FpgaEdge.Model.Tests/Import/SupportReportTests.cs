namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class SupportReportTests
{
    // Goal: all offending nodes are named before any work, with what would help.
    // Method: a model with two unknown operators and one known one.
    [TestMethod]
    public void EveryUnsupportedNodeIsListed()
    {
        byte[] file = new OnnxBuilder()
            .Input("x", 1, 4)
            .Node("Fancy", ["x"], ["a"])
            .Node("Relu", ["a"], ["b"])
            .Node("Odd", ["b"], ["y"], "com.example")
            .Output("y", 1, 4)
            .Build();
        UnsupportedModelException error =
            Assert.ThrowsExactly<UnsupportedModelException>(() => ModelReader.Read(file, "odd.onnx"));
        CollectionAssert.AreEqual(
            new[] { "Fancy", "com.example.Odd" }, error.Nodes.Select(node => node.Operator).ToArray());
        StringAssert.Contains(error.Message, "odd.onnx");
        StringAssert.Contains(error.Message, "1 more");
        StringAssert.Contains(error.Nodes[0].Remedy, "Conv");
    }

    // Goal: operator sets outside the supported range are named. Method: one model per bound, of an operator that has changed.
    [TestMethod]
    [DataRow(6)]
    [DataRow(99)]
    public void OperatorSetsOutOfRangeAreRefused(int opset)
    {
        byte[] file = new OnnxBuilder { Opset = opset }
            .Input("x", 1, 4).Node("Add", ["x", "x"], ["y"]).Output("y", 1, 4).Build();
        UnsupportedModelException error =
            Assert.ThrowsExactly<UnsupportedModelException>(() => ModelReader.Read(file, "new.onnx"));
        StringAssert.Contains(error.Message, $"operator set {opset}");
    }

    // Goal: files that are no model say so in one line. Method: empty, text, and a missing file.
    [TestMethod]
    public void OtherFilesAreRefused()
    {
        foreach (byte[] file in new byte[][] { [], [.. "hello world"u8], new byte[100] })
        {
            ModelFormatException error =
                Assert.ThrowsExactly<ModelFormatException>(() => ModelReader.Read(file, "text.txt"));
            StringAssert.StartsWith(error.Message, "text.txt: ");
        }
        ModelFormatException missing =
            Assert.ThrowsExactly<ModelFormatException>(() => ModelReader.Read("no/such/file.onnx"));
        StringAssert.Contains(missing.Message, "no such file");
    }

    // Goal: graphs whose tensors do not fit together are refused with the node's name.
    // Method: a cycle, an input that nobody makes, and a tensor written twice.
    [TestMethod]
    public void BrokenGraphsAreRefused()
    {
        OnnxBuilder cycle = new OnnxBuilder().Input("x", 1)
            .Node("Add", ["x", "b"], ["a"]).Node("Relu", ["a"], ["b"]).Output("b", 1);
        OnnxBuilder missing = new OnnxBuilder().Input("x", 1).Node("Add", ["x", "z"], ["y"]).Output("y", 1);
        OnnxBuilder twice = new OnnxBuilder().Input("x", 1)
            .Node("Relu", ["x"], ["y"]).Node("Abs", ["x"], ["y"]).Output("y", 1);
        foreach ((OnnxBuilder builder, string word) in new[] { (cycle, "cycles"), (missing, "'z'"), (twice, "'y'") })
        {
            ModelFormatException error =
                Assert.ThrowsExactly<ModelFormatException>(() => ModelReader.Read(builder.Build(), "broken.onnx"));
            StringAssert.Contains(error.Message, word);
        }
    }

    // Goal: nodes may stand in any order in the file. Method: the second node first.
    [TestMethod]
    public void NodesAreSorted()
    {
        byte[] file = new OnnxBuilder().Input("x", 2)
            .Node("Neg", ["a"], ["y"]).Node("Abs", ["x"], ["a"]).Output("y", 2).Build();
        Graph graph = ModelReader.Read(file, "order.onnx");
        CollectionAssert.AreEqual(new[] { "Abs", "Neg" }, graph.Nodes.Select(node => node.Operator).ToArray());
        Dictionary<string, Tensor> inputs = new() { ["x"] = Tensor.Vector(-3f, 2f) };
        Tensor y = new ReferenceInterpreter(graph).Run(inputs)["y"];
        CollectionAssert.AreEqual(new[] { -3f, -2f }, y.Data<float>().ToArray());
    }
}
