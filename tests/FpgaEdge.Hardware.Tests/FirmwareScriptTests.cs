using System.Diagnostics;
using FpgaEdge.Tests;

namespace FpgaEdge.Hardware.Tests;

/// <summary>The scripts below firmware/ that need no vendor tool.</summary>
[TestClass]
public sealed class FirmwareScriptTests
{
    // Goal: the stock-compatible configuration fits its chip and the project's own limits. Method: yosys, about a minute and
    // a half; "firmware/vta/size.sh" without a name does all configurations.
    [TestMethod]
    public void StockConfigurationFits()
    {
        Require("yosys");
        (int code, string text) = Run("bash", "firmware/vta/size.sh", "1x16");
        Assert.AreEqual(0, code, text);
        Assert.Contains("fits", text);
    }

    // Goal: a configuration that does not fit is noticed. Method: the counts of the test before, against a budget that is
    // too small.
    [TestMethod]
    public void SizesAboveTheBudgetFail()
    {
        Require("yosys");
        string script = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "firmware/vta/size.sh"));
        string path = Path.Combine(SharedData.RepositoryRoot, "firmware/vta", $"size-test-{Environment.ProcessId}.sh");
        try
        {
            File.WriteAllText(path, script.Replace("xc7z010|17600|", "xc7z010|1000|"));
            (int code, string text) = Run("bash", path, "1x8-small");
            Assert.AreEqual(6, code, text);
            Assert.Contains("DOES NOT FIT: LUT", text);
        }
        finally
        {
            File.Delete(path);
        }
    }

    // Goal: the vendor tool's script is whole and agrees with every board.json. Method: check.tcl, which records what the
    // script would do.
    [TestMethod]
    public void VendorScriptAgreesWithTheBoards()
    {
        Require("tclsh");
        (int code, string text) = Run("tclsh", "firmware/vta/vivado/check.tcl");
        Assert.AreEqual(0, code, text);
        Assert.Contains(" 0 differences", text);
    }

    private static void Require(string tool)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        if (!folders.Any(folder => File.Exists(Path.Combine(folder, tool))))
        {
            Assert.Inconclusive($"needs {tool}");
        }
    }

    private static (int Code, string Text) Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = SharedData.RepositoryRoot,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text + errors.Result);
    }
}
