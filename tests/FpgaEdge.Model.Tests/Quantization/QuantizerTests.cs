using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Quantization;

[TestClass]
public sealed class QuantizerTests
{
    [TestMethod]
    public void ResNet8KeepsItsAccuracy()
    {
        // Goal: at most two of 100 pictures lost against float (85). Method: calibrate on the first 32, run the golden
        // interpreter.
        LabelledNetwork network = LabelledNetwork.Load("ic_resnet8_float/cifar10");
        IntegerGraph integers = Quantizer.Quantize(network.Graph, [.. network.Inputs.Take(32)]);
        List<float[]> outputs = [];
        foreach (Tensor input in network.Inputs)
        {
            byte[] bytes = TensorEdges.Quantize(integers.Tensors[integers.Inputs[0]], input,
                ChannelLayout.ChannelsLast);
            byte[] output = GoldenInterpreter.Run(integers, [bytes])[0];
            outputs.Add(TensorEdges.Dequantize(integers.Tensors[integers.Outputs[0]], output));
        }
        Console.WriteLine($"top-1 {network.CountTop(outputs, 1)}");
        Assert.IsGreaterThanOrEqualTo(83, network.CountTop(outputs, 1));
        Assert.IsTrue(integers.FinalSoftmax);
    }
}
