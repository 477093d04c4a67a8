using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta bench</c>: how fast the simulator runs matrix products and convolutions on one thread.</summary>
internal static class VtaBenchCommand
{
    /// <summary>
    /// Warm-up in processor time, not in wall time: by then the just-in-time compiler has produced its best code, on a
    /// busy machine too.
    /// </summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromMilliseconds(600);

    /// <summary>Best of several runs of one case.</summary>
    private sealed record Measurement(string Name, long Macs, double CpuSeconds, double WallSeconds, bool BitExact)
    {
        public double GmacPerSecond => Macs / CpuSeconds / 1e9;
    }

    public static Command Create()
    {
        var path = new Argument<string[]>("PATH")
        {
            Description = "Vector index files with workloads, or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<bool> json = VtaOptions.Json();
        Option<VtaKernel> kernel = VtaOptions.Kernel();
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "Timed runs of each workload; the best counts.",
            DefaultValueFactory = _ => 40,
        };
        repetitions.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
            {
                result.AddError("--repetitions: expected 1..1000.");
            }
        });
        var command = new Command("bench", "Time the simulator, single-threaded, by process CPU time (best of " +
            "several runs), and check each result.\n\nExample:\n  fpgaedge vta bench PERF_A_1x16_pynq.json --json");
        command.Arguments.Add(path);
        command.Options.Add(json);
        command.Options.Add(kernel);
        command.Options.Add(repetitions);
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(
            parsed.GetValue(path)!, parsed.GetValue(kernel), parsed.GetValue(repetitions), parsed.GetValue(json),
            cancellation)));
        return command;
    }

    private static int Run(
        string[] paths, VtaKernel kernel, int repetitions, bool json, CancellationToken cancellation)
    {
        var options = new VtaSimulatorOptions { Kernel = kernel };
        var measurements = new List<Measurement>();
        foreach (string file in VtaOptions.IndexFiles(paths).Where(f => VectorFiles.RuntimeReplayCases(f) is null))
        {
            VtaVectorSuite suite = VectorFiles.Read(file);
            foreach (VtaVectorCase vectorCase in suite.Cases.Where(c => c.Workload is not null))
            {
                cancellation.ThrowIfCancellationRequested();
                measurements.Add(VtaOptions.OnFile(file, () => Measure(suite, vectorCase, options, repetitions)));
            }
        }
        if (measurements.Count == 0)
        {
            throw new CliException(ExitCode.BadInputFile, $"{paths[0]}: expected cases with a workload, found none");
        }
        if (json)
        {
            WriteJson(measurements, options);
        }
        else
        {
            WriteText(measurements);
        }
        return measurements.All(m => m.BitExact) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private static Measurement Measure(
        VtaVectorSuite suite, VtaVectorCase vectorCase, VtaSimulatorOptions options, int repetitions)
    {
        var simulator = new VtaSimulator(suite.Configuration, options);
        byte[] initial = suite.CreateDram(vectorCase);
        byte[] dram = new byte[initial.Length];
        TimeSpan warm = Environment.CpuUsage.TotalTime + WarmUp;
        do
        {
            initial.CopyTo(dram, 0);
            RunOnce(simulator, suite, vectorCase, dram);
        }
        while (Environment.CpuUsage.TotalTime < warm);
        TimeSpan bestCpu = TimeSpan.MaxValue;
        TimeSpan bestWall = TimeSpan.MaxValue;
        for (int i = 0; i < repetitions; i++)
        {
            initial.CopyTo(dram, 0);
            TimeSpan before = Environment.CpuUsage.TotalTime;
            var wall = Stopwatch.StartNew();
            RunOnce(simulator, suite, vectorCase, dram);
            TimeSpan elapsed = wall.Elapsed;
            TimeSpan cpu = Environment.CpuUsage.TotalTime - before;
            bestCpu = cpu < bestCpu ? cpu : bestCpu;
            bestWall = elapsed < bestWall ? elapsed : bestWall;
        }
        bool bitExact = new VtaVectorVerifier(suite, options).Verify(vectorCase).Passed;
        return new Measurement(
            vectorCase.Name, vectorCase.Workload!.Macs, bestCpu.TotalSeconds, bestWall.TotalSeconds, bitExact);
    }

    private static void RunOnce(VtaSimulator simulator, VtaVectorSuite suite, VtaVectorCase vectorCase, byte[] dram) =>
        simulator.Run(dram, suite.DramBase, vectorCase.InstructionAddress, vectorCase.InstructionCount);

    private static void WriteText(List<Measurement> measurements)
    {
        foreach (Measurement m in measurements)
        {
            Console.WriteLine($"{m.Name,-36} {m.GmacPerSecond,7:0.00} GMAC/s  {m.CpuSeconds * 1e3,8:0.000} ms CPU  " +
                $"{m.WallSeconds * 1e3,8:0.000} ms wall  {(m.BitExact ? "bit-exact" : "WRONG RESULT")}");
        }
    }

    private static void WriteJson(List<Measurement> measurements, VtaSimulatorOptions options)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("kernel", options.Kernel.ToString());
        writer.WriteStartArray("workloads");
        foreach (Measurement m in measurements)
        {
            writer.WriteStartObject();
            writer.WriteString("name", m.Name);
            writer.WriteNumber("gmacPerSecond", Math.Round(m.GmacPerSecond, 3));
            writer.WriteNumber("macs", m.Macs);
            writer.WriteNumber("cpuSeconds", m.CpuSeconds);
            writer.WriteNumber("wallSeconds", m.WallSeconds);
            writer.WriteBoolean("bitExact", m.BitExact);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
