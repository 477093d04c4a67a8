using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Decides which board runs which layers. A pure function: the same view, costs and options give the same bytes on
/// every machine, whatever the order in which members were learned.
/// </summary>
public static class Planner
{
    /// <summary>The best plan for one network on the boards of a view.</summary>
    /// <exception cref="PlanningException">
    /// The view is empty, or no arrangement fits the boards, obeys the pins or keeps the bounds.
    /// </exception>
    public static Plan Plan(ClusterView view, NetworkCosts costs, PlannerOptions options) =>
        Solve(view, costs, options).Plan;

    /// <summary>The same plan with its figures and the bound on what any plan could reach.</summary>
    /// <exception cref="PlanningException">As for <see cref="Plan"/>.</exception>
    public static PlanResult Solve(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        ImmutableArray<Member> members = CheckedMembers(view);
        var workload = new Workload((new NetworkProfile(costs), 1));
        SolvedPlan solved = new StrategySolver(workload, members, options).Solve(options.Strategy);
        PinTable? pins = PinTable.Of(members, workload, options);
        Plan plan = new PlanAssembly(workload, solved, pins).Plan(0, options, view);
        PlanEstimate estimate = PlanEstimate.Of(plan, view, costs, options.ClientLinkBitsPerSecond);
        long bound = options.Objective == Objective.Energy ? (solved.Bound + 999) / 1000 : solved.Bound;
        return new PlanResult(plan, estimate, bound, solved.IsProven);
    }

    /// <summary>Every strategy under the same objective and bounds, the automatic choice first.</summary>
    public static ImmutableArray<StrategyOutcome> Compare(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        var outcomes = ImmutableArray.CreateBuilder<StrategyOutcome>();
        foreach (Strategy strategy in Enum.GetValues<Strategy>())
        {
            try
            {
                PlanResult result = Solve(view, costs, options with { Strategy = strategy });
                outcomes.Add(new StrategyOutcome(strategy, result, null));
            }
            catch (PlanningException refusal)
            {
                outcomes.Add(new StrategyOutcome(strategy, null, refusal.Message));
            }
        }
        return outcomes.ToImmutable();
    }

    /// <summary>Plans for several networks that share the boards; see <see cref="JointPlan"/>.</summary>
    /// <exception cref="PlanningException">
    /// As for <see cref="Plan"/>, and for pins, which a joint plan does not take.
    /// </exception>
    public static JointPlan PlanJointly(
        ClusterView view, ImmutableArray<NetworkShare> networks, PlannerOptions options) =>
        JointPlanner.Plan(view, CheckedMembers(view), networks, options);

    private static ImmutableArray<Member> CheckedMembers(ClusterView view)
    {
        if (view.Members.IsDefaultOrEmpty)
        {
            throw new PlanningException("a plan needs at least one board, the view has none: start a board");
        }
        ImmutableArray<Member> members = [.. view.Members.OrderBy(member => member.Id)];
        for (int index = 0; index < members.Length; index++)
        {
            Member member = members[index];
            if (index > 0 && member.Id == members[index - 1].Id)
            {
                throw new PlanningException($"board {member.Id} is in the view twice: identities must be unique");
            }
            if (member.LinkBitsPerSecond <= 0 || member.MemoryBytes <= 0)
            {
                throw new PlanningException(
                    $"board {member.Id} announces a link of {member.LinkBitsPerSecond} bit/s and {member.MemoryBytes} "
                    + "bytes of memory: both must be positive");
            }
        }
        return members;
    }
}
