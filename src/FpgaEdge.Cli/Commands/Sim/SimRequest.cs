using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>What the user asked <c>sim</c> for, checked, and the scenario that each seed then means.</summary>
internal sealed record SimRequest
{
    private const int MaximumBoards = 64;

    /// <summary>Types that can be simulated, with the clock of their accelerator.</summary>
    private static readonly Dictionary<string, long> Clocks = new()
    {
        ["zynq7020"] = 100_000_000,
        ["pynq-z1"] = 100_000_000,
        ["zedboard"] = 100_000_000,
        ["ultra96"] = 300_000_000,
        ["zcu104"] = 300_000_000,
        ["kv260"] = 300_000_000,
    };

    public required int Seeds { get; init; }

    public required ulong FirstSeed { get; init; }

    public required bool HasSingleSeed { get; init; }

    public string? Boards { get; init; }

    public required string[] Kill { get; init; }

    public required string[] Start { get; init; }

    public required int Frames { get; init; }

    public required int LossPercent { get; init; }

    /// <summary>A story told by the user happens once; scenarios drawn from seeds as often as asked.</summary>
    public int Runs => IsStory && !HasSingleSeed ? 1 : Seeds;

    public bool PrintsTimeline => HasSingleSeed || IsStory;

    private bool IsStory => Kill.Length > 0 || Start.Length > 0;

    /// <summary>Refuses what cannot be simulated.</summary>
    /// <exception cref="CliException">One line that says what is accepted.</exception>
    public void Check()
    {
        if (Seeds < 1 || Frames < 1 || LossPercent is < 0 or > 90)
        {
            throw new CliException(ExitCode.Usage,
                "expected --seeds and --frames of at least 1 and --loss of 0 to 90, "
                + $"found {Seeds}, {Frames} and {LossPercent}");
        }

        int boards = IsStory ? StoryBoards().Length : ParseBoards().Length;
        foreach ((int board, long _) in Moments(Kill).Concat(Moments(Start)))
        {
            if (board >= boards)
            {
                throw new CliException(ExitCode.Usage,
                    $"expected a board from 0 to {boards - 1}, found {board}: add boards with --boards");
            }
        }
    }

    /// <summary>The command that brings back this run, or one seed of it.</summary>
    public string CommandLine(ulong? seed = null)
    {
        string text = "fpgaedge sim";
        text += seed is not null ? $" --seed {seed}"
            : HasSingleSeed || IsStory ? $" --seed {FirstSeed}" : $" --seeds {Seeds} --first-seed {FirstSeed}";
        text += Boards is null ? "" : $" --boards {Boards}";
        text += string.Concat(Kill.Select(moment => $" --kill {moment}"));
        text += string.Concat(Start.Select(moment => $" --start {moment}"));
        return IsStory ? $"{text} --frames {Frames} --loss {LossPercent}" : text;
    }

    /// <summary>The scenario of one seed.</summary>
    public SimulationOptions Scenario(ulong seed)
    {
        if (!IsStory)
        {
            return SwarmScenario.Of(seed, ParseBoards());
        }

        return new SimulationOptions
        {
            Seed = seed,
            Boards = StoryBoards(),
            Frames = Frames,
            LargestNodeNs = 10_000_000,
            Faults = new NetworkFaults { Loss = LossPercent * 10 },
            Events =
            [
                .. Moments(Kill).Select(at => new SimulationFault(at.Ns, SimulationFaultKind.Kill, at.Board)),
                .. Moments(Start).Select(at => new SimulationFault(at.Ns, SimulationFaultKind.Start, at.Board)),
            ],
        };
    }

    private static IEnumerable<(int Board, long Ns)> Moments(string[] texts) => texts.Select(text =>
    {
        string[] parts = text.Split('@');
        if (parts.Length == 2 && int.TryParse(parts[0], out int board) && board >= 0 && TryTime(parts[1], out long ns))
        {
            return (board, ns);
        }

        throw new CliException(ExitCode.Usage, $"expected NUMBER@TIME, for example 3@2s or 0@1500ms, found '{text}'");
    });

    private static bool TryTime(string text, out long ns)
    {
        bool inMs = text.EndsWith("ms", StringComparison.Ordinal);
        string digits = inMs ? text[..^2] : text.EndsWith('s') ? text[..^1] : "";
        bool ok = decimal.TryParse(digits, out decimal value) && value >= 0 && value <= (inMs ? 3_600_000 : 3_600);
        ns = ok ? (long)(value * (inMs ? 1_000_000 : 1_000_000_000)) : 0;
        return ok;
    }

    private ImmutableArray<Member> StoryBoards()
    {
        ImmutableArray<Member> given = ParseBoards();
        return given.IsDefaultOrEmpty
            ? [.. Enumerable.Range(0, 4).Select(number => ClusterSimulation.Board(number))] : given;
    }

    private ImmutableArray<Member> ParseBoards()
    {
        if (Boards is null)
        {
            return [];
        }

        ImmutableArray<Member>.Builder members = ImmutableArray.CreateBuilder<Member>();
        foreach (string part in Boards.Split(','))
        {
            string[] pair = part.Split(':');
            if (pair.Length > 2 || !Clocks.TryGetValue(pair[0], out long clock)
                || !int.TryParse(pair.Length == 2 ? pair[1] : "1", out int count) || count < 1
                || members.Count + count > MaximumBoards)
            {
                throw new CliException(ExitCode.Usage,
                    $"expected at most {MaximumBoards} boards as TYPE:COUNT with TYPE one of "
                    + $"{string.Join(", ", Clocks.Keys)}, found '{part}'");
            }

            for (int i = 0; i < count; i++)
            {
                members.Add(ClusterSimulation.Board(members.Count, pair[0], clock));
            }
        }

        return members.ToImmutable();
    }
}
