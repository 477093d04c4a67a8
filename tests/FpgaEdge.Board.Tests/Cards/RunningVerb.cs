using System.Diagnostics;

namespace FpgaEdge.Board.Tests;

/// <summary>A verb that goes on until it is told to end, as in a terminal of its own.</summary>
internal sealed class RunningVerb : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly Process process;
    private readonly List<string> lines = [];

    public RunningVerb(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "fpgaedge"), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What follows a text in the first line that has it; waits for that line.</summary>
    public async Task<string> AfterAsync(string text)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            lock (lines)
            {
                if (lines.Find(line => line.Contains(text, StringComparison.Ordinal)) is string found)
                {
                    return found[(found.IndexOf(text, StringComparison.Ordinal) + text.Length)..];
                }
            }
            Assert.IsFalse(process.HasExited || limit.IsCancellationRequested, $"no '{text}' in: {string.Join('\n', lines)}");
            await Task.Delay(50);
        }
    }

    public void Dispose()
    {
        // As Ctrl-C.
        using (Process kill = Process.Start("kill", ["-INT", $"{process.Id}"]))
        {
            kill.WaitForExit();
        }
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill(entireProcessTree: true);
        }
        process.Dispose();
    }

    private void Add(string? line)
    {
        lock (lines)
        {
            lines.Add(line ?? "");
        }
    }
}
