using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>A strategy's best partition.</summary>
/// <param name="Strategy">The strategy that describes it.</param>
/// <param name="Plan">The partition.</param>
/// <param name="Classes">What its groups count.</param>
/// <param name="Bound">Best possible value of the objective; energy in picojoules.</param>
/// <param name="IsProven">Whether nothing is better.</param>
internal sealed record SolvedPlan(
    Strategy Strategy, FoundPlan Plan, ImmutableArray<BoardClass> Classes, long Bound, bool IsProven);

/// <summary>
/// The strategies as limits on one search. Their definitions are ours where the papers give only names: pipeline has
/// one board per stage; scatter-gather has one stage; AI-core assignment has at least two stages, each with the
/// number of boards that its cost deserves; fused is the plan with the fewest bytes between boards among those whose
/// interval is at most a twentieth above the best of AI-core assignment.
/// </summary>
internal sealed class StrategySolver
{
    private const int FusedSlackDivisor = 20;

    private readonly Workload workload;
    private readonly ImmutableArray<Member> members;
    private readonly PinTable? pins;
    private readonly PlannerOptions options;

    public StrategySolver(Workload workload, ImmutableArray<Member> members, PlannerOptions options)
    {
        this.workload = workload;
        this.members = members;
        this.options = options;
        pins = PinTable.Of(members, workload, options);
    }

    /// <summary>The best plan of a strategy.</summary>
    /// <exception cref="PlanningException">There is none; the message says why.</exception>
    public SolvedPlan Solve(Strategy strategy) => strategy switch
    {
        Strategy.Pipeline => Solve(strategy, GroupShape.OneBoard, WholeNetwork.Allowed),
        Strategy.ScatterGather => Solve(strategy, GroupShape.Any, WholeNetwork.Only),
        Strategy.AiCoreAssignment or Strategy.Fused => Solve(strategy, GroupShape.Any, SeveralStages),
        Strategy.Auto => SolveAuto(),
        _ => throw new PlanningException($"strategy {(int)strategy} is unknown: use one of the five"),
    };

    private WholeNetwork SeveralStages =>
        members.Length > 1 && workload.NodeCount > 1 ? WholeNetwork.Never : WholeNetwork.Allowed;

    /// <summary>
    /// All plans are those of AI-core assignment with one stage allowed. When that space is too large to be searched
    /// completely, the smaller spaces of the other strategies may still hold a better plan.
    /// </summary>
    private SolvedPlan SolveAuto()
    {
        SolvedPlan best = Solve(Strategy.Auto, GroupShape.Any, WholeNetwork.Allowed);
        long bound = best.Bound;
        if (!best.IsProven)
        {
            foreach (Strategy strategy in (Strategy[])[Strategy.ScatterGather, Strategy.Pipeline])
            {
                SolvedPlan? other = TrySolve(strategy);
                best = other is not null && Compare(other.Plan, best.Plan) < 0 ? other : best;
            }
        }
        return best with { Strategy = Describe(best.Plan), Bound = bound };
    }

    private SolvedPlan? TrySolve(Strategy strategy)
    {
        try
        {
            return Solve(strategy);
        }
        catch (PlanningException)
        {
            return null;
        }
    }

    private int Compare(FoundPlan left, FoundPlan right)
    {
        int order = Value(left).CompareTo(Value(right));
        return order != 0 ? order : left.LatencyNs.CompareTo(right.LatencyNs);
    }

    private long Value(FoundPlan plan) => options.Objective switch
    {
        Objective.Latency => plan.LatencyNs,
        Objective.Energy => plan.EnergyPicojoules,
        _ => plan.IntervalNs,
    };

    private static Strategy Describe(FoundPlan plan)
    {
        if (plan.Stages.All(stage => stage.Group.BoardCount <= 1))
        {
            return Strategy.Pipeline;
        }
        return plan.Stages.Length == 1 ? Strategy.ScatterGather : Strategy.AiCoreAssignment;
    }

    private SolvedPlan Solve(Strategy strategy, GroupShape shape, WholeNetwork whole)
    {
        var search = new PlanSearch(workload, members, pins, options.ClientLinkBitsPerSecond, shape, whole);
        long least = search.LeastIntervalNs();
        if (least >= StageSearch.Unreachable)
        {
            throw Refusals.NothingFits(members, workload, options, strategy);
        }
        Refusals.CheckInterval(least, options);
        return options.Objective switch
        {
            Objective.Latency => ForLatency(strategy, search),
            Objective.Energy => ForEnergy(strategy, search, least),
            _ => ForThroughput(strategy, search, least),
        };
    }

