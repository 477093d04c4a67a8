namespace FpgaEdge.Planning;

/// <summary>
/// Limits a search by counted steps, never by a clock: a fast and a slow board must give up at the same point, or they
/// would make different plans.
/// </summary>
internal sealed class StepBudget(long steps)
{
    /// <summary>Steps left; negative once more were taken than there were.</summary>
    public long Left { get; private set; } = steps;

    /// <summary>No more steps may be taken.</summary>
    public bool IsSpent => Left < 0;

    /// <summary>Takes steps.</summary>
    public void Spend(long count) => Left -= count;
}
