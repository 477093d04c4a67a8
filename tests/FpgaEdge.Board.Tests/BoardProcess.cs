using System.Diagnostics;
using System.Net;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;

namespace FpgaEdge.Board.Tests;

/// <summary>One fpgaedged started by hand, as in a terminal of its own.</summary>
internal sealed class BoardProcess : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string temporary = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;
    private readonly Process process;
    private readonly BoardJournal journal;
    private readonly Task<string> complaints;

    public BoardProcess(params string[] arguments)
    {
        (string file, string[] first) = BoardProgram.Find();
        var start = new ProcessStartInfo(file, [.. first, .. arguments, "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        start.Environment["TMPDIR"] = temporary;
        process = Process.Start(start)!;
        journal = new BoardJournal(process.StandardOutput);
        complaints = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Files that the board left in the temporary folder, which is all its own.</summary>
    public int LeftFiles => Directory.GetFileSystemEntries(temporary).Length;

    public async Task<IPEndPoint> ListeningAsync() => await journal.Address.WaitAsync(Patience);

    /// <summary>Stops it as Ctrl-C or systemd would; the result is the exit code.</summary>
    public async Task<int> TerminateAsync(string signal = "TERM")
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        return (await ExitAsync()).Code;
    }

    /// <summary>Stops it in the middle, as a kernel does that has nothing left for it.</summary>
    public void Freeze()
    {
        using Process freeze = Process.Start("kill", ["-STOP", $"{process.Id}"]);
        freeze.WaitForExit();
    }

    /// <summary>Waits for its end.
    public async Task<(int Code, string Complaint)> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        await journal.Ended.WaitAsync(Patience);
        return (process.ExitCode, await complaints);
    }

    /// <summary>A number that the board logged with its last event of that name.</summary>
    public long Logged(string eventName, string number) => Numbers(journal.Lines, eventName, number).Last();

    /// <summary>Everything it logged, as text.</summary>
    public string Log => string.Join('\n', journal.Lines);

    public static IEnumerable<long> Numbers(IEnumerable<string> lines, string eventName, string number)
    {
        foreach (string line in lines)
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("event").GetString() == eventName)
            {
                yield return json.RootElement.GetProperty(number).GetInt64();
            }
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
            process.WaitForExit();
        }
        process.Dispose();
        Directory.Delete(temporary, recursive: true);
    }
}
