using System.Diagnostics;
using System.Text.Json;

namespace FpgaEdge.Board.Tests;

/// <summary>One run of the host tool, as users start it.</summary>
/// <param name="Code">Exit code.</param>
/// <param name="Output">What it printed on stdout.</param>
/// <param name="Complaint">What it printed on stderr.</param>
internal sealed record HostProcess(int Code, string Output, string Complaint)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The one JSON object on stdout.</summary>
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Runs fpgaedge to its end.</summary>
    public static Task<HostProcess> RunAsync(params string[] arguments) => RunAsync(_ => Task.CompletedTask, arguments);

    /// <summary>Runs fpgaedge to its end, and does something with the process meanwhile.</summary>
    public static async Task<HostProcess> RunAsync(Func<Process, Task> meanwhile, string[] arguments)
    {
        string file = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "fpgaedge.exe" : "fpgaedge");
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> complaint = process.StandardError.ReadToEndAsync();
        try
        {
            await meanwhile(process);
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        return new HostProcess(process.ExitCode, await output, await complaint);
    }
}
