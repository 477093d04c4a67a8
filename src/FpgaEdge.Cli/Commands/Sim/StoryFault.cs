using System.Collections.Immutable;
using System.Globalization;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>Something that the user wants to happen to a simulated cluster: an option of <c>sim</c> and its value.</summary>
/// <param name="Option">For example --kill.</param>
/// <param name="Text">As it was typed, for example 3@2s.</param>
/// <param name="Faults">What the simulator does.</param>
internal sealed record StoryFault(string Option, string Text, ImmutableArray<SimulationFault> Faults)
{
    /// <summary>The options, what they do to one board or to two, and what that is in a help text.</summary>
    public static IReadOnlyList<(string Option, SimulationFaultKind Kind, bool OfTwo, string Help)> Kinds { get; } =
    [
        ("--kill", SimulationFaultKind.Kill, false, "Kill a board without a word"),
        ("--leave", SimulationFaultKind.Leave, false, "Let a board say goodbye and stop"),
        ("--start", SimulationFaultKind.Start, false, "Start a board: again, or for the first time"),
        ("--slow", SimulationFaultKind.Slow, false, "Let a board compute ten times as long from then on"),
        ("--unplug", SimulationFaultKind.Unplug, false, "Take a board's interface away"),
        ("--plug", SimulationFaultKind.Plug, false, "Give it back"),
        ("--cut", SimulationFaultKind.Cut, true, "Cut the line between two boards, both ways"),
        ("--mend", SimulationFaultKind.Mend, true, "Mend it"),
    ];

    /// <summary>What is accepted after an option.</summary>
    public static string Pattern(bool ofTwo) => ofTwo ? "A-B@TIME, for example 1-2@3s" : "BOARD@TIME, for example 3@2s";

    /// <summary>Reads one option's value.</summary>
    /// <exception cref="CliException">One line that says what is accepted.</exception>
    public static StoryFault Parse(string option, string text, int boards)
    {
        (_, SimulationFaultKind kind, bool ofTwo, _) = Kinds.First(entry => entry.Option == option);
        string[] halves = text.Split('@');
        string[] numbers = halves[0].Split('-');
        int[] named = [.. numbers.Select(number =>
            int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int board) ? board : -1)];
        if (halves.Length != 2 || named.Length != (ofTwo ? 2 : 1) || named.Contains(-1) || !TryTime(halves[1], out long ns))
        {
            throw new CliException(ExitCode.Usage, $"{option} {text}: expected {Pattern(ofTwo)} or 0@1500ms");
        }

        if (named.Max() >= boards)
        {
            throw new CliException(ExitCode.Usage, $"{option} {text}: expected a board from 0 to {boards - 1}, found " +
                $"{named.Max()}: add boards with --boards");
        }

        return new StoryFault(option, text, ofTwo
            ? [new SimulationFault(ns, kind, named[0], named[1]), new SimulationFault(ns, kind, named[1], named[0])]
            : [new SimulationFault(ns, kind, named[0])]);
    }

    /// <summary>A time such as 2s, 1.5s or 300ms, at most an hour.</summary>
    public static bool TryTime(string text, out long ns)
    {
        bool inMs = text.EndsWith("ms", StringComparison.Ordinal);
        string digits = inMs ? text[..^2] : text.EndsWith('s') ? text[..^1] : "";
        bool ok = decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value)
            && value <= (inMs ? 3_600_000 : 3_600);
        ns = ok ? (long)(value * (inMs ? 1_000_000 : 1_000_000_000)) : 0;
        return ok;
    }

    /// <summary>A time that has to be there and greater than 0.</summary>
    public static long Time(string option, string text) => TryTime(text, out long ns) && ns > 0 ? ns
        : throw new CliException(ExitCode.Usage, $"{option} {text}: expected a time such as 2s or 300ms, at most an hour");
}
