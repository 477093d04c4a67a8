using FpgaEdge.Planning;
using FpgaEdge.Planning.References;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The planner against every plan there is, on all instances of a family.</summary>
internal sealed class FamilyScore
{
    private readonly FiniteFamily family;
    private long networks;
    private long instances;
    private long plans;
    private long equal;
    private long without;

    private FamilyScore(FiniteFamily family) => this.family = family;

    /// <summary>Instances tried.</summary>
    public long Instances => instances;

    /// <summary>Plans tried.</summary>
    public long Plans => plans;

    /// <summary>Instances on which the planner found what exhaustive search found.</summary>
    public long Equal => equal;

    /// <summary>Tries them all, on every processor.</summary>
    public static FamilyScore Of(FiniteFamily family, Action<string, int, int> progress, CancellationToken cancellation)
    {
        var score = new FamilyScore(family);
        int total = family.Networks.Count();
        var gate = new Lock();
        Parallel.ForEach(family.Networks, new ParallelOptions { CancellationToken = cancellation }, costs =>
        {
            score.Try(costs);
            lock (gate)
            {
                progress($"every instance of '{family.Name}'", (int)Interlocked.Increment(ref score.networks), total);
            }
        });
        return score;
    }

    /// <summary>One row per family.</summary>
    public static PaperTable Table(IEnumerable<FamilyScore> scores) => new(
        "Families of instances, enumerated",
        ["family", "networks", "boards", "mixes", "instances", "without any plan", "plans tried", "equal"],
        [
            .. scores.Select(score => (string[])
            [
                score.family.Name, score.family.Definition, $"1 to {FiniteFamily.MostBoards}", $"{score.family.Views.Length}",
                $"{score.instances:n0}", $"{score.without:n0}", $"{score.plans:n0}", $"{score.equal:n0}",
            ]),
        ]);

    private void Try(NetworkCosts costs)
    {
        foreach (ClusterView view in family.Views)
        {
            EveryPlan every = new EveryPlan(view, costs).Try();
            Interlocked.Add(ref plans, every.Plans);
            Interlocked.Increment(ref instances);
            Interlocked.Add(ref equal, IsEqual(view, costs, every) ? 1 : 0);
            Interlocked.Add(ref without, every.Plans == 0 ? 1 : 0);
        }
    }

    private static bool IsEqual(ClusterView view, NetworkCosts costs, EveryPlan every)
    {
        PlanEstimate? fastest = Networks.Solve(view, costs, PlannerOptions.Default)?.Estimate;
        PlanEstimate? shortest = Networks.Solve(view, costs, new PlannerOptions { Objective = Objective.Latency })?.Estimate;
        return every.Plans == 0
            ? fastest is null && shortest is null
            : (fastest?.IntervalNs, fastest?.LatencyNs) == every.Fastest && (shortest?.LatencyNs, shortest?.IntervalNs) == every.Shortest;
    }
}
