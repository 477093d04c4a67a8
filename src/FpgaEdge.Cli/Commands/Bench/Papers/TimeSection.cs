using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>How long planning takes: in a process that has planned before, and in one that has not.</summary>
internal static partial class TimeSection
{
    private const double AllowedMs = 50;
    private const int Samples = 5;
    private const int Processes = 3;
    private const string File = "arch/light_resnet50.onnx";

    /// <summary>Sixteen boards, of two and of four kinds.</summary>
    private static readonly string[] Clusters = ["zynq7020:8,ultra96:8", "zynq7020:6,ultra96:4,zcu104:3,kv260:3"];

    public static PaperSection Of(string folder, Action<string, int, int> progress, CancellationToken cancellation)
    {
        const string Title = "Planning time: ResNet-50 on 16 mixed boards (measured here)";
        string path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
        {
            return new PaperSection(Title, [], [new("at most 50 ms", $"no {File}", null)], [], []);
        }
        var rows = new List<string[]>();
        double slowestAuto = 0;
        foreach (string cluster in Clusters)
        {
            ClusterView view = StrategyPlans.View(cluster);
            PlannedNetwork network = PlannedNetwork.Read(path, view);
            foreach (Strategy strategy in StrategyPlans.Strategies)
            {
                cancellation.ThrowIfCancellationRequested();
                progress("timing", rows.Count, Clusters.Length * StrategyPlans.Strategies.Length);
                (double medianMs, PlanResult result) = Time(view, network.Costs, new PlannerOptions { Strategy = strategy });
                slowestAuto = strategy == Strategy.Auto ? Math.Max(slowestAuto, medianMs) : slowestAuto;
                rows.Add([cluster, PlanWords.Of(strategy), $"{medianMs:f1}", result.IsProvenOptimal ? "proven" : "bound"]);
            }
        }
        (double Ms, double CompilingMs)[] cold = [.. Clusters.Select(cluster => Cold(path, cluster, cancellation))];
        double withCompiler = cold.Max(run => run.Ms);
        double without = cold.Max(run => run.Ms - run.CompilingMs);
        return new PaperSection(
            Title,
            [
                $"Median of {Samples} plans in this process, and the best of {Processes} fresh processes, from the network in memory to the " +
                "plan. Boards run a native program, compiled beforehand; elsewhere the runtime compiles the planner's code at its first " +
                "use, most of it while the network is still being read, and 'fpgaedge plan' says how much was left.",
            ],
            [
                new("automatic plan in at most 50 ms", $"{slowestAuto:f1} ms", slowestAuto <= AllowedMs),
                new("first plan of a process in at most 50 ms", $"{withCompiler:f1} ms ({without:f1} ms without the runtime's compiler)",
                    withCompiler <= AllowedMs),
            ],
            [new PaperTable("Every strategy, least interval", ["boards", "strategy", "ms", "result"], rows)], []);
    }

    private static (double MedianMs, PlanResult Result) Time(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        PlanResult result = Planner.Solve(view, costs, options);
        double[] times = new double[Samples];
        for (int sample = 0; sample < Samples; sample++)
        {
            long start = Stopwatch.GetTimestamp();
            result = Planner.Solve(view, costs, options);
            times[sample] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }
        Array.Sort(times);
        return (times[Samples / 2], result);
    }

    /// <summary>What <c>fpgaedge plan</c> says of itself on stderr; the quickest of some processes.</summary>
    private static (double Ms, double CompilingMs) Cold(string path, string cluster, CancellationToken cancellation)
    {
        (double, double) best = (double.MaxValue, 0);
        for (int index = 0; index < Processes; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            string program = Environment.ProcessPath!;
            bool hosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
            var start = new ProcessStartInfo(program) { RedirectStandardError = true, RedirectStandardOutput = true };
            string[] arguments =
                [.. hosted ? (string[])[Environment.GetCommandLineArgs()[0]] : [], "plan", path, "--boards", cluster, "--memory", "256m"];
            Array.ForEach(arguments, start.ArgumentList.Add);
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
            Match said = PlannedIn().Match(process.StandardError.ReadToEnd());
            output.Wait(cancellation);
            process.WaitForExit();
            if (said.Success && Number(said, 1) < best.Item1)
            {
                best = (Number(said, 1), Number(said, 2));
            }
        }
        return best;
    }

    private static double Number(Match match, int group) => double.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"planned in ([\d.]+) ms, ([\d.]+) ms")]
    private static partial Regex PlannedIn();
}
