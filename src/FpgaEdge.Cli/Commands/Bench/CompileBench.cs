using System.Diagnostics;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>
/// <c>bench compile</c>: from a package's integer graph to programs for the whole network, on one thread: searching
/// every schedule, with the schedules that a package carries, and with what this process already knows.
/// </summary>
internal sealed class CompileBench(string path, int repetitions, bool json)
{
    private sealed record Times(string Name, double FirstMs, double BestMs, double BestCpuMs);

    /// <summary>Does it; the result is the exit code.</summary>
    public int Run(CancellationToken cancellation)
    {
        Package package = Package.Read(File.ReadAllBytes(path));
        AcceleratorDescription accelerator = BuiltInBoard.Description.Accelerator;
        StageTarget target = StageTarget.For(BuiltInBoard.Description.Name,
            accelerator.Configuration.BitstreamName, accelerator.ClockHertz,
            BuiltInBoard.Description.Dma.ByteCount, accelerator.Configuration.Isa);
        var warm = new ScheduleCache();
        var results = new List<Times> { Measure("without a cache", () => new ScheduleCache()) };
        StageCompiler.Compile(package.Graph, 0, package.Graph.Nodes.Count, target, warm);
        byte[] carried = warm.Write();
        results.Add(Measure("schedules from a package", () => ScheduleCache.Read(carried)));
        results.Add(Measure("warm cache", () => warm));
        if (json)
        {
            WriteJson(results);
        }
        else
        {
            results.ForEach(t => Console.WriteLine(
                $"{t.Name,-26} first {t.FirstMs,8:0.0} ms  best {t.BestMs,8:0.0} ms  {t.BestCpuMs,8:0.0} ms CPU"));
        }
        return ExitCode.Ok;

        Times Measure(string name, Func<ScheduleCache> cache)
        {
            double first = 0, best = double.MaxValue, bestCpu = double.MaxValue;
            for (int i = 0; i < repetitions; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                TimeSpan cpu = Environment.CpuUsage.TotalTime;
                long start = Stopwatch.GetTimestamp();
                StageCompiler.Compile(package.Graph, 0, package.Graph.Nodes.Count, target, cache());
                double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                bestCpu = Math.Min(bestCpu, (Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds);
                best = Math.Min(best, elapsed);
                first = i == 0 ? elapsed : first;
            }
            return new Times(name, first, best, bestCpu);
        }
    }

    private static void WriteJson(List<Times> results)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteStartArray("compile");
        foreach (Times times in results)
        {
            writer.WriteStartObject();
            writer.WriteString("name", times.Name);
            writer.WriteNumber("firstMs", Math.Round(times.FirstMs, 1));
            writer.WriteNumber("bestMs", Math.Round(times.BestMs, 1));
            writer.WriteNumber("bestCpuMs", Math.Round(times.BestCpuMs, 1));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
