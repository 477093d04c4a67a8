using System.CommandLine.Parsing;
using System.Globalization;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>What was typed after <c>fpgaedge plan</c>, and how it becomes the planner's options.</summary>
internal sealed record PlanArguments
{
    public required string[] Models { get; init; }

    public required string Boards { get; init; }

    public string? Link { get; init; }

    /// <summary>Files of measured figures.</summary>
    public string[] Profiles { get; init; } = [];

    public required string Memory { get; init; }

    public string? ClientLink { get; init; }

    public string? Share { get; init; }

    public Strategy Strategy { get; init; }

    public Objective Objective { get; init; }

    public double? MaximumLatencyMs { get; init; }

    public double? MinimumFps { get; init; }

    public double? MaximumEnergyMj { get; init; }

    public string[] Pins { get; init; } = [];

    public string[] Replicas { get; init; } = [];

    public bool Explain { get; init; }

    public string? SvgFile { get; init; }

    public bool Json { get; init; }

    /// <summary>The value of --strategy, or an error that names what may be typed.</summary>
    public static Strategy ParseStrategy(ArgumentResult result)
    {
        if (!PlanWords.TryParse(Typed(result), out Strategy strategy))
        {
            result.AddError($"--strategy {Typed(result)}: expected one of {PlanWords.StrategyWords}.");
        }
        return strategy;
    }

    /// <summary>The value of --objective, or an error that names what may be typed.</summary>
    public static Objective ParseObjective(ArgumentResult result)
    {
        if (!PlanWords.TryParse(Typed(result), out Objective objective))
        {
            result.AddError($"--objective {Typed(result)}: expected one of {PlanWords.ObjectiveWords}.");
        }
        return objective;
    }

    /// <summary>A number with an optional k, m or g; decimal for speeds, binary for sizes.</summary>
    public static long Quantity(string option, string text, int unit)
    {
        string digits = text.TrimEnd('k', 'K', 'm', 'M', 'g', 'G');
        long factor = text.Length == digits.Length ? 1 : char.ToLowerInvariant(text[^1]) switch
        {
            'k' => unit,
            'm' => (long)unit * unit,
            _ => (long)unit * unit * unit,
        };
        if (text.Length - digits.Length > 1
            || !double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            || !(value * factor >= 1 && value * factor < 1e15))
        {
            throw new CliException(ExitCode.Usage, $"{option} {text}: expected a number such as 100m or 1g");
        }
        return (long)(value * factor);
    }

    /// <summary>The planner's options, but for pins and replicas, which need the network's layer names.</summary>
    public PlannerOptions ToOptions() => new()
    {
        Strategy = Strategy,
        Objective = Objective,
        MaximumLatencyNs = MaximumLatencyMs is { } latency ? (long)(latency * 1e6) : null,
        MaximumIntervalNs = MinimumFps is { } fps ? (long)(1e9 / fps) : null,
        MaximumEnergyNanojoules = MaximumEnergyMj is { } energy ? (long)(energy * 1e6) : null,
        ClientLinkBitsPerSecond = ClientLink is null ? null : Quantity("--client-link", ClientLink, 1000),
    };

    private static string Typed(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
}
