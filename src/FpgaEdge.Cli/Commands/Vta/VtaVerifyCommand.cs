using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta verify</c>: runs vector suites and says which cases do not come out as stated.</summary>
internal static class VtaVerifyCommand
{
    /// <summary>What became of one index file.</summary>
    private sealed record SuiteOutcome(string File, int Passed, int Skipped, List<VtaVectorVerdict> Failures);

    public static Command Create()
    {
        var paths = new Argument<string[]>("path")
        {
            Description = "Vector index files, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = VtaOptions.Json();
        Option<VtaKernel> kernel = VtaOptions.Kernel();
        Option<VtaSemantics> semantics = VtaOptions.Semantics();
        var command = new Command("verify", "Run every program of vector suites on the simulator and compare final " +
            "memory and counters.\n\nExample:\n  fpgaedge vta verify vectors/ --json\n\n" +
            "With --semantics Hardware a case passes if programs on which all implementations agree come out the " +
            "same without a portability note, and programs on which they disagree get one.");
        command.Arguments.Add(paths);
        command.Options.Add(json);
        command.Options.Add(kernel);
        command.Options.Add(semantics);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(paths)!,
            new VtaSimulatorOptions { Kernel = parsed.GetValue(kernel), Semantics = parsed.GetValue(semantics) },
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(string[] paths, VtaSimulatorOptions options, bool json, CancellationToken cancellation)
    {
        var outcomes = new List<SuiteOutcome>();
        foreach (string file in VtaOptions.IndexFiles(paths))
        {
            cancellation.ThrowIfCancellationRequested();
            outcomes.Add(VectorFiles.RuntimeReplayCases(file) is int cases
                ? new SuiteOutcome(file, 0, cases, [])
                : Verify(file, options, cancellation));
        }
        if (json)
        {
            WriteJson(outcomes);
        }
        else
        {
            WriteText(outcomes);
        }
        return outcomes.All(outcome => outcome.Failures.Count == 0) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static SuiteOutcome Verify(string file, VtaSimulatorOptions options, CancellationToken cancellation)
    {
        VtaVectorSuite suite = VectorFiles.Read(file);
        VtaVectorVerifier verifier = VtaOptions.OnFile(file, () => new VtaVectorVerifier(suite, options));
        var failures = new List<VtaVectorVerdict>();
        foreach (VtaVectorCase vectorCase in suite.Cases)
        {
            cancellation.ThrowIfCancellationRequested();
            VtaVectorVerdict verdict = verifier.Verify(vectorCase);
            if (!verdict.Passed)
            {
                failures.Add(verdict);
            }
        }
        return new SuiteOutcome(file, suite.Cases.Count - failures.Count, 0, failures);
    }

    private static void WriteText(List<SuiteOutcome> outcomes)
    {
        foreach (SuiteOutcome outcome in outcomes)
        {
            string skipped = outcome.Skipped > 0
                ? $", {outcome.Skipped} skipped (a replay of another project's runtime)"
                : "";
            Console.WriteLine($"{Path.GetFileName(outcome.File)}: {outcome.Passed} passed, " +
                $"{outcome.Failures.Count} failed{skipped}");
            foreach (VtaVectorVerdict failure in outcome.Failures)
            {
                Console.WriteLine($"  {failure.Name}: {failure.Reason}");
            }
        }
        Console.WriteLine($"total: {outcomes.Sum(o => o.Passed)} passed, {outcomes.Sum(o => o.Failures.Count)} failed" +
            $", {outcomes.Sum(o => o.Skipped)} skipped");
    }

    private static void WriteJson(List<SuiteOutcome> outcomes)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        WriteCounts(
            writer, outcomes.Sum(o => o.Passed), outcomes.Sum(o => o.Failures.Count), outcomes.Sum(o => o.Skipped));
        writer.WriteStartArray("suites");
        foreach (SuiteOutcome outcome in outcomes)
        {
            writer.WriteStartObject();
            writer.WriteString("file", Path.GetFileName(outcome.File));
            WriteCounts(writer, outcome.Passed, outcome.Failures.Count, outcome.Skipped);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("failures");
        foreach (SuiteOutcome outcome in outcomes)
        {
            foreach (VtaVectorVerdict failure in outcome.Failures)
            {
                writer.WriteStartObject();
                writer.WriteString("file", Path.GetFileName(outcome.File));
                writer.WriteString("case", failure.Name);
                writer.WriteString("reason", failure.Reason);
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter writer, int passed, int failed, int skipped)
    {
        writer.WriteNumber("passed", passed);
        writer.WriteNumber("failed", failed);
        writer.WriteNumber("skipped", skipped);
    }
}
