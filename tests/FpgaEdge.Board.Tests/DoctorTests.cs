using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;

namespace FpgaEdge.Board.Tests;

/// <summary><c>fpgaedge doctor</c> and <c>fpgaedged --doctor</c> as users type them.</summary>
[TestClass]
public sealed class DoctorTests
{
    // Goal: the host's doctor names every area, is ready where the programs of this build are, and prints one object.
    // Method: run it; the board program lies beside the test.
    [TestMethod]
    public async Task HostIsExamined()
    {
        HostProcess run = await HostProcess.RunAsync("doctor", "--json");
        Assert.AreEqual(0, run.Code, run.Output);
        Assert.IsTrue(run.Json.GetProperty("ready").GetBoolean());
        JsonElement[] findings = [.. run.Json.GetProperty("findings").EnumerateArray()];
        foreach (string name in new[] { "fpgaedged", "datagrams", "multicast", "mke2fs", "qemu-system-x86_64", "verilator", "yosys", "dtc" })
        {
            JsonElement finding = findings.Single(finding => finding.GetProperty("name").GetString() == name);
            bool there = finding.GetProperty("state").GetString() == "ok";
            Assert.AreEqual(there, finding.GetProperty("remedy").GetString() == "", $"{finding}");
        }
    }

    // Goal: what is missing for an area that was asked for makes the exit code 3, and says what to install. Method: an
    // empty search path.
    [TestMethod]
    public async Task WhatIsMissingForAnAreaFails()
    {
        string? path = Environment.GetEnvironmentVariable("PATH");
        Environment.SetEnvironmentVariable("PATH", "/nowhere");
        HostProcess run;
        try
        {
            run = await HostProcess.RunAsync("doctor", "--for", "gateware");
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
        Assert.AreEqual(3, run.Code, run.Output);
        Assert.Contains("apt-get install --no-install-recommends verilator", run.Output);
        Assert.Contains("3 missing", run.Output);
    }

    // Goal: a board file for real hardware on a machine that is no board is examined without failing in any other way:
    // exit code 5, with what to type. Method: the KV260's file here.
    [TestMethod]
    public async Task BoardIsExamined()
    {
        string file = Path.Combine(FpgaEdge.Tests.SharedData.RepositoryRoot, "bsp", "kv260", "board.json");
        (int code, string output) = await RunBoardAsync("--doctor", "--json", "--board", file);
        Assert.AreEqual(5, code, output);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.IsFalse(document.RootElement.GetProperty("ready").GetBoolean());
        Assert.IsTrue(document.RootElement.GetProperty("findings").EnumerateArray()
            .Any(finding => finding.GetProperty("name").GetString() == "DMA region"));
        (code, output) = await RunBoardAsync("--doctor");
        Assert.AreEqual(0, code, output);
        Assert.EndsWith("ready", output.TrimEnd());
    }

    private static async Task<(int Code, string Output)> RunBoardAsync(params string[] arguments)
    {
        (string file, string[] first) = BoardProgram.Find();
        var start = new ProcessStartInfo(file, [.. first, .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
