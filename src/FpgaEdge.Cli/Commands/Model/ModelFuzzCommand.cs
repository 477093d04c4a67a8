using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Cli.Commands.Model.Fuzz;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary><c>model fuzz</c>: damaged model files and packages; each must end well, soon and in little memory.</summary>
internal static class ModelFuzzCommand
{
    /// <summary>Files with their names, ready to be damaged: those named, or what lies in this program.</summary>
    public static List<(string Name, byte[] Bytes)> Originals(IReadOnlyList<string> paths, int maximumBytes)
    {
        if (paths.Count == 0)
        {
            byte[] model = EmbeddedSample.Model();
            PreparedNetwork package = NetworkPreparation.Prepare(model, EmbeddedSample.ModelName,
                EmbeddedSample.Calibration, EmbeddedSample.Preprocessing(), (_, _, _) => { });
            return [(EmbeddedSample.ModelName, model), ("digits.fepk", package.File)];
        }
        string[] files = [.. paths.SelectMany<string, string>(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(IsModel).Order(StringComparer.Ordinal)
            : [path])];
        List<(string, byte[])> result = [.. files.Select(path => (Name: Path.GetFileName(path), Bytes: ModelReader.ReadFile(path)))
            .Where(file => file.Bytes.Length <= maximumBytes)];
        return result.Count > 0 ? result : throw new CliException(ExitCode.BadInputFile,
            $"{string.Join(' ', paths)}: expected models or packages of at most {maximumBytes} bytes, found none; raise --max-bytes");
    }

    private static bool IsModel(string path) => Path.GetExtension(path) is ".onnx" or ".tflite" or ".fepk" or ".package";

    /// <summary>The sub-verb.</summary>
    public static Command Create()
    {
        var paths = new Argument<string[]>("FILE")
        {
            Description = "Models and packages, or folders of them; the sample network and its package when left out.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var count = Whole("--count", "Damaged files to try.", 100_000, 1, int.MaxValue);
        var seed = Whole("--seed", "Which random edits.", 1, 0, int.MaxValue);
        var maximum = Whole("--max-bytes", "Leave out larger files.", 1 << 16, 1, int.MaxValue);
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout." };
        var command = new Command("fuzz", "Damage model files and packages and process each: it must end in success or one " +
            $"line with an exit code, within {FileProbe.MaximumSeconds} s of processor time, {FileProbe.HeapLimitBytes >> 20} " +
            $"MiB alive and {FileProbe.MaximumAllocatedBytes >> 20} MiB allocated. Files up to {FileMutator.SmallBytes} bytes " +
            "are cut and flipped at every byte first.\n\nExample:\n  fpgaedge model fuzz networks/ --count 100000\n\n" +
            "Exit code 6 when a file ends otherwise.")
        {
            paths, count, seed, maximum, json,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            Originals(parsed.GetValue(paths) ?? [], parsed.GetValue(maximum)), parsed.GetValue(count), parsed.GetValue(seed),
            parsed.GetValue(json), cancellation)));
        return command;
    }

    private static Option<int> Whole(string name, string description, int value, int low, int high)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < low || result.GetValueOrDefault<int>() > high)
            {
                result.AddError($"{name}: expected {low}..{high}.");
            }
        });
        return option;
    }

    private static int Run(
        List<(string, byte[])> originals, int count, int seed, bool json, CancellationToken cancellation)
    {
        // The collector then ends the program where more is alive, rather than the machine.
        AppContext.SetData("GCHeapHardLimit", (ulong)FileProbe.HeapLimitBytes);
        GC.RefreshMemoryLimit();
        var run = new FuzzRun();
        using (var progress = new ProgressLine())
        {
            int done = 0;
            foreach (MutatedFile file in new FileMutator(originals, seed).Files(count))
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Show("damaged files", done++, count);
                run.Try(file);
            }
        }
        if (json)
        {
            WriteJson(run, originals.Count, seed);
        }
        else
        {
            WriteText(run, originals.Count, seed);
        }
        return run.Problems.Count == 0 ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static void WriteText(FuzzRun run, int originals, int seed)
    {
        Console.WriteLine($"{run.Count} damaged files of {originals} originals, seed {seed}: {run.Succeeded} still work, " +
            $"{run.Refused} refused in one line, {run.Problems.Count} otherwise");
        Console.WriteLine($"longest {run.LongestSeconds:0.000} s of processor time ({run.Longest}); most allocated " +
            $"{run.MostAllocatedBytes >> 20} MiB ({run.Largest}); peak resident {Process.GetCurrentProcess().PeakWorkingSet64 >> 20} MiB");
        foreach (string problem in run.Problems.Take(20))
        {
            Console.WriteLine(problem);
        }
    }

    private static void WriteJson(FuzzRun run, int originals, int seed)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteNumber("originals", originals);
        writer.WriteNumber("seed", seed);
        writer.WriteNumber("files", run.Count);
        writer.WriteNumber("succeeded", run.Succeeded);
        writer.WriteNumber("refused", run.Refused);
        writer.WriteNumber("failed", run.Problems.Count);
        writer.WriteNumber("longestSeconds", Math.Round(run.LongestSeconds, 4));
        writer.WriteNumber("mostAllocatedBytes", run.MostAllocatedBytes);
        writer.WriteStartArray("problems");
        foreach (string problem in run.Problems.Take(100))
        {
            writer.WriteStringValue(problem);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
