namespace FpgaEdge.Vta.Simulation;

/// <summary>Notes that follow from the tokens of a program as a whole.</summary>
internal static class TokenPortability
{
    /// <summary>Tokens that fit in the narrowest counters of any design (SPEC section 4).</summary>
    private const int MaxTokens = 255;

    public static IEnumerable<VtaPortabilityNote> Notes(
        TokenSchedule schedule, IReadOnlyList<VtaInstruction> instructions, VtaConfiguration configuration)
    {
        int last = instructions.Count - 1;
        if (BoundedQueueDeadlock(instructions, configuration) is VtaException deadlock)
        {
            yield return new VtaPortabilityNote(
                deadlock.InstructionIndex ?? last, VtaPortabilityIssue.CommandQueueDepth, deadlock.Message);
        }
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

    private static VtaException? BoundedQueueDeadlock(
        IReadOnlyList<VtaInstruction> instructions, VtaConfiguration configuration)
    {
        try
        {
            ProgramChecks.CommandQueues(instructions, configuration);
            return null;
        }
        catch (VtaException e)
        {
            return e;
        }
    }
}
