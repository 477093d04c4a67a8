using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// What the user asks of a plan. Options are part of the hashed bytes: boards that were given different options never
/// believe that they run the same plan.
/// </summary>
public sealed record PlannerOptions
{
    /// <summary>
    /// What boards use when nobody asked for anything else, and <c>fpgaedge plan</c> too: of all strategies the plan of least
    /// time between two results, and of those the one of least latency.
    /// </summary>
    public static PlannerOptions Default { get; } = new();

    /// <summary>One board per stage.</summary>
    public static PlannerOptions Pipelined { get; } = new() { Strategy = Strategy.Pipeline };

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

    /// <summary>Most energy allowed per frame, in nanojoules; null is no bound.</summary>
    public long? MaximumEnergyNanojoules { get; init; }

    /// <summary>
    /// Speed of the link on which frames come in and results go out; null is the fastest board's link. It bounds every
    /// plan alike.
    /// </summary>
    public long? ClientLinkBitsPerSecond { get; init; }

    /// <summary>Nodes that must run on named boards.</summary>
    public ImmutableArray<NodePin> Pins { get; init; } = [];

    /// <summary>Nodes whose stage must have a given number of boards.</summary>
    public ImmutableArray<NodeReplicas> Replicas { get; init; } = [];
}

/// <summary>What a plan makes best; ties are broken by latency, then by the canonical order of the search.</summary>
public enum Objective : byte
{
    /// <summary>Least time between two results.</summary>
    Throughput = 0,

    /// <summary>Least time from a frame's first byte to its result.</summary>
    Latency = 1,

    /// <summary>Least energy per frame: what the boards of the plan draw, idle share included.</summary>
    Energy = 2,
}

/// <summary>
/// The stage that holds this node runs on this board. Several pins of one node name several boards, all of which its
/// stage then has; without a <see cref="NodeReplicas"/> for the node it has no others.
/// </summary>
/// <param name="Node">Index into the network's nodes.</param>
/// <param name="Board">A board of the view.</param>
public readonly record struct NodePin(int Node, BoardId Board);

/// <summary>The stage that holds this node has exactly this many boards.</summary>
/// <param name="Node">Index into the network's nodes.</param>
/// <param name="Boards">At least one.</param>
public readonly record struct NodeReplicas(int Node, int Boards);
