using System.Collections.Concurrent;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary><c>sim --promises</c>: each promise under its own conditions, many seeds, with figures from raw samples.</summary>
internal sealed class PromiseRun(int seeds, ulong firstSeed, string? only, bool json)
{
    private sealed record Row(PromiseSweep Sweep, int Runs, long[] Sorted, string[] Violations, long Frames)
    {
        public bool Holds => Violations.Length == 0 && (Sweep.Measure.Length == 0
            || (Sorted.Length > 0 && Sorted[^1] <= Sweep.MostNs && SimCommand.Percentile(Sorted, 99) <= Sweep.P99Ns));
    }

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        PromiseSweep[] sweeps = [.. PromiseSweep.All.Where(sweep => only is null || sweep.Promise == only)];
        if (sweeps.Length == 0)
        {
            throw new CliException(ExitCode.Usage, $"--promises {only}: expected one of "
                + $"{string.Join(", ", PromiseSweep.All.Select(sweep => sweep.Promise).Distinct())} or nothing");
        }

        string command = $"fpgaedge sim --promises{(only is null ? "" : $" {only}")} --seeds {seeds} --first-seed {firstSeed}";
        (json ? Console.Error : Console.Out).WriteLine(command);
        var rows = new List<Row>();
        using (var progress = new ProgressLine())
        {
            foreach (PromiseSweep sweep in sweeps)
            {
                rows.Add(Sweep(sweep, progress, cancellation));
            }
        }

        if (json)
        {
            WriteJson(command, rows);
        }
        else
        {
            WriteText(rows);
        }

        return rows.All(row => row.Holds) ? ExitCode.Ok : ExitCode.VerificationFailed;
    }

    private Row Sweep(PromiseSweep sweep, ProgressLine progress, CancellationToken cancellation)
    {
        int runs = (int)Math.Max(1, (long)seeds * sweep.Share / 1000);
        var samples = new ConcurrentBag<long>();
        var violations = new ConcurrentBag<string>();
        long frames = 0;
        int done = 0;
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        Parallel.For(0, runs, parallel, index =>
        {
            ulong seed = firstSeed + (ulong)index;
            SimulationResult result = ClusterSimulation.Run(sweep.Scenario(seed));
            foreach (SimulationMeasure measure in result.Measures.Where(measure => measure.Name == sweep.Measure))
            {
                samples.Add(measure.Ns);
            }

            foreach (string violation in result.Violations)
            {
                violations.Add($"seed {seed}: {violation}; reproduce: fpgaedge sim --promises {sweep.Promise} --seeds 1 "
                    + $"--first-seed {seed}");
            }

            Interlocked.Add(ref frames, result.Completed + result.Failed);
            progress.Show($"{sweep.Promise} seeds", Interlocked.Increment(ref done), runs);
        });
        long[] sorted = [.. samples.Order()];
        return new Row(sweep, runs, sorted, [.. violations], frames);
    }

    private static void WriteText(List<Row> rows)
    {
        var table = new TextTable("promise", "conditions", "runs", "samples", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "bar ms", "");
        foreach (Row row in rows)
        {
            bool measured = row.Sweep.Measure.Length > 0;
            string Ms(double percent) => measured && row.Sorted.Length > 0
                ? $"{SimCommand.Percentile(row.Sorted, percent) / 1_000_000}" : measured ? "n/a" : "";
            table.Add(row.Sweep.Promise, row.Sweep.Conditions, $"{row.Runs}", measured ? $"{row.Sorted.Length}" : "", Ms(50), Ms(99),
                Ms(99.9), Ms(100), measured ? $"{row.Sweep.MostNs / 1_000_000}" : "",
                row.Holds ? "holds" : $"BROKEN ({row.Violations.Length} violations)");
        }

        Console.WriteLine(table);
        foreach (string violation in rows.SelectMany(row => row.Violations).Take(20))
        {
            Console.WriteLine(violation);
        }

        Console.WriteLine($"{rows.Sum(row => row.Runs)} runs, {rows.Sum(row => row.Frames)} frames ended, "
            + $"{rows.Sum(row => row.Violations.Length)} violations, {rows.Count(row => !row.Holds)} rows broken");
    }

    private static void WriteJson(string command, List<Row> rows)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("command", command);
        writer.WriteStartArray("promises");
        foreach (Row row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("promise", row.Sweep.Promise);
            writer.WriteString("conditions", row.Sweep.Conditions);
            writer.WriteNumber("runs", row.Runs);
            writer.WriteNumber("samples", row.Sorted.Length);
            foreach ((string name, double percent) in
                new[] { ("p50Ns", 50), ("p99Ns", 99), ("p999Ns", 99.9), ("maxNs", 100) })
            {
                writer.WriteOptional(name, row.Sorted.Length > 0 ? SimCommand.Percentile(row.Sorted, percent) : null);
            }

            writer.WriteBoolean("holds", row.Holds);
            writer.WriteStartArray("violations");
            foreach (string violation in row.Violations)
            {
                writer.WriteStringValue(violation);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
