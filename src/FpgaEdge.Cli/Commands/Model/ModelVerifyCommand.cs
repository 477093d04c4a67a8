using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model.Verification;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary><c>model verify</c>: runs a folder of cases and checks each in the way that it states itself.</summary>
internal static class ModelVerifyCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "A folder with cases.json." };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout." };
        var filter = new Option<string?>("--case") { Description = "Only entries whose name contains this text." };
        var command = new Command("verify", "Run every network and operator test that cases.json lists and compare " +
            "with the stored outputs.\n\nExample:\n  fpgaedge model verify cases/ --json\n\n" +
            "Exit code 6 when an entry fails its own check.");
        command.Arguments.Add(folder);
        command.Options.Add(json);
        command.Options.Add(filter);
        command.SetAction((parsed, cancellation) => Task.FromResult(
            Run(parsed.GetValue(folder)!, parsed.GetValue(filter), parsed.GetValue(json), cancellation)));
        return command;
    }

    private static int Run(string folder, string? filter, bool json, CancellationToken cancellation)
    {
        CaseVerifier verifier = new(folder);
        CaseEntry[] entries =
            [.. verifier.Entries.Where(e => filter is null || e.Name.Contains(filter, StringComparison.Ordinal))];
        if (entries.Length == 0)
        {
            throw new CliException(
                filter is null ? ExitCode.BadInputFile : ExitCode.Usage,
                $"{Path.Combine(folder, "cases.json")}: expected an entry to verify, found none of " +
                $"{verifier.Entries.Count}; leave --case out to verify all");
        }
        CaseResult[] results = VerifyAll(verifier, entries, cancellation);
        if (json)
        {
            WriteJson(results);
        }
        else
        {
            WriteText(results);
        }
        return results.All(result => result.Passed) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static CaseResult[] VerifyAll(CaseVerifier verifier, CaseEntry[] entries, CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        CaseResult[] results = new CaseResult[entries.Length];
        int done = 0;
        ParallelOptions options = new()
        {
            MaxDegreeOfParallelism = Environment.ProcessorCount,
            CancellationToken = cancellation,
        };
        Parallel.For(0, entries.Length, options, i =>
        {
            results[i] = verifier.Verify(entries[i], (sample, count) =>
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Show($"{entries[i].Name} {sample + 1}/{count}", Volatile.Read(ref done), entries.Length);
            });
            Interlocked.Increment(ref done);
        });
        return results;
    }

    private static void WriteText(CaseResult[] results)
    {
        var table = new TextTable("case", "result", "evaluator", "samples", "largest error", "top-1", "reference");
        foreach (CaseResult result in results)
        {
            table.Add(
                result.Name,
                result.Passed ? "passed" : "FAILED",
                result.IsGolden ? "golden" : "reference",
                Text(result.Samples),
                result.MaxAbsoluteError is { } error ? error.ToString("G4", CultureInfo.InvariantCulture) : "",
                Text(result.Top1),
                Text(result.Reference?.Top1));
        }
        Console.Write(table);
        foreach (CaseResult result in results.Where(result => !result.Passed))
        {
            Console.WriteLine($"{result.Name}: {result.Detail}");
        }
        Console.WriteLine($"{results.Count(r => r.Passed)} passed, {results.Count(r => !r.Passed)} failed");
    }

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "";

    private static void WriteJson(CaseResult[] results)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteNumber("passed", results.Count(result => result.Passed));
        writer.WriteNumber("failed", results.Count(result => !result.Passed));
        writer.WriteStartArray("cases");
        foreach (CaseResult result in results)
        {
            WriteCase(writer, result);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCase(Utf8JsonWriter writer, CaseResult result)
    {
        writer.WriteStartObject();
        writer.WriteString("name", result.Name);
        writer.WriteBoolean("passed", result.Passed);
        writer.WriteString("evaluator", result.IsGolden ? "golden" : "reference");
        writer.WriteNumber("samples", result.Samples);
        writer.WriteNumber("failedSamples", result.FailedSamples);
        if (result.MaxAbsoluteError is { } error && double.IsFinite(error))
        {
            writer.WriteNumber("maxAbsoluteError", error);
        }
        WriteOptional(writer, "top1", result.Top1);
        WriteOptional(writer, "top5", result.Top5);
        WriteOptional(writer, "referenceTop1", result.Reference?.Top1);
        WriteOptional(writer, "referenceTop5", result.Reference?.Top5);
        if (result.Detail.Length > 0)
        {
            writer.WriteString("detail", result.Detail);
        }
        writer.WriteEndObject();
    }

    private static void WriteOptional(Utf8JsonWriter writer, string name, int? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
    }
}
