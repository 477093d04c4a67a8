using System.CommandLine;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge plan</c>: which board would run which layers, and how fast; no board is needed.</summary>
internal static class PlanCommand
{
    private const string Help =
        "Decide which board runs which layers, from the modelled costs that the boards themselves use.\n\n" +
        "Example:\n  fpgaedge plan model.onnx --boards zynq7020:12 --link 1g\n" +
        "  fpgaedge plan model.onnx --boards zynq7020:4,ultra96:2 --strategy pipeline --explain --svg plan.svg\n" +
        "  fpgaedge plan a.onnx b.onnx --share 1:3 --boards zynq7020:6\n" +
        "  fpgaedge plan model.onnx --boards zynq7020:6 --pin 'layer3*=board2' --replicas 'conv1=3'";

    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var model = new Argument<string[]>("MODEL")
        {
            Description = "Network files (ONNX, TFLite or packages); several are planned together.",
            Arity = ArgumentArity.OneOrMore,
        };
        var boards = new Option<string>("--boards")
        {
            Description = $"Boards as kind:count,…; kinds: {string.Join(", ", BoardList.KindNames)}.",
            DefaultValueFactory = _ => "zynq7020:4",
        };
        var link = Text(
            "--link", "Speed of the boards' links: 100m, 1g or bits per second; default: what the profiles measured, or 1g.", null);
        var profiles = Many("--profile", "Measured figures of a kind of board, as 'fpgaedge bench board' writes them.");
        var memory = Text("--memory", "Size of each board's DMA window, for example 64m or 256m.", "64m");
        var clientLink = Text("--client-link", "Speed of the client's link; that of the boards if not given.", null);
        var share = Text("--share", "Frames per round of each of several networks, for example 1:3.", null);
        var strategy = new Option<Strategy>("--strategy")
        {
            Description = "auto, pipeline, scatter-gather, ai-core-assignment or fused.",
            DefaultValueFactory = _ => Strategy.Auto,
            CustomParser = result => PlanArguments.ParseStrategy(result),
        };
        var objective = new Option<Objective>("--objective")
        {
            Description = "throughput, latency or energy.",
            DefaultValueFactory = _ => Objective.Throughput,
            CustomParser = result => PlanArguments.ParseObjective(result),
        };
        var maxLatency = Number("--max-latency-ms", "Longest time of one frame.");
        var minFps = Number("--min-fps", "Least frames per second.");
        var maxEnergy = Number("--max-energy-mj", "Most energy per frame, in millijoules.");
        var pins = Many("--pin", "Layers that run on a board: 'name or pattern with *'=board2.");
        var replicas = Many("--replicas", "Layers whose stage has so many boards: 'name or pattern'=3.");
        var explain = new Option<bool>("--explain") { Description = "Compare all strategies and say why one won." };
        var svg = Text("--svg", "Write a picture of the plan to this file.", null);
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("plan", Help);
        command.Arguments.Add(model);
        foreach (Option option in (Option[])
            [boards, link, profiles, memory, clientLink, share, strategy, objective, maxLatency, minFps, maxEnergy, pins,
                replicas, explain, svg, json])
        {
            command.Options.Add(option);
        }
        command.SetAction((parsed, cancellation) => Task.FromResult(PlanAction.Run(
            new PlanArguments
            {
                Models = parsed.GetValue(model)!,
                Boards = parsed.GetValue(boards)!,
                Link = parsed.GetValue(link),
                Profiles = parsed.GetValue(profiles) ?? [],
                Memory = parsed.GetValue(memory)!,
                ClientLink = parsed.GetValue(clientLink),
                Share = parsed.GetValue(share),
                Strategy = parsed.GetValue(strategy),
                Objective = parsed.GetValue(objective),
                MaximumLatencyMs = parsed.GetValue(maxLatency),
                MinimumFps = parsed.GetValue(minFps),
                MaximumEnergyMj = parsed.GetValue(maxEnergy),
                Pins = parsed.GetValue(pins) ?? [],
                Replicas = parsed.GetValue(replicas) ?? [],
                Explain = parsed.GetValue(explain),
                SvgFile = parsed.GetValue(svg),
                Json = parsed.GetValue(json),
            },
            cancellation)));
        return command;
    }

    /// <summary>An option of text, with or without a value that holds when it is not given.</summary>
    internal static Option<string?> Text(string name, string description, string? standard)
    {
        var option = new Option<string?>(name) { Description = description };
        if (standard is not null)
        {
            option.DefaultValueFactory = _ => standard;
        }
        return option;
    }

    private static Option<double?> Number(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double?>() is { } value && !(value > 0 && value <= 1e9))
            {
                result.AddError($"{name}: expected a positive number.");
            }
        });
        return option;
    }

    private static Option<string[]> Many(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.OneOrMore };
}
