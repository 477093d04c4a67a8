using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>Carries out <c>fpgaedge plan</c>.</summary>
internal static class PlanAction
{
    public static int Run(PlanArguments arguments, CancellationToken cancellation)
    {
        BoardProfile[] profiles = [.. arguments.Profiles.Select(BoardProfile.Read)];
        long measuredLink = profiles.Length == 0 ? 1_000_000_000 : 8 * profiles.Min(profile => profile.UdpBytesPerSecond);
        BoardList boards = BoardList.Parse(
            arguments.Boards, arguments.Link is { } link ? PlanArguments.Quantity("--link", link, 1000) : measuredLink,
            PlanArguments.Quantity("--memory", arguments.Memory, 1024));
        PlannerOptions options = arguments.ToOptions();
        // The runtime compiles the planner's code at its first use; reading the network takes long enough to do it meanwhile.
        Task compiled = Task.Run(() => PlanSomething(boards.View, options), cancellation);
        int[] shares = Shares(arguments);
        var networks = new List<PlannedNetwork>();
        foreach (string model in arguments.Models)
        {
            cancellation.ThrowIfCancellationRequested();
            networks.Add(PlannedNetwork.Read(model, boards.View, profiles));
        }
        compiled.Wait(cancellation);
        try
        {
            return networks.Count == 1
                ? RunOne(arguments, boards, networks[0], options, profiles)
                : RunJoint(arguments, boards, networks, shares, options);
        }
        catch (PlanningException refusal)
        {
            throw new CliException(
                refusal.IsBoundMissed ? ExitCode.QualityGateMissed : ExitCode.Usage, refusal.Message);
        }
    }

    /// <summary>A plan of three made-up layers, for what making it compiles.</summary>
    private static void PlanSomething(ClusterView view, PlannerOptions options)
    {
        ImmutableSortedDictionary<BoardKind, long> times = view.Members.Select(BoardKind.Of).Distinct()
            .ToImmutableSortedDictionary(kind => kind, _ => 1_000_000L);
        var costs = new NetworkCosts(
            default, [.. Enumerable.Range(0, 3).Select(node => new NodeCost([node], node + 1, 1000, times))],
            [.. Enumerable.Repeat(new TensorCost(1000), 4)], [0], [3]);
        try
        {
            Planner.Solve(view, costs, options);
        }
        catch (PlanningException)
        {
            // Demands that three layers cannot meet: the code was compiled all the same.
        }
    }

    private static int RunOne(
        PlanArguments arguments, BoardList boards, PlannedNetwork network, PlannerOptions options, BoardProfile[] profiles)
    {
        options = options with
        {
            Pins = [.. arguments.Pins.SelectMany(pin => Pins(pin, boards, network))],
            Replicas = [.. arguments.Replicas.SelectMany(demand => Replicas(demand, network))],
        };
        TimeSpan compiling = JitInfo.GetCompilationTime();
        long start = Stopwatch.GetTimestamp();
        PlanResult result = Planner.Solve(boards.View, network.Costs, options);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        compiling = JitInfo.GetCompilationTime() - compiling;
        ImmutableArray<StrategyOutcome> outcomes =
            arguments.Explain ? Planner.Compare(boards.View, network.Costs, options) : [];
        var report = new PlanReport(boards, network, options, result, outcomes, profiles);
        if (arguments.SvgFile is { } file)
        {
            File.WriteAllText(file, new PlanPicture(boards, network, result).ToString());
        }
        if (arguments.Json)
        {
            report.WriteJson(Console.OpenStandardOutput());
        }
        else
        {
            Console.Out.Write(report.ToText());
            Console.Error.WriteLine($"planned in {took.TotalMilliseconds:f1} ms, " +
                $"{compiling.TotalMilliseconds:f1} ms of it compiling the planner's code for this process");
        }
        return ExitCode.Ok;
    }

    private static int RunJoint(
        PlanArguments arguments, BoardList boards, List<PlannedNetwork> networks, int[] shares, PlannerOptions options)
    {
        if (arguments.Pins.Length + arguments.Replicas.Length > 0 || arguments.SvgFile is not null || arguments.Explain)
        {
            throw new CliException(ExitCode.Usage,
                "plan: several networks are planned together without --pin, --replicas, --explain or --svg");
        }
        ImmutableArray<NetworkShare> parts =
            [.. networks.Select((network, index) => new NetworkShare(network.Costs, shares[index]))];
        JointPlan joint = Planner.PlanJointly(boards.View, parts, options);
        var report = new JointReport(boards, networks, shares, joint);
        if (arguments.Json)
        {
            report.WriteJson(Console.OpenStandardOutput());
        }
        else
        {
            Console.Out.Write(report.ToText());
        }
        return ExitCode.Ok;
    }

    private static int[] Shares(PlanArguments arguments)
    {
        if (arguments.Share is not { } text)
        {
            return [.. arguments.Models.Select(_ => 1)];
        }
        string[] parts = text.Split(':');
        var shares = new int[parts.Length];
        for (int index = 0; index < parts.Length; index++)
        {
            if (!int.TryParse(parts[index], NumberStyles.None, CultureInfo.InvariantCulture, out shares[index])
                || parts.Length != arguments.Models.Length)
            {
                throw new CliException(ExitCode.Usage,
                    $"--share {text}: expected {arguments.Models.Length} whole numbers with colons between them");
            }
        }
        return shares;
    }

    /// <summary>What <c>--pin</c> asks for; a pattern may name several layers.</summary>
    internal static IEnumerable<NodePin> Pins(string text, BoardList boards, PlannedNetwork network)
    {
        (string pattern, string board) = Halves("--pin", text, "layer=board2");
        BoardId id = boards.Find($"--pin {text}", board);
        return network.Nodes($"--pin {text}", pattern).Select(node => new NodePin(node, id));
    }

    /// <summary>What <c>--replicas</c> asks for.</summary>
    internal static IEnumerable<NodeReplicas> Replicas(string text, PlannedNetwork network)
    {
        (string pattern, string number) = Halves("--replicas", text, "layer=3");
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            throw new CliException(ExitCode.Usage, $"--replicas {text}: expected a whole number after the last =");
        }
        return network.Nodes($"--replicas {text}", pattern).Select(node => new NodeReplicas(node, count));
    }

    private static (string Pattern, string Value) Halves(string option, string text, string example)
    {
        int at = text.LastIndexOf('=');
        return at > 0 && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new CliException(ExitCode.Usage, $"{option} {text}: expected something like {example}");
    }
}
