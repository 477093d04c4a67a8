using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class GraphSimplifierTests
{
    // Goal: the passes change the graph, not the result. Method: outputs before and after on a ramp, for networks with
    // batch normalisation, computed constants, stored int8 weights, and fused integer clamps.
    [TestMethod]
    [DataRow("data/cifar10/cifar_resnet20.onnx", 1e-4)]
    [DataRow("data/arch/light_squeezenet.onnx", 1e-6)]
    [DataRow("data/mnist/mnist-8.onnx", 1e-3)]
    [DataRow("data/cifar10/ic_resnet8_int8.tflite", 0)]
    [DataRow("data/misc/hls4ml_jet_dense_big.onnx", 1e-6)]
    public void ResultsStayTheSame(string path, double tolerance)
    {
        Graph graph = ModelReader.Read(SharedData.Require(path));
        Graph simple = GraphSimplifier.Simplify(graph);
        Tensor expected = Run(graph);
        Tensor actual = Run(simple);
        Assert.AreEqual(expected.ToString(), actual.ToString());
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected.ValueAt(i), actual.ValueAt(i), tolerance, $"element {i}");
        }
    }

    // Goal: normalisations and activations end in the convolution. Method: ResNet-20 by operator.
    [TestMethod]
    public void NormalisationsAndActivationsAreFused()
    {
        Graph graph = ModelReader.Read(SharedData.Require("data/cifar10/cifar_resnet20.onnx"));
        Graph simple = GraphSimplifier.Simplify(graph);
        Assert.IsFalse(simple.Nodes.Any(node => node.Operator is "BatchNormalization" or "Relu"));
        Assert.AreEqual(19, simple.Nodes.Count(node => node.Operator == "Conv"));
        Assert.AreEqual(19, simple.Nodes.Count(node => node.Activation == ActivationRange.Relu));
    }

    // Goal: a result that is read elsewhere keeps its value. Method: a convolution read by Relu and by Add.
    [TestMethod]
    public void SharedResultsAreNotClamped()
    {
        byte[] file = new OnnxBuilder()
            .Input("x", 1, 1, 1, 2)
            .Constant("w", [-1], 1, 1, 1, 1)
            .Node("Conv", ["x", "w"], ["c"])
            .Node("Relu", ["c"], ["r"])
            .Node("Add", ["c", "r"], ["y"])
            .Output("y", 1, 1, 1, 2)
            .Build();
        Graph graph = ModelReader.Read(file, "shared.onnx");
        Graph simple = GraphSimplifier.Simplify(graph);
        Dictionary<string, Tensor> inputs = new() { ["x"] = Tensor.Of([1f, -2f], 1, 1, 1, 2) };
        float[] expected = [-1, 4];
        CollectionAssert.AreEqual(expected, new ReferenceInterpreter(graph).Run(inputs)["y"].ToFloats());
        CollectionAssert.AreEqual(expected, new ReferenceInterpreter(simple).Run(inputs)["y"].ToFloats());
        Assert.AreEqual(3, simple.Nodes.Count);
    }

    // Goal: what follows from constants alone is computed once. Method: a chain of constant nodes.
    [TestMethod]
    public void ConstantsAreFolded()
    {
        byte[] file = new OnnxBuilder()
            .Input("x", 2)
            .Constant("a", [1, 2], 2)
            .Node("Neg", ["a"], ["b"])
            .Node("Mul", ["b", "b"], ["c"])
            .Node("Add", ["x", "c"], ["y"])
            .Output("y", 2)
            .Build();
        Graph simple = GraphSimplifier.FoldConstants(ModelReader.Read(file, "chain.onnx"));
        Assert.AreEqual("Add", simple.Nodes.Single().Operator);
        CollectionAssert.AreEqual(new[] { 1f, 4f }, simple.Initializers["c"].ToFloats());
        Assert.AreEqual(1, simple.Initializers.Count);
    }

    private static Tensor Run(Graph graph)
    {
        Dictionary<string, Tensor> inputs = [];
        foreach (TensorInfo input in graph.Inputs)
        {
            Tensor tensor = Tensor.Create(input.Type, input.Dims);
            for (int i = 0; i < tensor.Length; i++)
            {
                if (input.Type == ElementType.Float32)
                {
                    tensor.Data<float>()[i] = (i % 17 / 8f) - 1;
                }
                else
                {
                    tensor.Bytes[i] = (byte)(i * 7);
                }
            }
            inputs[input.Name] = tensor;
        }
        return new ReferenceInterpreter(graph).Run(inputs)[graph.Outputs[0].Name];
    }
}
