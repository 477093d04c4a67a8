using System.Text.Json;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary>Networks that others trained, from their files to answers through four boards.</summary>
[TestClass]
public sealed class PublicNetworkTests
{
    // Goal: ResNet-8 for CIFAR-10, quantised by this project, loses at most two images of the float network's 85 on
    // four boards, and every byte is golden and the same from one board. Method: its 100 test images.
    [TestMethod]
    public async Task ResNet8KeepsItsAccuracyOnFourBoardsAndOnOne()
    {
        string[] arguments =
        [
            SharedData.Require("data/cifar10/ic_resnet8_float.tflite"),
            "--input", SharedData.Require("data/cifar10/images_u8.bin"), "--input-shape", "32,32,3", "--input-type", "uint8",
            "--expected", SharedData.Require("data/cifar10/labels.csv"),
        ];
        JsonElement four = await RunAsync(4, [.. arguments, "--strategy", "pipeline"]);
        JsonElement one = await RunAsync(1, arguments);
        Assert.IsGreaterThanOrEqualTo(83, four.GetProperty("accuracy").GetProperty("top1").GetInt32());
        Assert.AreEqual(100, four.GetProperty("accuracy").GetProperty("cases").GetInt32());
        Assert.HasCount(4, four.GetProperty("stages").EnumerateArray().ToArray());
        Assert.HasCount(1, one.GetProperty("stages").EnumerateArray().ToArray());
        Assert.AreEqual(one.GetProperty("results").GetRawText(), four.GetProperty("results").GetRawText());
    }

    // Goal: SqueezeNet sees what is in at least 10 of 11 photos, through four boards. Method: the photos' crops,
    // calibrated with themselves.
    [TestMethod]
    public async Task SqueezeNetSeesWhatIsInThePhotos()
    {
        JsonElement json = await RunAsync(4,
            SharedData.Require("data/imagenet/squeezenet1.0_fp32.onnx"), "--input", SharedData.Require("data/imagenet/crops"),
            "--calibrate", SharedData.Require("data/imagenet/crops"), "--channels", "bgr", "--subtract", "104,117,123",
            "--expected", SharedData.Require("data/imagenet/labels.json"));
        Assert.IsGreaterThanOrEqualTo(10, json.GetProperty("accuracy").GetProperty("top5").GetInt32());
        Assert.AreEqual(11, json.GetProperty("accuracy").GetProperty("cases").GetInt32());
    }

    private static async Task<JsonElement> RunAsync(int boards, params string[] arguments)
    {
        HostProcess run = await HostProcess.RunAsync(["run", .. arguments, "--boards", $"{boards}", "--json"]);
        Assert.AreEqual(0, run.Code, run.Complaint);
        Assert.IsTrue(run.Json.GetProperty("bitExact").GetBoolean());
        return run.Json;
    }
}
