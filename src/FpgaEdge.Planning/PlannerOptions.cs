namespace FpgaEdge.Planning;

/// <summary>
/// What the user asks of a plan. Options are part of the hashed bytes: boards that were given different options never
/// believe that they run the same plan.
/// </summary>
public sealed record PlannerOptions
{
    /// <summary>What boards use when nobody asked for anything else.</summary>
    public static PlannerOptions Default { get; } = new();

    /// <summary>The strategy to use; <see cref="Strategy.Auto"/> takes the best of all.</summary>
    public Strategy Strategy { get; init; } = Strategy.Auto;

    /// <summary>What to make best.</summary>
    public Objective Objective { get; init; } = Objective.Throughput;

    /// <summary>
    /// Longest allowed time from a frame's first byte to its result, in nanoseconds; null is no bound.
    /// </summary>
    public long? MaximumLatencyNs { get; init; }

    /// <summary>Longest allowed time between two results, in nanoseconds; null is no bound.</summary>
    public long? MaximumIntervalNs { get; init; }
}

/// <summary>What a plan makes best; ties are broken by the others.</summary>
public enum Objective : byte
{
    /// <summary>Least time between two results.</summary>
    Throughput = 0,

    /// <summary>Least time from a frame's first byte to its result.</summary>
    Latency = 1,
}
