using System.Security.Cryptography;
using System.Text.Json;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;
using FpgaEdge.Samples.Train;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests.Inputs;

[TestClass]
public class SampleTests
{
    // Goal: the embedded network is as good as recorded, and good. Method: the float interpreter over the 200 held-out
    // pictures, read and prepared as any user's would be.
    [TestMethod]
    public void NetworkIsAsGoodAsRecorded()
    {
        Graph graph = ModelReader.Read(EmbeddedSample.Model(), EmbeddedSample.ModelName);
        NetworkInput input = NetworkInput.Of(graph);
        Assert.AreEqual(EmbeddedSample.InputShape, input.Shape);
        var interpreter = new ReferenceInterpreter(graph);
        Preprocessing preprocessing = EmbeddedSample.Preprocessing();
        InputSet pictures = EmbeddedSample.HeldOut();
        ExpectedClasses classes = EmbeddedSample.HeldOutClasses();
        int right = 0;
        for (int i = 0; i < pictures.Count; i++)
        {
            Tensor picture = input.ToTensor(pictures.Read(i, preprocessing, input.Shape));
            var outputs = interpreter.Run(new Dictionary<string, Tensor> { [input.Name] = picture });
            float[] scores = outputs[graph.Outputs[0].Name].ToFloats();
            right += classes.For(i, pictures.Name(i)).Contains(Array.IndexOf(scores, scores.Max())) ? 1 : 0;
        }
        using JsonDocument recorded = JsonDocument.Parse(File.ReadAllBytes(SampleFile("digits.accuracy.json")));
        Assert.AreEqual(recorded.RootElement.GetProperty("cases").GetInt32(), pictures.Count);
        Assert.AreEqual(recorded.RootElement.GetProperty("correct").GetInt32(), right);
        Assert.IsGreaterThanOrEqualTo(pictures.Count * 97 / 100, right);
    }

    // Goal: the network keeps its accuracy in the accelerator's arithmetic. Method: quantise it with its calibration
    // pictures, run the golden interpreter over the held-out ones.
    [TestMethod]
    public void QuantisedNetworkStaysGood()
    {
        Graph graph = ModelReader.Read(EmbeddedSample.Model(), EmbeddedSample.ModelName);
        NetworkInput input = NetworkInput.Of(graph);
        Preprocessing preprocessing = EmbeddedSample.Preprocessing();
        InputSet calibration = EmbeddedSample.Calibration(), pictures = EmbeddedSample.HeldOut();
        Tensor[] typical = [.. Enumerable.Range(0, calibration.Count)
            .Select(i => input.ToTensor(calibration.Read(i, preprocessing, input.Shape)))];
        IntegerGraph integers = Quantizer.Quantize(graph, typical);
        IntegerTensor entry = integers.Tensors[integers.Inputs[0]], exit = integers.Tensors[integers.Outputs[0]];
        ExpectedClasses classes = EmbeddedSample.HeldOutClasses();
        int right = Enumerable.Range(0, pictures.Count).Count(i =>
        {
            byte[] picture = TensorEdges.Quantize(entry, pictures.Read(i, preprocessing, input.Shape));
            float[] scores = TensorEdges.Dequantize(exit, GoldenInterpreter.Run(integers, [picture])[0]);
            return classes.For(i, pictures.Name(i)).Contains(Array.IndexOf(scores, scores.Max()));
        });
        Assert.IsGreaterThanOrEqualTo(pictures.Count * 97 / 100, right);
    }

    // Goal: the committed pictures are those that the program paints, and what is held out is nowhere else.
    // Method: paint again and compare bytes; compare held-out with calibration pictures.
    [TestMethod]
    public void PicturesAreThoseOfTheProgram()
    {
        DigitPicture[] heldOut = SampleSets.HeldOut(), calibration = SampleSets.Calibration();
        AssertFile("digits_u8.bin", SampleSets.Pixels(heldOut));
        AssertFile("digits_labels.txt", SampleSets.Labels(heldOut));
        AssertFile("digits_calibration_u8.bin", SampleSets.Pixels(calibration));
        Assert.AreEqual(SampleSets.HeldOutCount, EmbeddedSample.HeldOut().Count);
        Assert.AreEqual(SampleSets.CalibrationCount, EmbeddedSample.Calibration().Count);
        Assert.IsTrue(Enumerable.Range(0, 10).All(digit => heldOut.Count(picture => picture.Digit == digit) == 20));
        var seen = calibration.Select(picture => Convert.ToHexString(picture.Pixels)).ToHashSet();
        Assert.IsFalse(heldOut.Any(picture => seen.Contains(Convert.ToHexString(picture.Pixels))));
    }

    // Goal: training gives the same bytes on every machine, so that the one command really makes the committed
    // network. Method: the first steps, written as ONNX, against a recorded hash (the whole takes too long for a test).
    [TestMethod]
    public void TrainingIsReproducible()
    {
        byte[] file = OnnxWriter.Write(Trainer.Train(3, _ => { }));
        const string Recorded = "85ABFF5D182D5A91B2FD1945E2AD967DE2A845210A44616D26C6E585F9D5CAF1";
        Assert.AreEqual(Recorded, Convert.ToHexString(SHA256.HashData(file)));
    }

    // Goal: gradients are right. Method: for every layer, the slope of the loss along its own gradient from two nearby
    // points, against the squared length of the gradient.
    [TestMethod]
    public void GradientsMatchDifferences()
    {
        var network = new DigitNetwork(new PortableRandom(5));
        DigitPicture picture = DigitPainter.Paint(3, new PortableRandom(6));
        foreach (Convolution layer in network.AllLayers)
        {
            foreach (Parameters parameters in new[] { layer.Weights, layer.Bias })
            {
                Array.Clear(parameters.Gradient);
                network.Learn(picture);
                float[] gradient = [.. parameters.Gradient];
                double length = Math.Sqrt(gradient.Sum(value => (double)value * value));
                double step = 2e-3 / length;
                double difference = Loss(network, picture, parameters, gradient, step)
                    - Loss(network, picture, parameters, gradient, -step);
                Assert.AreEqual(length * length, difference / (2 * step), 0.05 * length * length, layer.Name);
            }
        }
    }

    // Goal: the samples stay small. Method: the sum of all files but build results.
    [TestMethod]
    public void SamplesAreSmall()
    {
        string folder = Path.Combine(SharedData.RepositoryRoot, "samples");
        long bytes = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(folder, file).Split('/', '\\').Any(part => part is "bin" or "obj"))
            .Sum(file => new FileInfo(file).Length);
        Assert.IsLessThan(300 * 1024, bytes);
    }

    private static double Loss(
        DigitNetwork network, DigitPicture picture, Parameters parameters, float[] direction, double step)
    {
        float[] before = [.. parameters.Values];
        for (int i = 0; i < before.Length; i++)
        {
            parameters.Values[i] += (float)(step * direction[i]);
        }
        double probability = 1 - network.Learn(picture);
        before.CopyTo(parameters.Values, 0);
        return -Math.Log(probability);
    }

    private static void AssertFile(string name, byte[] expected) =>
        CollectionAssert.AreEqual(expected, File.ReadAllBytes(SampleFile(name)), name);

    private static string SampleFile(string name) => Path.Combine(SharedData.RepositoryRoot, "samples", name);
}
