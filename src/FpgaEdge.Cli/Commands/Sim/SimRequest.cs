using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>
/// What the user asked <c>sim</c> for: scenarios drawn from seeds, or a story of their own, in which these boards run
/// these networks while this goes wrong.
/// </summary>
internal sealed record SimRequest
{
    private const long AfterLastFaultNs = 5_000_000_000;
    private const long LeastNs = 8_000_000_000;

    public required int Seeds { get; init; }

    public required ulong FirstSeed { get; init; }

    public required bool HasSingleSeed { get; init; }

    public string? Boards { get; init; }

    /// <summary>Option and value of everything that goes wrong, as typed.</summary>
    public required ImmutableArray<(string Option, string Text)> Faults { get; init; }

    public required string[] Models { get; init; }

    /// <summary>A picture was asked for.</summary>
    public required bool HasPicture { get; init; }

    public int? Frames { get; init; }

    public string? For { get; init; }

    public required int LossPercent { get; init; }

    public required string Link { get; init; }

    public required string Memory { get; init; }

    public required string Compile { get; init; }

    public string? Deadline { get; init; }

    /// <summary>A story told by the user happens once; scenarios drawn from seeds as often as asked.</summary>
    public int Runs => IsStory ? 1 : Seeds;

    /// <summary>The user says what happens, not the seed.</summary>
    public bool IsStory => Faults.Length > 0 || Models.Length > 0 || HasPicture;

    /// <summary>Refuses what cannot be simulated.</summary>
    /// <exception cref="CliException">One line that says what is accepted.</exception>
    public void Check()
    {
        if (Seeds < 1 || Frames < 1 || LossPercent is < 0 or > 90)
        {
            throw new CliException(ExitCode.Usage,
                "expected --seeds and --frames of at least 1 and --loss of 0 to 90, "
                + $"found {Seeds}, {Frames ?? 1} and {LossPercent}");
        }

        if (IsStory && Frames is not null && For is not null)
        {
            throw new CliException(ExitCode.Usage, "expected --frames or --for, found both: keep one of them");
        }

        _ = IsStory ? Story(FirstSeed, []).Boards : SwarmBoards();
    }

    /// <summary>The command that brings back this run, or one seed of it.</summary>
    public string CommandLine(ulong? seed = null)
    {
        string text = "fpgaedge sim";
        text += seed is not null ? $" --seed {seed}"
            : HasSingleSeed || IsStory ? $" --seed {FirstSeed}" : $" --seeds {Seeds} --first-seed {FirstSeed}";
        text += Boards is null ? "" : $" --boards {Boards}";
        if (!IsStory)
        {
            return text;
        }

        text += string.Concat(Models.Select(model => $" --model {Quoted(model)}"));
        text += string.Concat(Faults.Select(fault => $" {fault.Option} {fault.Text}"));
        text += Frames is { } frames ? $" --frames {frames}" : For is not null ? $" --for {For}" : "";
        text += Deadline is null ? "" : $" --deadline {Deadline}";
        return $"{text} --loss {LossPercent} --link {Link} --memory {Memory} --compile {Compile}";
    }

    /// <summary>The scenario of one seed.</summary>
    public SimulationOptions Scenario(ulong seed) => SwarmScenario.Of(seed, SwarmBoards());

    /// <summary>The boards of a story.</summary>
    public BoardList StoryBoards() => BoardList.Parse(Boards ?? "zynq7020:4",
        PlanArguments.Quantity("--link", Link, 1000), PlanArguments.Quantity("--memory", Memory, 1024));

    /// <summary>The scenario of a story.</summary>
    /// <param name="seed">What the network does by chance.</param>
    /// <param name="models">The networks; none for a made-up one.</param>
    public SimulationOptions Story(ulong seed, ImmutableArray<SimulatedModel> models)
    {
        ImmutableArray<Member> boards = Members(StoryBoards());
        ImmutableArray<SimulationFault> events =
            [.. Faults.SelectMany(fault => StoryFault.Parse(fault.Option, fault.Text, boards.Length).Faults)];
        long lastNs = events.IsEmpty ? 0 : events.Max(fault => fault.AtNs);
        long untilNs = For is null ? Math.Max(LeastNs, lastNs + AfterLastFaultNs) : StoryFault.Time("--for", For);
        long compileNs = StoryFault.Time("--compile", Compile);
        long deadlineNs = Deadline is null ? 20_000_000_000 : StoryFault.Time("--deadline", Deadline);
        return new SimulationOptions
        {
            Seed = seed,
            Boards = boards,
            Models = models,
            Clients = Math.Max(1, models.Length),
            LinksHaveSpeed = true,
            Frames = Frames ?? 0,
            StreamUntilNs = Frames is null ? untilNs : 0,
            LargestNodeNs = 10_000_000,
            CompileAtLeastNs = compileNs,
            CompileNs = compileNs,
            DeadlineNs = deadlineNs,
            AtLeastNs = untilNs,
            LimitNs = untilNs + (2 * deadlineNs) + 600_000_000_000,
            Faults = new NetworkFaults { Loss = LossPercent * 10 },
            Events = events,
            KeepsHistory = true,
        };
    }

    private static string Quoted(string path) => path.Contains(' ') ? $"'{path}'" : path;

    /// <summary>Boards that have not been started yet.</summary>
    private static ImmutableArray<Member> Members(BoardList list) =>
        [.. list.View.Members.Select(member => member with { Incarnation = 0 })];

    private ImmutableArray<Member> SwarmBoards() =>
        Boards is null ? [] : Members(BoardList.Parse(Boards, 1_000_000_000, 64 << 20));
}
