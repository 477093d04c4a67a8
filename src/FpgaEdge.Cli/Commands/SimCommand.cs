using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Commands.Sim;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>sim</c>: whole clusters under a virtual clock, on a network that misbehaves as the seed says.</summary>
internal static class SimCommand
{
    public static Command Create()
    {
        var seeds = new Option<int>("--seeds")
        {
            Description = "How many seeds to run.",
            DefaultValueFactory = _ => 100,
        };
        var firstSeed = new Option<ulong>("--first-seed")
        {
            Description = "The first of them.",
            DefaultValueFactory = _ => 1,
        };
        var seed = new Option<ulong?>("--seed") { Description = "Run one seed and print what happened, in order." };
        var boards = new Option<string?>("--boards")
        {
            Description = "Boards as kind:count, separated by commas, for example zynq7020:12; drawn from the seed if absent.",
        };
        Option<string[]>[] faults = [.. StoryFault.Kinds.Select(kind => new Option<string[]>(kind.Option)
        {
            Description = $"{kind.Help}: {StoryFault.Pattern(kind.OfTwo)}. Boards count from 0. May be repeated.",
        })];
        var models = new Option<string[]>("--model")
        {
            Description = "Network that the boards run (ONNX, TFLite or package), with its modelled costs; may be repeated.",
        };
        var frames = new Option<int?>("--frames") { Description = "Frames of each network, instead of as many as flow." };
        var duration = PlanCommand.Text("--for", "How long frames are submitted, for example 20s; by default until 5 s after the last fault.", null);
        var deadline = PlanCommand.Text("--deadline", "Time that each frame has, for example 250ms; 20 s if absent.", null);
        var loss = new Option<int>("--loss") { Description = "Lost datagrams in percent." };
        var link = PlanCommand.Text("--link", "Speed of the boards' links: 100m, 1g or bits per second.", "1g");
        var memory = PlanCommand.Text("--memory", "Size of each board's DMA window, for example 64m or 256m.", "64m");
        var compile = PlanCommand.Text("--compile", "Time that a board takes to compile a stage: an assumption.", "1s");
        var svg = PlanCommand.Text("--svg", "Write the timeline as a picture to this file.", null);
        var html = PlanCommand.Text("--html", "Write picture and tables to this file; it needs no other file.", null);
        var events = new Option<bool>("--events") { Description = "Print every event as boards and clients log it, too." };
        var promises = new Option<string?>("--promises")
        {
            Description = "Measure each promise under its own conditions, or one, for example M2; --seeds runs of each "
                + "(long ones fewer).",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var fuzz = new Option<long?>("--fuzz")
        {
            Description = "Throw so many damaged, forged and nonsensical datagrams at whole nodes instead.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object instead of text." };
        var command = new Command("sim", "Simulate whole clusters, with the same code that runs on boards, and check " +
            "every promise: one plan for one view, every frame answered once and bit-exact, no board forgotten or " +
            "kept too long.\n\n" +
            "Or say which boards run which networks and what goes wrong, and see what your cluster would do.\n\n" +
            "Example:\n  fpgaedge sim --boards zynq7020:12 --model model.onnx --kill 3@4s --start 3@8s --html timeline.html\n" +
            "  fpgaedge sim --boards zynq7020:4 --kill 3@2s --cut 0-1@5s --mend 0-1@6s\n" +
            "  fpgaedge sim --seeds 1000 --first-seed 1\n" +
            "  fpgaedge sim --promises --seeds 1000\n  fpgaedge sim --fuzz 1000000");
        foreach (Option option in (Option[])[seeds, firstSeed, seed, boards, models, .. faults, frames, duration, deadline, loss, link,
            memory, compile, svg, html, events, promises, fuzz, json])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, cancellation) => Task.FromResult(parsed.GetValue(fuzz) is { } datagrams
            ? new FuzzRun(datagrams, parsed.GetValue(firstSeed), parsed.GetValue(json)).Run(cancellation)
            : parsed.GetResult(promises) is not null
            ? new PromiseRun(Math.Max(1, parsed.GetValue(seeds)), parsed.GetValue(firstSeed), parsed.GetValue(promises),
                parsed.GetValue(json)).Run(cancellation)
            : Run(new SimRequest
            {
                Seeds = parsed.GetValue(seed) is null ? parsed.GetValue(seeds) : 1,
                FirstSeed = parsed.GetValue(seed) ?? parsed.GetValue(firstSeed),
                HasSingleSeed = parsed.GetValue(seed) is not null,
                Boards = parsed.GetValue(boards),
                Faults = [.. faults.SelectMany(fault =>
                    (parsed.GetValue(fault) ?? []).Select(text => (fault.Name, text)))],
                Models = parsed.GetValue(models) ?? [],
                HasPicture = parsed.GetValue(svg) is not null || parsed.GetValue(html) is not null,
                Frames = parsed.GetValue(frames),
                For = parsed.GetValue(duration),
                Deadline = parsed.GetValue(deadline),
                LossPercent = parsed.GetValue(loss),
                Link = parsed.GetValue(link)!,
                Memory = parsed.GetValue(memory)!,
                Compile = parsed.GetValue(compile)!,
            }, parsed.GetValue(json), request => new StoryRun(request, parsed.GetValue(json), parsed.GetValue(svg),
                parsed.GetValue(html), parsed.GetValue(events)), cancellation)));
        return command;
    }

    private static int Run(
        SimRequest request, bool json, Func<SimRequest, StoryRun> story, CancellationToken cancellation)
    {
        request.Check();
        if (request.IsStory)
        {
            return story(request).Run(cancellation);
        }

        string reproduce = request.CommandLine();
        (json ? Console.Error : Console.Out).WriteLine(reproduce);
        SimulationResult[] results = RunAll(request, cancellation);
        if (json)
        {
            WriteJson(request, reproduce, results);
        }
        else
        {
            WriteText(request, results);
        }

        return results.Any(result => result.Violations.Length > 0) ? ExitCode.VerificationFailed : ExitCode.Ok;
    }

    private static SimulationResult[] RunAll(SimRequest request, CancellationToken cancellation)
    {
        var results = new SimulationResult[request.Runs];
        int done = 0;
        using var progress = new ProgressLine();
        var parallel = new ParallelOptions
        {
            CancellationToken = cancellation,
            MaxDegreeOfParallelism = Environment.ProcessorCount,
        };
        Parallel.For(0, results.Length, parallel, index =>
        {
            SimulationResult result = ClusterSimulation.Run(request.Scenario(request.FirstSeed + (ulong)index));

            // Nobody reads the timelines of many runs: the seed brings them back.
            results[index] = request.HasSingleSeed ? result : result with { Timeline = [] };
            progress.Show("seeds", Interlocked.Increment(ref done), results.Length);
        });
        return results;
    }

    private static void WriteText(SimRequest request, SimulationResult[] results)
    {
        if (request.HasSingleSeed)
        {
            foreach (string line in results[0].Timeline)
            {
                Console.WriteLine(line);
            }
        }

        foreach (SimulationResult result in results)
        {
            foreach (string violation in result.Violations)
            {
                Console.WriteLine($"seed {result.Seed}: {violation}; reproduce: {request.CommandLine(result.Seed)}");
            }
        }

        var table = new TextTable("measured", "times", "p50 ms", "p99 ms", "max ms");
        foreach ((string name, long[] values) in Measures(results))
        {
            table.Add(name, $"{values.Length}", Milliseconds(values, 50), Milliseconds(values, 99),
                Milliseconds(values, 100));
        }

        Console.WriteLine(table.ToString());
        Console.WriteLine($"{results.Length} seeds, {results.Sum(result => (long)result.Completed)} frames answered, "
            + $"{results.Sum(result => (long)result.Failed)} ended in a named error, "
            + $"{results.Sum(result => result.Datagrams)} datagrams, "
            + $"{results.Sum(result => result.Violations.Length)} violations");
    }

    private static void WriteJson(SimRequest request, string reproduce, SimulationResult[] results)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("command", reproduce);
        writer.WriteNumber("seeds", results.Length);
        writer.WriteNumber("firstSeed", request.FirstSeed);
        writer.WriteNumber("violations", results.Sum(result => result.Violations.Length));
        writer.WriteNumber("framesAnswered", results.Sum(result => (long)result.Completed));
        writer.WriteNumber("framesFailed", results.Sum(result => (long)result.Failed));
        writer.WriteNumber("datagrams", results.Sum(result => result.Datagrams));
        writer.WriteStartArray("failures");
        foreach (SimulationResult result in results)
        {
            foreach (string violation in result.Violations)
            {
                writer.WriteStartObject();
                writer.WriteNumber("seed", result.Seed);
                writer.WriteString("promise", violation.Split(' ')[0]);
                writer.WriteString("text", violation);
                writer.WriteString("reproduce", request.CommandLine(result.Seed));
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("measures");
        foreach ((string name, long[] values) in Measures(results))
        {
            writer.WriteStartObject();
            writer.WriteString("name", name);
            writer.WriteNumber("times", values.Length);
            writer.WriteNumber("p50Ns", Percentile(values, 50));
            writer.WriteNumber("p99Ns", Percentile(values, 99));
            writer.WriteNumber("maxNs", values[^1]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static IEnumerable<(string Name, long[] Sorted)> Measures(SimulationResult[] results) =>
        results.SelectMany(result => result.Measures).GroupBy(measure => measure.Name).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Select(measure => measure.Ns).Order().ToArray()));

    /// <summary>From raw samples: the smallest that at least so many per cent do not exceed.</summary>
    internal static long Percentile(long[] sorted, double percent) =>
        sorted[Math.Clamp((int)Math.Ceiling(sorted.Length * percent / 100) - 1, 0, sorted.Length - 1)];

    private static string Milliseconds(long[] sorted, int percent) => $"{Percentile(sorted, percent) / 1_000_000}";
}
