using System.Runtime.InteropServices;
using FpgaEdge.Tests;

namespace FpgaEdge.Model.Tests.Import;

[TestClass]
public sealed class FirstNetworksTests
{
    // Goal: the ONNX reader and the float operators give the stored outputs of a real ImageNet network.
    // Method: SqueezeNet 1.0 on two of the stored photo crops, channels BGR, mean subtracted, within the tolerance
    // that the stored data states.
    [TestMethod]
    public void SqueezeNetMatchesStoredOutputs()
    {
        Graph graph = ModelReader.Read(SharedData.Require("data/imagenet/squeezenet1.0_fp32.onnx"));
        float[] expected = ReadFloats("data/imagenet/expected/squeezenet1.0_fp32.bin");
        ReferenceInterpreter interpreter = new(graph);
        string[] photos = ["caffe_cat", "goldfish"];
        for (int photo = 0; photo < photos.Length; photo++)
        {
            byte[] file = File.ReadAllBytes(SharedData.Require($"data/imagenet/crops/{photos[photo]}.ppm"));
            ReadOnlySpan<byte> pixels = file.AsSpan(file.Length - (224 * 224 * 3));
            float[] mean = [104, 117, 123];
            float[] input = new float[3 * 224 * 224];
            for (int i = 0; i < 224 * 224; i++)
            {
                for (int c = 0; c < 3; c++)
                {
                    input[(c * 224 * 224) + i] = pixels[(3 * i) + 2 - c] - mean[c];
                }
            }
            Tensor output = Run(interpreter, Tensor.Of(input, 1, 3, 224, 224));
            AssertClose(expected.AsSpan(photo * 1000, 1000), output.Data<float>(), 0.000997f, 0.001f);
        }
    }

    // Goal: the TFLite reader, its mapping to ONNX operators and the channel-last operators give the stored outputs.
    // Method: all 100 CIFAR-10 images through the float ResNet-8 of MLPerf Tiny.
    [TestMethod]
    public void ResNet8MatchesStoredOutputs()
    {
        Graph graph = ModelReader.Read(SharedData.Require("data/cifar10/ic_resnet8_float.tflite"));
        byte[] images = File.ReadAllBytes(SharedData.Require("data/cifar10/images_u8.bin"));
        float[] expected = ReadFloats("data/cifar10/expected/ic_resnet8_float.bin");
        ReferenceInterpreter interpreter = new(graph);
        for (int image = 0; image < 100; image++)
        {
            float[] input = new float[32 * 32 * 3];
            for (int i = 0; i < input.Length; i++)
            {
                input[i] = images[(image * input.Length) + i];
            }
            Tensor output = Run(interpreter, Tensor.Of(input, 1, 32, 32, 3));
            AssertClose(expected.AsSpan(image * 10, 10), output.Data<float>(), 0.001f, 0.001f);
        }
    }

    // Goal: shape inference names the dims of every tensor that an evaluation makes.
    // Method: compare with what the interpreter's observer sees, for both formats.
    [TestMethod]
    [DataRow("data/imagenet/squeezenet1.0_fp32.onnx")]
    [DataRow("data/cifar10/ic_resnet8_float.tflite")]
    public void ShapeInferenceAgreesWithEvaluation(string path)
    {
        Graph graph = ModelReader.Read(SharedData.Require(path));
        IReadOnlyDictionary<string, Tensor> shapes = ShapeInference.Infer(graph);
        int seen = 0;
        new ReferenceInterpreter(graph).Run(
            new Dictionary<string, Tensor>
            {
                [graph.Inputs[0].Name] = Tensor.Create(ElementType.Float32, shapes[graph.Inputs[0].Name].Dims),
            },
            (name, value) =>
            {
                Assert.AreEqual(value.ToString(), shapes[name].ToString(), name);
                seen++;
            });
        Assert.IsGreaterThanOrEqualTo(graph.Nodes.Count, seen);
    }

    private static Tensor Run(ReferenceInterpreter interpreter, Tensor input)
    {
        Dictionary<string, Tensor> inputs = new() { [interpreter.Graph.Inputs[0].Name] = input };
        return interpreter.Run(inputs)[interpreter.Graph.Outputs[0].Name];
    }

    private static float[] ReadFloats(string path) =>
        MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(SharedData.Require(path))).ToArray();

    private static void AssertClose(Span<float> expected, Span<float> actual, float absolute, float relative)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.IsLessThanOrEqualTo(
                absolute + (relative * Math.Abs(expected[i])), Math.Abs(expected[i] - actual[i]), $"element {i}");
        }
    }
}
