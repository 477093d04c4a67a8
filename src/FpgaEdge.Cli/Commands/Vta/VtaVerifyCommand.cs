using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Hardware;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta verify</c>: runs vector suites and says which cases do not come out as stated.</summary>
internal static class VtaVerifyCommand
{
    /// <summary>What to run the cases on, and what to expect of them.</summary>
    private sealed record Judge(VtaSimulatorOptions Simulator, AcceleratorKind Kind, RtlOptions Rtl);

    /// <summary>What became of one index file.</summary>
    private sealed record SuiteOutcome(string File, int Skipped, string? SkipReason, List<VtaVectorVerdict> Verdicts)
    {
        public List<VtaVectorVerdict> Failures { get; } = [.. Verdicts.Where(verdict => !verdict.Passed)];

        public int Passed => Verdicts.Count - Failures.Count;

        /// <summary>Cycles of all cases; null where none were measured.</summary>
        public long? Cycles => Verdicts.Any(verdict => verdict.Run?.Measured is not null)
            ? Verdicts.Sum(verdict => verdict.Run?.Measured?.TotalCycles ?? 0)
            : null;
    }

    public static Command Create()
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "Vector index files, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = VtaOptions.Json();
        Option<VtaKernel> kernel = VtaOptions.Kernel();
        Option<VtaSemantics> semantics = VtaOptions.Semantics();
        var accelerator = new AcceleratorOptions();
        var command = new Command("verify", "Run every program of vector suites on the simulator and compare final " +
            "memory and counters.\n\nExample:\n  fpgaedge vta verify vectors/ --json\n" +
            "  fpgaedge vta verify vectors/A_1x16_pynq.json --accelerator rtl --axi-seed 7\n\n" +
            "With --semantics Hardware a case passes if programs on which all implementations agree come out the " +
            "same without a portability note, and programs on which they disagree get one. On the gateware the " +
            "former are run and the latter skipped; with --json it reports its counters for every case.");
        command.Arguments.Add(paths);
        command.Options.Add(json);
        command.Options.Add(kernel);
        command.Options.Add(semantics);
        accelerator.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(paths)!,
            new Judge(
                new VtaSimulatorOptions { Kernel = parsed.GetValue(kernel), Semantics = parsed.GetValue(semantics) },
                accelerator.Kind(parsed),
                accelerator.Rtl(parsed)),
            parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(string[] paths, Judge judge, bool json, CancellationToken cancellation)
    {
        var outcomes = new List<SuiteOutcome>();
        foreach (string file in VtaOptions.IndexFiles(paths))
        {
            cancellation.ThrowIfCancellationRequested();
            outcomes.Add(VectorFiles.RuntimeReplayCases(file) is int cases
                ? new SuiteOutcome(file, cases, "a replay of another project's runtime", [])
                : Verify(file, judge, cancellation));
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

    private static SuiteOutcome Verify(string file, Judge judge, CancellationToken cancellation)
    {
        VtaVectorSuite suite = VectorFiles.Read(file);
        using RtlAccelerator? gateware =
            judge.Kind == AcceleratorKind.Rtl ? AcceleratorOptions.Open(suite.Configuration, judge.Rtl) : null;
        VtaVectorVerifier verifier = VtaOptions.OnFile(file, () => gateware is null
            ? new VtaVectorVerifier(suite, judge.Simulator)
            : new VtaVectorVerifier(suite, judge.Simulator.Semantics, gateware));
        bool onlyPortable = gateware is not null && judge.Simulator.Semantics == VtaSemantics.Hardware;
        VtaVectorCase[] cases = [.. suite.Cases.Where(vectorCase => !onlyPortable || vectorCase.HardwareSafe == true)];
        var verdicts = new List<VtaVectorVerdict>();
        foreach (VtaVectorCase vectorCase in cases)
        {
            cancellation.ThrowIfCancellationRequested();
            verdicts.Add(verifier.Verify(vectorCase));
        }
        int skipped = suite.Cases.Count - cases.Length;
        return new SuiteOutcome(file, skipped, skipped > 0 ? "implementations disagree on them" : null, verdicts);
    }

    private static void WriteText(List<SuiteOutcome> outcomes)
    {
        foreach (SuiteOutcome outcome in outcomes)
        {
            string skipped = outcome.Skipped > 0 ? $", {outcome.Skipped} skipped ({outcome.SkipReason})" : "";
            string cycles = outcome.Cycles is long count ? $", {count} cycles" : "";
            Console.WriteLine($"{Path.GetFileName(outcome.File)}: {outcome.Passed} passed, " +
                $"{outcome.Failures.Count} failed{skipped}{cycles}");
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
            if (outcome.Cycles is long cycles)
            {
                writer.WriteNumber("cycles", cycles);
                WriteMeasured(writer, outcome.Verdicts);
            }
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

    private static void WriteMeasured(Utf8JsonWriter writer, List<VtaVectorVerdict> verdicts)
    {
        writer.WriteStartArray("cases");
        foreach (VtaVectorVerdict verdict in verdicts)
        {
            if (verdict.Run?.Measured is VtaMeasuredCycles measured)
            {
                writer.WriteStartObject();
                writer.WriteString("case", verdict.Name);
                writer.WriteNumber("cycles", measured.TotalCycles);
                writer.WriteNumber("gemmSteps", measured.GemmSteps);
                writer.WriteNumber("aluSteps", measured.AluSteps);
                writer.WriteNumber("stallCycles", measured.StallCycles);
                writer.WriteNumber("loadWaitCycles", measured.LoadWaitCycles);
                writer.WriteNumber("computeWaitCycles", measured.ComputeWaitCycles);
                writer.WriteNumber("storeWaitCycles", measured.StoreWaitCycles);
                writer.WriteNumber("readBeats", measured.ReadBeats);
                writer.WriteNumber("writeBeats", measured.WriteBeats);
                writer.WriteEndObject();
            }
        }
        writer.WriteEndArray();
    }
}
