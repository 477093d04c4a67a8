namespace FpgaEdge.Model.Verification;

/// <summary>
/// Counts how often accepted classes are among the best elements of an output; of equal elements the lower index
/// comes first.
/// </summary>
public sealed class CaseScore(IReadOnlyList<IReadOnlyList<int>>? labels)
{
    private const int Few = 5;
    private int top1;
    private int top5;
    private bool hasTop5;

    /// <summary>Cases whose best element is accepted, or null without labels.</summary>
    public int? Top1 => labels is null ? null : top1;

    /// <summary>
    /// Cases with an accepted class among the best five; null without labels or with five elements or fewer.
    /// </summary>
    public int? Top5 => labels is null || !hasTop5 ? null : top5;

    /// <summary>Counts the output of one case; a case with an empty list of labels says nothing.</summary>
    public void Count(int index, Tensor output)
    {
        if (labels is null || labels[index].Count == 0)
        {
            return;
        }
        hasTop5 |= output.Length > Few;
        int best = output.Length;
        foreach (int label in labels[index])
        {
            if (label >= 0 && label < output.Length)
            {
                best = Math.Min(best, Rank(output, label));
            }
        }
        top1 += best < 1 ? 1 : 0;
        top5 += best < Few ? 1 : 0;
    }

    private static int Rank(Tensor output, int label)
    {
        double own = output.ValueAt(label);
        int rank = 0;
        for (int i = 0; i < output.Length; i++)
        {
            double other = output.ValueAt(i);
            rank += other > own || (other == own && i < label) ? 1 : 0;
        }
        return rank;
    }
}
