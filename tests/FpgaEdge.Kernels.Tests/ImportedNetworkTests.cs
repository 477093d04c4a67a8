using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;

namespace FpgaEdge.Kernels.Tests;

[TestClass]
public sealed class ImportedNetworkTests
{
    [TestMethod]
    [DataRow("ic_resnet8_int8/cifar10")]
    [DataRow("ic_resnet8_int8/cifar10-board")]
    [DataRow("kws_dscnn_int8/speech")]
    [DataRow("kws_dscnn_int8/speech-board")]
    [DataRow("vww96_mobilenetv1_int8/pictures")]
    [DataRow("mobilenet_v1_0.25_224_uint8/photos")]
    [DataRow("ad01_autoencoder_int8/toycar")]
    [DataRow("hello_world_int8/all-inputs")]
    public void QuantisedNetworksGiveTheStoredBytes(string name)
    {
        // Goal: imported integer networks keep their arithmetic bit by bit. Method: every stored input; one frame in
        // the golden interpreter, all frames with the kernels.
        LabelledNetwork network = LabelledNetwork.Load(name);
        Assert.IsTrue(IntegerImporter.IsQuantized(network.Graph));
        IntegerGraph graph = IntegerImporter.Import(network.Graph);
        IReadOnlyList<byte[]> expected = network.Expected();
        var executor = new KernelExecutor(graph);
        for (int i = 0; i < expected.Count; i++)
        {
            byte[] input = network.Inputs[i].Bytes.ToArray();
            if (i == 0)
            {
                CollectionAssert.AreEqual(expected[i], GoldenInterpreter.Run(graph, [input])[0], "golden");
            }
            CollectionAssert.AreEqual(expected[i], executor.Run([input])[0], $"frame {i}");
        }
    }

    [TestMethod]
    [DataRow("classify_heartbeats_cnn_quantized/beats", 0.0)]
    [DataRow("arrhythmia_4class_int8/windows", 0.046875)]
    [DataRow("mobilenet_v2_qlinear_uint8/photos-double", 0.0)]
    public void NetworksWithRealEndsGiveTheStoredNumbers(string name, double tolerance)
    {
        // Goal: conversions at the ends are left to the edge. Method: quantise inputs, dequantise outputs, compare.
        LabelledNetwork network = LabelledNetwork.Load(name);
        IntegerGraph graph = IntegerImporter.Import(network.Graph);
        IReadOnlyList<byte[]> expected = network.Expected();
        var executor = new KernelExecutor(graph);
        ChannelLayout layout = network.Graph.Format == ModelFormat.Onnx
            ? ChannelLayout.ChannelsFirst : ChannelLayout.ChannelsLast;
        for (int i = 0; i < expected.Count; i++)
        {
            byte[] input = TensorEdges.Quantize(graph.Tensors[graph.Inputs[0]], network.Inputs[i], layout);
            float[] found = TensorEdges.Dequantize(graph.Tensors[graph.Outputs[0]], executor.Run([input])[0]);
            float[] wanted = Tensor.FromLittleEndian(ElementType.Float32, [found.Length], expected[i]).ToFloats();
            for (int k = 0; k < found.Length; k++)
            {
                Assert.AreEqual(wanted[k], found[k], (float)tolerance, $"frame {i}, element {k}");
            }
        }
    }
}