    private SolvedPlan ForThroughput(Strategy strategy, PlanSearch search, long least)
    {
        bool proven = search.IntervalBoundNs >= least;
        FoundPlan best = search.WithinInterval(least)!;
        if (strategy == Strategy.Fused)
        {
            long allowed = Math.Min(least + (least / FusedSlackDivisor), options.MaximumIntervalNs ?? long.MaxValue);
            best = search.LeastTraffic(allowed)!;
        }
        if (!IsWithin(best))
        {
            best = Relax(search, least);
            proven = proven && options.MaximumEnergyNanojoules is null;
            return new SolvedPlan(strategy, best, search.Classes, proven ? best.IntervalNs : least, proven);
        }
        // Least traffic is not least interval, so for fused the bound says what the slack cost.
        proven = proven && strategy != Strategy.Fused;
        return new SolvedPlan(strategy, best, search.Classes, search.IntervalBoundNs, proven);
    }

    /// <summary>
    /// The least interval that keeps the bounds on latency and energy, by halving: a longer interval allows more plans.
    /// </summary>
    private FoundPlan Relax(PlanSearch search, long least)
    {
        long most = options.MaximumIntervalNs ?? StageSearch.Unreachable - 1;
        FoundPlan? best = WithinBounds(search, least, most);
        if (best is null)
        {
            throw Refusals.BoundsUnreachable(search.LeastLatency(most), options);
        }
        long low = least;
        while (low < best.IntervalNs)
        {
            long middle = low + ((best.IntervalNs - low) / 2);
            FoundPlan? found = WithinBounds(search, least, middle);
            if (found is null)
            {
                low = middle + 1;
            }
            else
            {
                best = found;
            }
        }
        return best;
    }

    private FoundPlan? WithinBounds(PlanSearch search, long least, long intervalNs)
    {
        FoundPlan? fast = search.WithinInterval(intervalNs);
        if (fast is not null && IsWithin(fast))
        {
            return fast;
        }
        if (options.MaximumEnergyNanojoules is null)
        {
            return null;
        }
        FoundPlan? frugal = search.LeastEnergy(least, intervalNs, null)?.Plan;
        return frugal is not null && IsWithin(frugal) ? frugal : null;
    }

    private SolvedPlan ForLatency(Strategy strategy, PlanSearch search)
    {
        long most = options.MaximumIntervalNs ?? StageSearch.Unreachable - 1;
        BoardSpace? space = search.SpaceForSums();
        FoundPlan? best = search.LeastLatency(most) ?? search.WithinInterval(most);
        if (best is not null && !IsWithin(best))
        {
            best = search.LeastEnergy(search.LeastIntervalNs(), most, space)?.Plan;
        }
        if (best is null || !IsWithin(best))
        {
            throw Refusals.BoundsUnreachable(best, options);
        }
        // More boards in a stage never make one frame faster, so without other demands single boards hold the best.
        bool free = options.MaximumIntervalNs is null && options.MaximumEnergyNanojoules is null && pins is null;
        bool proven = search.IsProvenLatency || search.IsComplete(space) || (space is not null && free);
        long bound = proven ? best.LatencyNs : Math.Min(best.LatencyNs, search.LatencyBoundNs());
        return new SolvedPlan(strategy, best, search.Classes, bound, proven || bound == best.LatencyNs);
    }

    private SolvedPlan ForEnergy(Strategy strategy, PlanSearch search, long least)
    {
        var energy = new EnergySearch(search, IsWithin);
        (FoundPlan? best, long bound) = energy.Run(least, options.MaximumIntervalNs ?? StageSearch.Unreachable - 1);
        if (best is null)
        {
            throw Refusals.BoundsUnreachable(search.LeastLatency(StageSearch.Unreachable - 1), options);
        }
        bool proven = bound >= best.EnergyPicojoules - (best.EnergyPicojoules / EnergySearch.Tolerance);
        return new SolvedPlan(strategy, best, search.Classes, Math.Min(bound, best.EnergyPicojoules), proven);
    }

    private bool IsWithin(FoundPlan plan) =>
        plan.LatencyNs <= (options.MaximumLatencyNs ?? long.MaxValue)
        && plan.IntervalNs <= (options.MaximumIntervalNs ?? long.MaxValue)
        && (plan.EnergyPicojoules + 999) / 1000 <= (options.MaximumEnergyNanojoules ?? long.MaxValue);
}
