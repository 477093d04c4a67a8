using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Tests;

namespace FpgaEdge.Board.Tests;

/// <summary>The first seconds of tests/Soak/soak.py, which runs for ten minutes when it is started by hand.</summary>
[TestClass]
public sealed class SoakTests
{
    private const string Seconds = "10";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // Goal: boards as real processes in network namespaces, 5 % loss between them, killed with SIGKILL and started
    // again, answer every frame of two networks once and with golden bytes, while the key under which everything is sealed
    // is changed for another. Method: a short soak of four boards with one seed.
    [TestMethod]
    public async Task KilledBoardsAndLostPacketsCostNoFrame()
    {
        RequireRootAnd("ip", "nft", "python3");
        string script = Path.Combine(SharedData.RepositoryRoot, "tests", "Soak", "soak.py");
        (int code, string output, string progress) = await RunAsync("python3", "-B", script,
            "--seconds", Seconds, "--boards", "4", "--seed", "11", "--binaries", AppContext.BaseDirectory, "--json");
        Assert.AreEqual(0, code, progress);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement[] networks = [.. json.RootElement.GetProperty("networks").EnumerateArray()];
        Assert.HasCount(2, networks);
        foreach (JsonElement network in networks)
        {
            Assert.IsTrue(network.GetProperty("bitExact").GetBoolean(), output);
            Assert.AreEqual(network.GetProperty("submitted").GetInt32(), network.GetProperty("answered").GetInt32());
            Assert.IsGreaterThan(0, network.GetProperty("answered").GetInt32());
        }
        Assert.IsGreaterThan(0, json.RootElement.GetProperty("kills").GetInt32());
        Assert.IsGreaterThan(0, json.RootElement.GetProperty("datagramsDropped").GetInt64());
        Assert.AreEqual(3, json.RootElement.GetProperty("keyChanges").GetInt32());
    }

    // Goal (M7): whatever a kernel does to a board's interface, the board is heard again, hears the group again, and is listed
    // by the others again. Method: a real interface goes down, loses its address, flaps, is removed and made anew; how soon is
    // measured by tests/Soak/interfaces.py alone, here only that it is within seconds.
    [TestMethod]
    public async Task ABoardWhoseInterfaceWentIsBack()
    {
        RequireRootAnd("ip", "nft", "python3");
        string script = Path.Combine(SharedData.RepositoryRoot, "tests", "Soak", "interfaces.py");
        (int code, string output, string progress) = await RunAsync("python3", "-B", script,
            "--binaries", AppContext.BaseDirectory, "--limit", "10", "--pause", "2");
        Assert.AreEqual(0, code, output + progress);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.AreEqual(6, json.RootElement.GetProperty("returns").GetArrayLength());
    }

    // Goal: the cases repeat for a time, every answer is compared, and the report says so; a wrong time is one line.
    // Method: one board, one second; then no second.
    [TestMethod]
    public async Task RunRepeatsItsCasesForAsLongAsAsked()
    {
        string digits = Path.Combine(SharedData.RepositoryRoot, "samples", "digits.onnx");
        string[] arguments =
        [
            "run", digits, "--input", Path.ChangeExtension(digits, null) + "_calibration_u8.bin",
            "--input-shape", "28,28,1", "--input-type", "uint8", "--json", "--duration",
        ];
        HostProcess run = await HostProcess.RunAsync([.. arguments, "1"]);
        Assert.AreEqual(0, run.Code, run.Complaint);
        JsonElement repetition = run.Json.GetProperty("repetition");
        int submitted = repetition.GetProperty("submitted").GetInt32();
        Assert.IsGreaterThanOrEqualTo(30, submitted);
        Assert.AreEqual(submitted, repetition.GetProperty("answered").GetInt32());
        Assert.AreEqual(0, repetition.GetProperty("different").GetInt32());
        Assert.AreEqual(0, repetition.GetProperty("outOfTurn").GetInt32());
        Assert.AreEqual(30, run.Json.GetProperty("results").GetArrayLength());

        HostProcess wrong = await HostProcess.RunAsync([.. arguments, "0"]);
        Assert.AreEqual(2, wrong.Code, wrong.Complaint);
        Assert.Contains("--duration: expected seconds", wrong.Complaint);
    }

    private static void RequireRootAnd(params string[] tools)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Assert.Inconclusive("needs Linux and root, to make network namespaces");
        }
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin"];
        foreach (string tool in tools.Where(tool => !folders.Any(folder => File.Exists(Path.Combine(folder, tool)))))
        {
            Assert.Inconclusive($"needs {tool} (Debian, Ubuntu: apt install iproute2 nftables python3)");
        }
        var unshare = new ProcessStartInfo("unshare", ["-n", "true"]) { RedirectStandardError = true };
        using Process attempt = Process.Start(unshare)!;
        attempt.WaitForExit();
        if (attempt.ExitCode != 0)
        {
            Assert.Inconclusive("needs network namespaces, which this container does not allow");
        }
    }

    private static async Task<(int Code, string Output, string Progress)> RunAsync(
        string file, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> progress = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            // SIGTERM, so that it takes its namespaces and boards with it.
            using Process kill = Process.Start("kill", [$"{process.Id}"]);
            await process.WaitForExitAsync();
            throw;
        }
        return (process.ExitCode, await output, await progress);
    }
}
