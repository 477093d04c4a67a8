namespace FpgaEdge.Cli.Reports;

/// <summary>One class and its score.</summary>
internal readonly record struct ScoredClass(int Class, double Score);

/// <summary>The classes with the highest scores.</summary>
internal static class TopClasses
{
    /// <summary>The best <paramref name="count"/>, best first; of equal scores the lower class comes first.</summary>
    public static ScoredClass[] Of(ReadOnlySpan<float> scores, int count)
    {
        var all = new ScoredClass[scores.Length];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = new ScoredClass(i, scores[i]);
        }
        return [.. all.OrderByDescending(entry => entry.Score).ThenBy(entry => entry.Class).Take(count)];
    }
}
