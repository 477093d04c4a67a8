using System.Text.Json;
using FpgaEdge.Cli;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary><c>fpgaedge virtual up</c>: whole machines in QEMU. Skipped where the emulator or what
/// src/FpgaEdge.VirtualBoard/Machine/prepare.sh makes is missing.</summary>
[TestClass]
[DoNotParallelize]
public sealed class VirtualUpTests
{
    // Goal: three guests form a pipeline from power-up with nothing typed, answer 100 pictures with the golden bytes, and
    // when one of them loses its power in mid-stream, all other frames arrive. Method: the command as users type it.
    [TestMethod]
    public async Task ThreeGuestsFormAPipelineAndSurviveAPulledPlug()
    {
        RequireMachines();
        string model = SharedData.Require("data/cifar10/ic_resnet8_int8.tflite");
        string images = SharedData.Require("data/cifar10/images_u8.bin");
        HostProcess run = await HostProcess.RunAsync(
            "virtual", "up", "--boards", "3", "--model", model, "--input", images, "--input-shape", "32,32,3",
            "--input-type", "uint8", "--link", "all-all:loss=1", "--json");
        Assert.AreEqual(0, run.Code, run.Complaint);
        JsonElement json = run.Json;
        Assert.IsTrue(json.GetProperty("bitExact").GetBoolean());
        Assert.AreEqual(3, json.GetProperty("stages").GetArrayLength());
        foreach (string round in new[] { "allBoards", "oneBoardPoweredOff" })
        {
            Assert.AreEqual(100, json.GetProperty(round).GetProperty("byteIdentical").GetInt32(), round);
        }
        Assert.AreNotEqual(JsonValueKind.Null, json.GetProperty("pulled").GetProperty("missedAfterMsMeasured").ValueKind);
        Assert.IsGreaterThan(0, json.GetProperty("powerOnToFirstFrameSecondsMeasured").GetDouble());
    }

    private static void RequireMachines()
    {
        try
        {
            MachineFiles.Find(null);
        }
        catch (CliException missing)
        {
            Assert.Inconclusive(missing.Message);
        }
    }
}
