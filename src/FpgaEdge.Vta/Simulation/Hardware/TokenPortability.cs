namespace FpgaEdge.Vta.Simulation;

/// <summary>Notes that follow from the tokens of a program as a whole.</summary>
internal static class TokenPortability
{
    /// <summary>Tokens that fit in the narrowest counters of any design (SPEC section 4).</summary>
    private const int MaxTokens = 255;

    public static IEnumerable<VtaPortabilityNote> Notes(TokenSchedule schedule, int instructionCount)
    {
        int last = instructionCount - 1;
        VtaTokens peak = schedule.Peak;
        int most = Math.Max(
            Math.Max(peak.LoadToCompute, peak.ComputeToLoad), Math.Max(peak.ComputeToStore, peak.StoreToCompute));
        if (most > MaxTokens)
        {
            yield return new VtaPortabilityNote(last, VtaPortabilityIssue.TokenDepth,
                $"a dependency queue can hold {most} tokens; the Chisel design counts to {MaxTokens} and " +
                "loses the rest");
        }
        if (schedule.Left.Total != 0)
        {
            yield return new VtaPortabilityNote(last, VtaPortabilityIssue.TokensLeft,
                $"{schedule.Left.Total} tokens remain, and the next program starts with them");
        }
    }
}
