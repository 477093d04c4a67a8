using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary><c>sim</c> with boards, networks and faults that the user names.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="json">One object instead of text.</param>
/// <param name="svgFile">Where to write the picture, or null.</param>
/// <param name="htmlFile">Where to write picture and tables, or null.</param>
/// <param name="printsEvents">Print every event as the boards log it.</param>
internal sealed class StoryRun(SimRequest request, bool json, string? svgFile, string? htmlFile, bool printsEvents)
{
    public int Run(CancellationToken cancellation)
    {
        string reproduce = request.CommandLine();
        (json ? Console.Error : Console.Out).WriteLine(reproduce);
        Story story = Simulate(request, cancellation);
        Write(svgFile, () => StoryPicture.Svg(story));
        Write(htmlFile, () => StoryPicture.Html(story, reproduce));
        if (json)
        {
            StoryJson.Write(story, reproduce, Console.OpenStandardOutput());
        }
        else
        {
            Console.Out.Write(printsEvents ? string.Join('\n', story.Result.Timeline) + "\n\n" : "");
            Console.Out.Write(StoryText.Of(story));
        }

        return story.Result.Violations.Length > 0 ? ExitCode.VerificationFailed : ExitCode.Ok;
    }

    /// <summary>Reads the networks and runs the story.</summary>
    internal static Story Simulate(SimRequest request, CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        ClusterView view = request.StoryBoards().View;
        var models = new List<SimulatedModel>();
        foreach (string file in request.Models)
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Show($"reading {file}");
            PlannedNetwork network = PlannedNetwork.Read(file, view);
            _ = PlanOf(view, network);
            models.Add(new SimulatedModel(network.Costs, network.PackageBytes));
        }

        SimulationOptions options = request.Story(request.FirstSeed, [.. models]) with
        {
            Progress = now =>
            {
                cancellation.ThrowIfCancellationRequested();
                progress.Show($"simulated {now / 1e9:0.0} s");
            },
        };
        string[] names = models.Count > 0 ? [.. request.Models.Select(file => Path.GetFileNameWithoutExtension(file))] : ["a made-up network"];
        return new Story(request, names, options, ClusterSimulation.Run(options));
    }

    /// <summary>A network that these boards cannot run even together is refused before anything is simulated.</summary>
    private static Plan PlanOf(ClusterView view, PlannedNetwork network)
    {
        try
        {
            return Planner.Plan(view, network.Costs, PlannerOptions.Default);
        }
        catch (PlanningException refusal)
        {
            throw new CliException(ExitCode.Usage, $"{network.File}: {refusal.Message}");
        }
    }

    private static void Write(string? file, Func<string> content)
    {
        if (file is null)
        {
            return;
        }

        try
        {
            File.WriteAllText(file, content());
        }
        catch (IOException error)
        {
            throw new CliException(ExitCode.Usage, $"{file}: cannot be written ({error.Message}): name another file");
        }
    }
}
