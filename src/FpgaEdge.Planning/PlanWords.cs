namespace FpgaEdge.Planning;

/// <summary>Strategies and objectives as options take them and reports print them, on boards and hosts alike.</summary>
public static class PlanWords
{
    private static readonly (string Word, Strategy Value)[] Strategies =
    [
        ("auto", Strategy.Auto), ("pipeline", Strategy.Pipeline), ("scatter-gather", Strategy.ScatterGather),
        ("ai-core-assignment", Strategy.AiCoreAssignment), ("fused", Strategy.Fused),
    ];

    private static readonly (string Word, Objective Value)[] Objectives =
        [("throughput", Objective.Throughput), ("latency", Objective.Latency), ("energy", Objective.Energy)];

    /// <summary>What may be typed for a strategy, separated by commas.</summary>
    public static string StrategyWords => string.Join(", ", Strategies.Select(entry => entry.Word));

    /// <summary>What may be typed for an objective, separated by commas.</summary>
    public static string ObjectiveWords => string.Join(", ", Objectives.Select(entry => entry.Word));

    /// <summary>The word for a strategy.</summary>
    public static string Of(Strategy strategy) => Strategies.First(entry => entry.Value == strategy).Word;

    /// <summary>The word for an objective.</summary>
    public static string Of(Objective objective) => Objectives.First(entry => entry.Value == objective).Word;

    /// <summary>So many stages, in words.</summary>
    public static string Stages(int count) => count == 1 ? "1 stage" : $"{count} stages";

    /// <summary>The strategy of a word in any case; false for other words.</summary>
    public static bool TryParse(string word, out Strategy strategy) => TryFind(Strategies, word, out strategy);

    /// <summary>The objective of a word in any case; false for other words.</summary>
    public static bool TryParse(string word, out Objective objective) => TryFind(Objectives, word, out objective);

    private static bool TryFind<T>((string Word, T Value)[] entries, string word, out T value)
    {
        int at = Array.FindIndex(entries, entry => string.Equals(entry.Word, word, StringComparison.OrdinalIgnoreCase));
        value = at < 0 ? entries[0].Value : entries[at].Value;
        return at >= 0;
    }
}
