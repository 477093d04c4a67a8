using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>
/// <c>bench board-program</c>: size of the native <c>fpgaedged</c>, time from its start until it listens, and what it
/// keeps in memory when there is nothing to do, each against its bar.
/// </summary>
internal sealed class BoardProgramBench(string? program, int starts, bool json)
{
    private const double MegabytesBar = 5.0;
    private const double StartMsBar = 60;
    private const double IdleMegabytesBar = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);

    private sealed record Figure(string Name, string Key, double Value, double Bar, string Unit)
    {
        public bool IsMet => Value <= Bar;
    }

    /// <summary>Does it; the result is the exit code.</summary>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new CliException(ExitCode.NoBoard, "bench board-program: reads Linux' /proc; run it on Linux");
        }
        using var progress = new ProgressLine();
        string file = program ?? await PublishAsync(progress, cancellation);
        if (!File.Exists(file))
        {
            throw new CliException(ExitCode.BadInputFile, $"{file}: no such file; type: ./build.ps1 publish linux-x64");
        }
        var startMs = new double[starts];
        for (int i = 0; i < starts; i++)
        {
            progress.Show("starts", i, starts);
            startMs[i] = (await StartOnceAsync(file, TimeSpan.Zero, cancellation)).StartMs;
        }
        progress.Show("watching it do nothing");
        double idleMegabytes = (await StartOnceAsync(file, Idle, cancellation)).ResidentBytes / 1e6;
        progress.Clear();
        Array.Sort(startMs);
        Figure[] figures =
        [
            new("size of the file", "sizeMegabytes", new FileInfo(file).Length / 1e6, MegabytesBar, "MB"),
            new($"start to listening, median of {starts}", "startMsMedian", startMs[starts / 2], StartMsBar, "ms"),
            new($"resident after {Idle.TotalSeconds:0} s of idleness", "idleMegabytes", idleMegabytes, IdleMegabytesBar, "MB"),
        ];
        Print(file, figures, startMs);
        return figures.All(figure => figure.IsMet) ? ExitCode.Ok : ExitCode.QualityGateMissed;
    }

    /// <summary>Builds the program ahead of time; trim and AOT warnings are errors of that build.</summary>
    private static async Task<string> PublishAsync(ProgressLine progress, CancellationToken cancellation)
    {
        string root = Checkout.Root ?? throw new CliException(
            ExitCode.Usage, "bench board-program: not inside a checkout, so there is nothing to publish; name the program's file");
        string output = Path.Combine(root, "out", "linux-x64");
        string[] arguments =
        [
            "publish", Path.Combine(root, "src", "FpgaEdge.Board"), "-c", "Release", "-f", "net9.0", "-r", "linux-x64",
            "-o", output, "--nologo", "-v", "quiet",
        ];
        progress.Show($"dotnet {string.Join(' ', arguments)}");
        using Process dotnet = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string said = await dotnet.StandardOutput.ReadToEndAsync(cancellation);
        await dotnet.WaitForExitAsync(cancellation);
        string? complaint = said.Split('\n').FirstOrDefault(
            line => line.Contains("warning", StringComparison.Ordinal) || line.Contains("error", StringComparison.Ordinal));
        return dotnet.ExitCode == 0 && complaint is null
            ? Path.Combine(output, "fpgaedged")
            : throw new CliException(ExitCode.QualityGateMissed, $"publishing fpgaedged: expected no warning, found: {complaint ?? said}");
    }

    /// <summary>One life of the program: as a board starts it, with a key and without peers.</summary>
    private static async Task<(double StartMs, long ResidentBytes)> StartOnceAsync(
        string file, TimeSpan idle, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(file, ["--cluster", $"bench-{Environment.ProcessId}", "--name", "bench", "--json"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        try
        {
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Patience, cancellation);
            }
            while (line is not null && !line.Contains("\"listening\"", StringComparison.Ordinal));
            double elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            if (line is null)
            {
                string complaint = (await process.StandardError.ReadToEndAsync(cancellation)).ReplaceLineEndings(" ").Trim();
                throw new CliException(ExitCode.BadInputFile, $"{file}: expected it to listen, found: {complaint}");
            }
            await Task.Delay(idle, cancellation);
            return (elapsed, ResidentBytes(process.Id));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    /// <summary>VmRSS of proc(5), which is in kibibytes.</summary>
    private static long ResidentBytes(int process)
    {
        string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private void Print(string file, Figure[] figures, double[] startMs)
    {
        if (!json)
        {
            var table = new TextTable("figure", "measured", "bar", "met");
            foreach (Figure figure in figures)
            {
                table.Add(figure.Name, $"{figure.Value:F2} {figure.Unit}", $"{figure.Bar:F0} {figure.Unit}", figure.IsMet ? "yes" : "NO");
            }
            Console.Out.WriteLine($"{file}, on this machine; starts took {startMs[0]:F1} to {startMs[^1]:F1} ms");
            Console.Out.Write(table);
            return;
        }
        using (var writer = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            writer.WriteStartObject();
            writer.WriteNumber("schema", 1);
            writer.WriteString("program", file);
            foreach (Figure figure in figures)
            {
                writer.WriteNumber($"{figure.Key}Measured", Math.Round(figure.Value, 3));
                writer.WriteNumber($"{figure.Key}Bar", figure.Bar);
            }
            writer.WriteNumber("startMsBestMeasured", Math.Round(startMs[0], 3));
            writer.WriteBoolean("allMet", figures.All(figure => figure.IsMet));
            writer.WriteEndObject();
        }
        Console.Out.WriteLine();
    }
}
