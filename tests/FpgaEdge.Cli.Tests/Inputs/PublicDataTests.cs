using FpgaEdge.Cli.Inputs;
using FpgaEdge.Model;
using FpgaEdge.Tests;

namespace FpgaEdge.Cli.Tests.Inputs;

/// <summary>The whole way from files to classes, on public networks whose results are known.</summary>
[TestClass]
public class PublicDataTests
{
    private static readonly InputShape Photo = new(224, 224, 3);

    // Goal: scaled and cropped photos are the pixels that the field's usual pipeline makes of them. Method: the
    // original PNG and JPEG files with --resize 256, against the stored crops (made by another program).
    [TestMethod]
    [DataRow("coffee.png")]
    [DataRow("burger.jpg")]
    [DataRow("caffe_cat.jpg")]
    [DataRow("goldfish.jpg")]
    [DataRow("hot_dog.jpg")]
    [DataRow("hummingbird.jpg")]
    [DataRow("piano.jpg")]
    [DataRow("tfs_cat.jpg")]
    [DataRow("winml_dog.jpg")]
    [DataRow("wolves.jpg")]
    public void ResizedPhotosEqualTheStoredCrops(string photo)
    {
        string original = SharedData.Require("data/imagenet/images/" + photo);
        string crop = SharedData.Require($"data/imagenet/crops/{Path.GetFileNameWithoutExtension(photo)}.ppm");
        if (photo.EndsWith(".jpg") && TurboJpeg.System is null)
        {
            Assert.Inconclusive("needs the system's libturbojpeg (Debian, Ubuntu: apt install libturbojpeg0)");
        }
        Preprocessing resize = Preprocessing.Default.Override(null, null, null, "256");
        float[] scaled = InputSet.Open([original], null).Read(0, resize, Photo);
        float[] stored = InputSet.Open([crop], null).Read(0, Preprocessing.Default, Photo);
        int different = scaled.Zip(stored).Count(pair => pair.First != pair.Second);
        float largest = scaled.Zip(stored).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.AreEqual(0, different, $"largest difference {largest}");
    }

    // Goal: an RGBA file gives its colours. Method: one of the photos is stored so; as it has the network's size
    // already, its stored crop is an enlarged part of it, so enlarging the middle must give that crop.
    [TestMethod]
    public void AlphaIsLeftOut()
    {
        string original = SharedData.Require("data/imagenet/images/orange.png");
        DecodedInput picture = InputSet.Open([original], null).Decode(0);
        CollectionAssert.AreEqual(new[] { 224, 224, 3 }, picture.Shape.ToArray());
        DecodedInput crop = InputSet.Open([SharedData.Require("data/imagenet/crops/orange.ppm")], null).Decode(0);
        var axis = new ResampleAxis(224, 256, 16, 224);
        CollectionAssert.AreEqual(crop.Pixels, ImageResizer.Resample(picture.Pixels!, 3, axis, axis));
    }

    // Goal: photos by options reach the classes that are known for them. Method: SqueezeNet with blue first and the
    // means subtracted; the accepted class of two photos is among the five best.
    [TestMethod]
    public void SqueezeNetKnowsThePhotos()
    {
        string crops = SharedData.Require("data/imagenet/crops");
        ExpectedClasses classes = ExpectedClasses.Read(SharedData.Require("data/imagenet/labels.json"));
        Preprocessing preprocessing = Preprocessing.Default.Override("bgr", "104,117,123", null, null);
        Graph graph = ModelReader.Read(SharedData.Require("data/imagenet/squeezenet1.0_fp32.onnx"));
        InputSet photos = InputSet.Open(
            [Path.Combine(crops, "caffe_cat.ppm"), Path.Combine(crops, "goldfish.ppm")], null);
        for (int i = 0; i < photos.Count; i++)
        {
            float[] scores = Run(graph, photos, i, preprocessing);
            int[] best = [.. Enumerable.Range(0, scores.Length).OrderByDescending(c => scores[c]).Take(5)];
            Assert.IsTrue(classes.For(i, photos.Name(i)).Any(best.Contains), photos.Name(i));
        }
    }

    // Goal: raw cases and labels by number give the accuracy that is known. Method: the float CIFAR-10 network and
    // its 100 pictures in one file; the stored reference gets 85 right.
    [TestMethod]
    public void Cifar10IsAsAccurateAsItsReference()
    {
        InputSet pictures = InputSet.Open(
            [SharedData.Require("data/cifar10/images_u8.bin")], RawFormat.Parse("32,32,3", "uint8"));
        ExpectedClasses classes = ExpectedClasses.Read(SharedData.Require("data/cifar10/labels.csv"));
        Graph graph = ModelReader.Read(SharedData.Require("data/cifar10/ic_resnet8_float.tflite"));
        Assert.AreEqual(85, CountRight(graph, pictures, classes, Preprocessing.Default));
    }

    // Goal: PGM files and a tensor input of int8 reach their classes. Method: five digits; a hundred spoken words.
    [TestMethod]
    public void DigitsAndWordsAreRecognised()
    {
        string[] digits = [.. Enumerable.Range(0, 5).Select(i => SharedData.Require($"data/mnist/digit{i}.pgm"))];
        Graph mnist = ModelReader.Read(SharedData.Require("data/mnist/mnist-8.onnx"));
        ExpectedClasses inOrder = ExpectedClasses.Parse("0\n1\n2\n3\n4\n"u8.ToArray(), "labels");
        Assert.AreEqual(5, CountRight(mnist, InputSet.Open(digits, null), inOrder, Preprocessing.Default));

        InputSet words = InputSet.Open(
            [SharedData.Require("data/mlperf_tiny/kws_inputs_int8.bin")], RawFormat.Parse("49,10,1", "int8"));
        ExpectedClasses labels = ExpectedClasses.Read(SharedData.Require("data/mlperf_tiny/kws_labels.csv"));
        Graph network = ModelReader.Read(SharedData.Require("data/mlperf_tiny/kws_dscnn_int8.tflite"));
        Assert.AreEqual(94, CountRight(network, words, labels, Preprocessing.Default));
    }

    private static int CountRight(Graph graph, InputSet inputs, ExpectedClasses classes, Preprocessing preprocessing) =>
        Enumerable.Range(0, inputs.Count).Count(i =>
        {
            float[] scores = Run(graph, inputs, i, preprocessing);
            return classes.For(i, inputs.Name(i)).Contains(Array.IndexOf(scores, scores.Max()));
        });

    private static float[] Run(Graph graph, InputSet inputs, int index, Preprocessing preprocessing)
    {
        NetworkInput input = NetworkInput.Of(graph);
        Tensor tensor = input.ToTensor(inputs.Read(index, preprocessing, input.Shape));
        var outputs = new ReferenceInterpreter(graph).Run(new Dictionary<string, Tensor> { [input.Name] = tensor });
        return outputs[graph.Outputs[0].Name].ToFloats();
    }
}
