using FpgaEdge.Model.Verification;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class EvaluatorAgreementTests
{
    // Goal: two independent definitions of an integer network agree to the byte: the operators as imported, and the
    // golden interpreter over the integer graph, with the network's own conversions at both ends.
    // Method: two pseudo-random inputs each.
    [TestMethod]
    [DataRow("data/cifar10/ic_resnet8_int8.tflite")]
    [DataRow("data/mlperf_tiny/kws_dscnn_int8.tflite")]
    [DataRow("data/mlperf_tiny/vww96_mobilenetv1_int8.tflite")]
    [DataRow("data/mlperf_tiny/ad01_autoencoder_int8.tflite")]
    [DataRow("data/ecg/arrhythmia_4class_int8.tflite")]
    [DataRow("data/ecg/classify_heartbeats_cnn_quantized.tflite")]
    [DataRow("data/imagenet/mobilenet_v1_0.25_224_uint8.tflite")]
    [DataRow("data/imagenet/mobilenet_v2_qlinear_uint8.onnx")]
    public void GoldenAndReferenceAgree(string path)
    {
        Graph graph = ModelReader.Read(SharedData.Require(path));
        NetworkEvaluator golden = new(graph);
        Assert.IsTrue(golden.IsGolden);
        ReferenceInterpreter reference = new(graph);
        Random random = new(7);
        for (int round = 0; round < 2; round++)
        {
            Dictionary<string, Tensor> inputs =
                new() { [graph.Inputs[0].Name] = MakeInput(graph.Inputs[0], random) };
            Tensor expected = reference.Run(inputs)[graph.Outputs[0].Name];
            Tensor actual = golden.Run(inputs)[graph.Outputs[0].Name];
            Assert.AreEqual(expected.ToString(), actual.ToString());
            CollectionAssert.AreEqual(expected.Bytes.ToArray(), actual.Bytes.ToArray());
            Assert.IsGreaterThan(1, expected.Bytes.ToArray().Distinct().Count());
        }
    }

    // Goal: float networks are not touched by integers. Method: a float network is left to the reference.
    [TestMethod]
    public void FloatNetworksUseTheReference()
    {
        Graph graph = ModelReader.Read(SharedData.Require("data/cifar10/ic_resnet8_float.tflite"));
        Assert.IsFalse(new NetworkEvaluator(graph).IsGolden);
    }

    private static Tensor MakeInput(TensorInfo info, Random random)
    {
        Tensor tensor = Tensor.Create(info.Type, info.Dims);
        if (info.Type == ElementType.Float32)
        {
            foreach (ref float value in tensor.Data<float>())
            {
                value = (random.NextSingle() * 4) - 2;
            }
        }
        else
        {
            random.NextBytes(tensor.Bytes);
        }
        return tensor;
    }
}
