using FpgaEdge.Planning;
using FpgaEdge.Planning.References;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Plans against every plan there is, against a published programme, and against themselves.</summary>
internal static class ExactnessSection
{
    private const int Permutations = 100_000;
    private const int ExhaustiveInstances = 400;
    private const int PipeEdgeInstances = 1000;
    private const ulong Seed = 9;
    private const int QuickLayers = 4;
    private const int FullLayers = 8;

    /// <param name="full">Families of up to eight layers instead of four: millions of instances, minutes.</param>
    /// <param name="progress">Told what is being tried.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static PaperSection Of(bool full, Action<string, int, int> progress, CancellationToken cancellation)
    {
        int hashes = PlansOfPermutations(progress, cancellation);
        (int equal, int infeasible) = EqualToExhaustive(progress, cancellation);
        PipeEdgeScore score = AgainstPipeEdge(progress, cancellation);
        FamilyScore[] families =
            [.. FiniteFamily.All(full ? FullLayers : QuickLayers).Select(family => FamilyScore.Of(family, progress, cancellation))];
        return new PaperSection(
            "Exactness",
            [
                "Random instances: networks with skip connections, boards of three kinds, links of 100 Mbit/s and 1 Gbit/s, " +
                "memories that bind. The exhaustive search and PipeEdge's dynamic programme share no code with the planner.",
                $"Families: every network of the definition on every mix of one to {FiniteFamily.MostBoards} boards of two kinds, of which one " +
                "is three times as fast; every cut and every division of the boards is tried for each, nothing is sampled. A plan depends " +
                "on a network's graph only through the bytes that cross its cuts, so one graph per sequence of crossing tensors stands " +
                (full ? "for all." : $"for all. '--only exactness --full' enumerates up to {FullLayers} layers."),
            ],
            [
                new("identical bytes over 100,000 orders of arrival", $"{hashes} plan over {Permutations:n0} orders of 6 mixed boards",
                    hashes == 1),
                new($"equal to exhaustive search on every instance of {families.Length} families of up to {(full ? FullLayers : QuickLayers)} layers",
                    $"interval, latency with it, and least latency equal on {families.Sum(family => family.Equal):n0} of " +
                    $"{families.Sum(family => family.Instances):n0} instances; {families.Sum(family => family.Plans):n0} plans tried",
                    families.All(family => family.Equal == family.Instances)),
                new("equal to exhaustive search, random networks of up to 8 layers on up to 5 mixed boards",
                    $"interval and latency equal on {equal} of {ExhaustiveInstances} instances ({infeasible} of them without any plan)",
                    equal == ExhaustiveInstances),
                new("never worse than PipeEdge's dynamic programme on 1,000 random heterogeneous instances",
                    $"pipelines worse on {score.Worse}, equal on {score.Equal}, better on {score.Better}; " +
                    $"with replicated stages better on {score.ReplicatedBetter}",
                    score.Worse == 0),
            ],
            [FamilyScore.Table(families)], []);
    }

    /// <summary>Distinct plans over random orders of one view.</summary>
    private static int PlansOfPermutations(Action<string, int, int> progress, CancellationToken cancellation)
    {
        var random = new Random((int)Seed);
        NetworkCosts costs = Networks.Random(random, 5, [Networks.Zynq, Networks.Ultra]);
        Member[] members =
        [
            .. Enumerable.Range(1, 6).Select(id => Networks.Board(
                (ulong)id, id % 3 == 0 ? Networks.Ultra : Networks.Zynq, id == 4 ? 100_000_000 : 1_000_000_000)),
        ];
        var hashes = new HashSet<PlanHash>();
        for (int round = 0; round < Permutations; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress("orders of arrival", round, Permutations);
            random.Shuffle(members);
            hashes.Add(Planner.Plan(Networks.View(members), costs, PlannerOptions.Default).Hash);
        }
        return hashes.Count;
    }

    private static (int Equal, int Infeasible) EqualToExhaustive(Action<string, int, int> progress, CancellationToken cancellation)
    {
        var random = new Random((int)Seed + 1);
        (int equal, int infeasible) = (0, 0);
        for (int round = 0; round < ExhaustiveInstances; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress("exhaustive search", round, ExhaustiveInstances);
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 8, mostBoards: 5);
            (long interval, long latency) = new Exhaustive(view, costs).Least(plan => (plan.IntervalNs, plan.LatencyNs));
            PlanEstimate? found = Networks.Solve(view, costs, PlannerOptions.Default)?.Estimate;
            equal += (found?.IntervalNs ?? long.MaxValue) == interval && (found?.LatencyNs ?? long.MaxValue) == latency ? 1 : 0;
            infeasible += interval == long.MaxValue ? 1 : 0;
        }
        return (equal, infeasible);
    }

    private static PipeEdgeScore AgainstPipeEdge(Action<string, int, int> progress, CancellationToken cancellation)
    {
        var random = new Random((int)Seed);
        var score = new PipeEdgeScore();
        for (int round = 0; round < PipeEdgeInstances; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress("PipeEdge", round, PipeEdgeInstances);
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 12, mostBoards: 6);
            // PipeEdge knows no client; both sides are held to what the client's link allows.
            long client = Networks.ClientNs(view, [new NetworkShare(costs, 1)]);
            long theirs = new PipeEdge(view, costs).Bottleneck() is { } bottleneck ? Math.Max(bottleneck, client) : long.MaxValue;
            var pipeline = new PlannerOptions { Strategy = Strategy.Pipeline };
            long ours = Networks.Solve(view, costs, pipeline)?.Estimate.IntervalNs ?? long.MaxValue;
            long best = Networks.Solve(view, costs, PlannerOptions.Default)?.Estimate.IntervalNs ?? long.MaxValue;
            score.Worse += ours > theirs ? 1 : 0;
            score.Equal += ours == theirs ? 1 : 0;
            score.Better += ours < theirs ? 1 : 0;
            score.ReplicatedBetter += best < theirs ? 1 : 0;
        }
        return score;
    }

    private sealed class PipeEdgeScore
    {
        public int Worse { get; set; }

        public int Equal { get; set; }

        public int Better { get; set; }

        public int ReplicatedBetter { get; set; }
    }
}
