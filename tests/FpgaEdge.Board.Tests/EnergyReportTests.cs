using System.Text.Json;
using FpgaEdge.Hardware;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary>Energy from a modelled sensor through real processes: register, socket, sampling, statistics, report.</summary>
[TestClass]
public sealed class EnergyReportTests
{
    private static readonly string Folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
    private static readonly IntegerGraph Graph = SampleNetwork.Create(51);
    private static readonly string Network = Write("sample.package", SampleNetwork.Package(Graph));
    private static readonly string Inputs =
        Write("cases.bin", [.. SampleNetwork.Inputs(Graph, 200, seed: 52).SelectMany(bytes => bytes)]);
    private static readonly string[] Common = ["--input-shape", "12,12,3", "--input-type", "int8", "--json"];

    [ClassCleanup]
    public static void Clean() => Directory.Delete(Folder, recursive: true);

    // Goal: energy columns of a run are power times time, per stage, and say that the sensors are models. Method: boards
    // with a constant load of 3 W; energy over measured time must be 3 W within 1 %.
    [TestMethod]
    public async Task EnergyIsPowerTimesTime()
    {
        string board = BoardWith("\"amperes\": 0.5, \"rippleAmperes\": 0.1, \"rippleHertz\": 7.0",
            "\"amperes\": 0.6, \"rippleAmperes\": 0, \"rippleHertz\": 0");
        HostProcess run = await HostProcess.RunAsync(
            ["run", Network, "--input", Inputs, "--boards", "2", "--board", board, "--strategy", "pipeline", .. Common]);
        Assert.AreEqual(0, run.Code, run.Complaint);
        JsonElement[] stages = [.. run.Json.GetProperty("stages").EnumerateArray()];
        Assert.HasCount(2, stages);
        foreach (JsonElement stage in stages)
        {
            Assert.IsGreaterThan(0, stage.GetProperty("energyFrames").GetInt32(), "no frame's energy is known");
            double watts = (double)stage.GetProperty("energyNanojoules").GetInt64() / stage.GetProperty("measuredNs").GetInt64();
            Assert.AreEqual(3.0, watts, 0.03);
        }
        JsonElement energy = run.Json.GetProperty("energy");
        Assert.IsGreaterThan(0, energy.GetProperty("perFrameNanojoules").GetInt64());
        Assert.AreEqual("measured on modelled sensors of virtual boards", energy.GetProperty("source").GetString());
    }

    // Goal: a sensor that is removed, stuck or another part makes the energy n/a, never 0, is named in the board's log,
    // and does not keep the board from working. Method: serve the board's bus from here, and fail it.
    [TestMethod]
    [DataRow("removed", "absent")]
    [DataRow("stuck", "timeout")]
    [DataRow("other", "wrongpart")]
    public async Task WithoutASensorEnergyIsNotKnown(string situation, string state)
    {
        string directory = Directory.CreateDirectory(Path.Combine(Folder, situation)).FullName;
        using VirtualI2cAdapter adapter = VirtualI2cAdapter.Start(SocketI2cBus.PathOf(directory, 0), () => 0);
        adapter.Put(0x41, new Ina226Model(new PowerWaveform(5, 0.5), 0.01));
        if (situation == "other")
        {
            adapter.Put(0x40, new Ina226Model(new PowerWaveform(5, 0.5), 0.01) { Manufacturer = 0x1234 });
        }
        adapter.Stuck = situation == "stuck";
        string cluster = $"test-{Guid.NewGuid():N}";
        using var board = new BoardProcess("--cluster", cluster, "--name", "only", "--directory", directory);
        await board.ListeningAsync();
        HostProcess run = await HostProcess.RunAsync(["run", Network, "--input", Inputs, "--cluster", cluster, .. Common]);
        Assert.AreEqual(0, run.Code, run.Complaint);
        JsonElement stage = run.Json.GetProperty("stages").EnumerateArray().Single();
        Assert.AreEqual(JsonValueKind.Null, stage.GetProperty("energyNanojoules").ValueKind);
        Assert.AreEqual(0, stage.GetProperty("energyFrames").GetInt32());
        Assert.AreEqual(JsonValueKind.Null, run.Json.GetProperty("energy").GetProperty("perFrameNanojoules").ValueKind);
        Assert.AreEqual(0, await board.TerminateAsync());
        Assert.Contains($"\"name\":\"MODELLED_5V\",\"state\":\"{state}\"", board.Log);
    }

    // Goal: a board without monitors says so. Method: the same board without rails.
    [TestMethod]
    public async Task BoardsWithoutMonitorsSaySo()
    {
        string text = File.ReadAllText(VirtualBoard);
        int rails = text.IndexOf("\"rails\": [", StringComparison.Ordinal);
        string file = Write("bare.json", System.Text.Encoding.UTF8.GetBytes(text[..rails] + "\"rails\": []\n}\n"));
        string cluster = $"test-{Guid.NewGuid():N}";
        using var board = new BoardProcess("--cluster", cluster, "--name", "bare", "--board", file);
        await board.ListeningAsync();
        HostProcess run = await HostProcess.RunAsync(["run", Network, "--input", Inputs, "--cluster", cluster, .. Common[..^1]]);
        Assert.AreEqual(0, run.Code, run.Complaint);
        Assert.Contains("energy n/a", run.Output);
        Assert.AreEqual(0, await board.TerminateAsync());
        Assert.Contains("n/a: the board has no power monitors", board.Log);
    }

    private static string VirtualBoard =>
        Path.Combine(FpgaEdge.Tests.SharedData.RepositoryRoot, "bsp", "virtual-zynq7020", "board.json");

    private static string BoardWith(string text, string replacement)
    {
        string good = File.ReadAllText(VirtualBoard);
        Assert.Contains(text, good);
        return Write($"board-{Guid.NewGuid():N}.json", System.Text.Encoding.UTF8.GetBytes(good.Replace(text, replacement)));
    }

    private static string Write(string name, byte[] content)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, content);
        return path;
    }
}
