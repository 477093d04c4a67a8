using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Plans several networks on one set of boards. The networks are put in a row and cut as one; every split of the boards
/// between the networks is among the cuts, so the joint plan is never worse than the best split.
/// </summary>
internal static class JointPlanner
{
    private const int MostNetworksInAllOrders = 4;

    /// <summary>The best joint plan; of several rows the one with the shortest round, the given order first.</summary>
    public static JointPlan Plan(
        ClusterView view, ImmutableArray<Member> members, ImmutableArray<NetworkShare> networks, PlannerOptions options)
    {
        Check(networks, options);
        ImmutableArray<NetworkProfile> profiles = [.. networks.Select(network => new NetworkProfile(network.Costs))];
        SolvedPlan? best = null;
        int[] bestOrder = [];
        var workload = new Workload((profiles[0], 1));
        long bound = long.MaxValue;
        bool proven = true;
        foreach (int[] order in Orders(networks.Length))
        {
            var row = new Workload([.. order.Select(index => (profiles[index], networks[index].Share))]);
            SolvedPlan solved = new StrategySolver(row, members, options).Solve(options.Strategy);
            proven &= solved.IsProven;
            bound = Math.Min(bound, solved.Bound);
            if (best is null || IsBetter(solved.Plan, best.Plan))
            {
                (best, bestOrder, workload) = (solved, order, row);
            }
        }
        var assembly = new PlanAssembly(workload, best!, null);
        ImmutableArray<Plan> plans =
            [.. networks.Select((_, index) => assembly.Plan(Array.IndexOf(bestOrder, index), options, view))];
        return new JointPlan(plans, best!.Plan.IntervalNs, bound, proven);
    }

    private static bool IsBetter(FoundPlan plan, FoundPlan than) =>
        plan.IntervalNs < than.IntervalNs || (plan.IntervalNs == than.IntervalNs && plan.LatencyNs < than.LatencyNs);

    private static void Check(ImmutableArray<NetworkShare> networks, PlannerOptions options)
    {
        if (networks.IsDefaultOrEmpty)
        {
            throw new PlanningException("a joint plan needs at least one network, none was given");
        }
        foreach (NetworkShare network in networks)
        {
            if (network.Share is < 1 or > 1000)
            {
                throw new PlanningException($"a share of {network.Share} frames per round: expected 1 to 1000");
            }
        }
        if (!options.Pins.IsEmpty || !options.Replicas.IsEmpty || options.Objective != Objective.Throughput)
        {
            throw new PlanningException(
                "a joint plan has the objective throughput and takes no pins or replicas: plan the networks one by "
                + "one");
        }
    }

    /// <summary>All rows of a few networks, in lexicographic order; of many only the given one.</summary>
    private static IEnumerable<int[]> Orders(int count)
    {
        if (count > MostNetworksInAllOrders)
        {
            return [[.. Enumerable.Range(0, count)]];
        }
        return Permutations([], count);
    }

    private static IEnumerable<int[]> Permutations(int[] start, int count)
    {
        if (start.Length == count)
        {
            return [start];
        }
        return Enumerable.Range(0, count).Where(next => !start.Contains(next))
            .SelectMany(next => Permutations([.. start, next], count));
    }
}
