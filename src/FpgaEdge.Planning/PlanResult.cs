using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>A plan with its modelled figures and how good any plan could be at most.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Estimate">Its modelled figures.</param>
/// <param name="Bound">
/// No plan of the strategy is better than this in the objective: nanoseconds between results, nanoseconds of
/// latency, or nanojoules per frame. Equal to the plan's own figure when it is proven optimal.
/// </param>
/// <param name="IsProvenOptimal">Whether the search was exhaustive.</param>
public sealed record PlanResult(Plan Plan, PlanEstimate Estimate, long Bound, bool IsProvenOptimal);

/// <summary>What became of one strategy when several are compared: a result, or the reason why there is none.</summary>
public sealed record StrategyOutcome(Strategy Strategy, PlanResult? Result, string? Refusal);

/// <summary>One network of several that share the boards.</summary>
/// <param name="Costs">The network.</param>
/// <param name="Share">Its frames for every round of all networks, at least 1.</param>
public sealed record NetworkShare(NetworkCosts Costs, int Share);

/// <summary>
/// Plans of several networks made together. A board may appear in the plans of two networks that follow each other.
/// </summary>
/// <param name="Plans">One per network, in the order they were given.</param>
/// <param name="RoundNs">Modelled time between two rounds; network i delivers its share of frames in each.</param>
/// <param name="BoundNs">No joint plan of this form has a shorter round.</param>
/// <param name="IsProvenOptimal">Whether the search was exhaustive.</param>
public sealed record JointPlan(ImmutableArray<Plan> Plans, long RoundNs, long BoundNs, bool IsProvenOptimal);
