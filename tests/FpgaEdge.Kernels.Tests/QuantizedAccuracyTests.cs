using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;

namespace FpgaEdge.Kernels.Tests;

[TestClass]
public sealed class QuantizedAccuracyTests
{
    [TestMethod]
    [DataRow("squeezenet1.0_fp32/photos", 11, 10, 11)]
    [DataRow("ic_resnet8_float/cifar10", 32, 84, 99)]
    public void QuantisedNetworksKeepTheirAccuracy(string name, int calibrationFrames, int top1, int top5)
    {
        // Goal: at most one sample lost against float. Method: quantise with some of the inputs, evaluate all with the
        // kernels.
        LabelledNetwork network = LabelledNetwork.Load(name);
        IntegerGraph integers = Quantizer.Quantize(network.Graph, [.. network.Inputs.Take(calibrationFrames)]);
        ChannelLayout layout = network.Graph.Format == ModelFormat.Onnx
            ? ChannelLayout.ChannelsFirst : ChannelLayout.ChannelsLast;
        var executor = new KernelExecutor(integers);
        float[][] outputs = [.. network.Inputs.Select(input =>
        {
            byte[] bytes = TensorEdges.Quantize(integers.Tensors[integers.Inputs[0]], input, layout);
            return TensorEdges.Dequantize(integers.Tensors[integers.Outputs[0]], executor.Run([bytes])[0]);
        })];
        Assert.IsGreaterThanOrEqualTo(top1, network.CountTop(outputs, 1));
        Assert.IsGreaterThanOrEqualTo(top5, network.CountTop(outputs, 5));
    }
}
