namespace FpgaEdge.Planning;

/// <summary>
/// No plan can be made: the view, the network's costs or the options do not allow one. The message is one line that
/// says what was asked, what stands in the way and what to change.
/// </summary>
public sealed class PlanningException : Exception
{
    /// <summary>Creates the error with its one-line message.</summary>
    public PlanningException(string message)
        : base(message)
    {
    }

    /// <summary>Plans exist, but none keeps the bounds on interval, latency or energy.</summary>
    public bool IsBoundMissed { get; init; }
}
