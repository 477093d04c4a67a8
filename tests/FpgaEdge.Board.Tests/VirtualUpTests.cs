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
    // when one of them loses its power in mid-stream, all other frames arrive; the energy of the modelled waveforms is
    // recovered within 1 % per stage and per frame through driver, kernel and bus. Method: the command as users type it, with
    // a share of the datagrams lost.
    [TestMethod]
    public async Task ThreeGuestsFormAPipelineAndSurviveAPulledPlug()
    {
        string logs = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        HostProcess run = await UpAsync("--boards", "3", "--link", "all-all:loss=1", "--logs", logs);
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
        Assert.IsTrue(Directory.GetFiles(logs).Select(File.ReadAllText).All(
            log => log.Contains("self-test passed") && log.Contains("sensors 2 of 2")));
        Directory.Delete(logs, recursive: true);
        foreach (JsonElement board in json.GetProperty("modelledEnergy").EnumerateArray())
        {
            double measured = board.GetProperty("bySensorsJoules").GetDouble();
            double truth = board.GetProperty("byWaveformJoules").GetDouble();
            Assert.IsGreaterThan(20, board.GetProperty("framesWithEnergy").GetInt32(), $"{board}");
            Assert.IsLessThan(0.01, Math.Abs((measured / truth) - 1), $"{board}");
            Assert.IsLessThan(0.01, board.GetProperty("worstFrameShare").GetDouble(), $"{board}");
        }
    }

    // Goal: a removed sensor, another manufacturer's part and a stuck bus are each named, cost no frame, and no energy figure
    // comes from them. Method: one such board each.
    [TestMethod]
    public async Task BrokenSensorsAreNamedAndFramesGoOn()
    {
        string logs = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        HostProcess run = await UpAsync(
            "--boards", "3", "--no-pull", "--logs", logs,
            "--fault", "1=sensor-removed", "--fault", "2=sensor-wrong", "--fault", "3=bus-stuck");
        Assert.AreEqual(0, run.Code, run.Complaint);
        Assert.AreEqual(100, run.Json.GetProperty("allBoards").GetProperty("byteIdentical").GetInt32());
        Assert.IsTrue(run.Json.GetProperty("modelledEnergy").EnumerateArray().All(
            board => board.GetProperty("framesWithEnergy").GetInt32() == 0));
        string[] states = ["state=absent", "state=wrongpart", "state=timeout"];
        for (int i = 0; i < states.Length; i++)
        {
            Assert.Contains($"name=MODELLED_5V {states[i]}", File.ReadAllText(Path.Combine(logs, $"board-{i + 1}.log")));
        }
        Directory.Delete(logs, recursive: true);
    }

    // Goal: an accelerator that never answers, and one whose registers read as ones, end in a bounded wait with a register
    // dump, and the next program runs. Method: the first two starts of a board get no answer
    // (a driver that finds ones everywhere sees both in one program).
    [TestMethod]
    [DataRow("accelerator-silent:2", "all instructions were fetched", "compute.done=0x")]
    [DataRow("accelerator-gone:2", "registers read as ones", "fetch.control=0xFFFFFFFF")]
    public async Task ASilentAcceleratorCostsItsFramesOnly(string fault, string cause, string dump)
    {
        string logs = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
        HostProcess run = await UpAsync("--boards", "1", "--logs", logs, "--no-self-test", "--fault", $"1={fault}");
        Assert.AreEqual(7, run.Code, run.Complaint);
        JsonElement frames = run.Json.GetProperty("allBoards");
        int failed = frames.GetProperty("framesFailed").GetInt32();
        Assert.IsTrue(failed is 1 or 2, $"{failed} frames failed");
        Assert.AreEqual(100 - failed, frames.GetProperty("byteIdentical").GetInt32());
        string log = File.ReadAllText(Path.Combine(logs, "board-1.log"));
        Assert.Contains(cause, log);
        Assert.Contains(dump, log);
        Directory.Delete(logs, recursive: true);
    }

    // Goal: a board whose accelerator is silent, answers without computing, or is another one than its board file says, does
    // not join, and says why in one line. Method: one guest with each fault; its program tests itself at power-up.
    [TestMethod]
    [DataRow("accelerator-silent", "self-test FAILED: golden inference: accelerator not done after 50 ms")]
    [DataRow("accelerator-rubbish", "self-test FAILED: golden inference: byte 0 of 1024")]
    [DataRow("accelerator-other", "LOG_BLOCK: expected 4, found 5; LOG_WGT_BUFF_SIZE: expected 18, found 19; load ")]
    public async Task AnUnfitBoardDoesNotJoin(string fault, string words)
    {
        HostProcess run = await UpAsync("--boards", "1", "--fault", $"1={fault}");
        Assert.AreEqual(5, run.Code, run.Complaint);
        Assert.Contains(words, run.Complaint);
        Assert.HasCount(1, run.Complaint.TrimEnd().Split('\n'), run.Complaint);
    }

    // Goal: the program on the card stays a small file. Method: the command that measures it, on the one that the guests run; of its
    // figures only the size is the same on every machine.
    [TestMethod]
    public async Task TheNativeProgramKeepsToItsSize()
    {
        RequireMachines();
        HostProcess run = await HostProcess.RunAsync(
            "bench", "board-program", Path.Combine(MachineFiles.Find(null).Folder, "publish", "board", "fpgaedged"), "--starts", "1", "--json");
        Assert.AreEqual("", run.Complaint);
        Assert.IsLessThanOrEqualTo(run.Json.GetProperty("sizeMegabytesBar").GetDouble(), run.Json.GetProperty("sizeMegabytesMeasured").GetDouble());
    }

    private static Task<HostProcess> UpAsync(params string[] arguments)
    {
        RequireMachines();
        return HostProcess.RunAsync(
        [
            "virtual", "up", "--model", SharedData.Require("data/cifar10/ic_resnet8_int8.tflite"),
            "--input", SharedData.Require("data/cifar10/images_u8.bin"), "--input-shape", "32,32,3", "--input-type", "uint8", "--json",
            .. arguments,
        ]);
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
