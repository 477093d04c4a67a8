using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>
/// Plans of up to six boards carried out by the boards' own protocol under a virtual clock: stages take their modelled
/// time, datagrams occupy links of the modelled speed, everything else is the code that runs on boards.
/// </summary>
internal static class ExecutionSection
{
    private const int MostBoards = 6;
    private const int FramesToFill = 24;
    private const int FramesMeasured = 24;
    private const int FramesToEmpty = 16;
    private const double Allowed = 0.05;

    private sealed record Executed(StrategyPlan Plan, double Fps, string Trouble)
    {
        public double Deviation => (Fps / Plan.Fps) - 1;
    }

    public static PaperSection Of(
        ImmutableArray<StrategyPlan> plans, Action<string, int, int> progress, CancellationToken cancellation)
    {
        StrategyPlan[] asked = [.. plans.Where(plan => plan.Result is not null && plan.Boards <= MostBoards)];
        StrategyPlan[] distinct = [.. asked.DistinctBy(plan => plan.Shape)];
        var results = new Dictionary<string, Executed>();
        foreach (StrategyPlan plan in distinct)
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"executing {plan.Name} on {plan.Boards} {plan.Kind}", results.Count, distinct.Length);
            results[plan.Shape] = Execute(plan);
        }
        Executed[] all = [.. asked.Select(plan => results[plan.Shape] with { Plan = plan })];
        Executed? worst = all.MaxBy(result => result.Trouble.Length > 0 ? 99 : Math.Abs(result.Deviation));
        int within = all.Count(result => result.Trouble.Length == 0 && Math.Abs(result.Deviation) <= Allowed);
        return new PaperSection(
            "Plans executed on virtual boards",
            [
                $"Each plan of up to {MostBoards} boards was streamed by the deterministic cluster simulator: the boards' own node, " +
                "client and wire code under a virtual clock, 1 Gbit/s links on which datagrams queue, 0.1 ms of switch delay, " +
                $"stages that take their modelled time. {FramesToFill} frames fill the pipeline, at least {FramesMeasured} are " +
                "measured. Every byte that arrives is compared. Plans that cut alike are executed once.",
            ],
            [
                new("measured throughput within 5 % of the predicted one",
                    worst is null ? "no plans" : $"{within} of {all.Length} plans ({distinct.Length} distinct); largest deviation " +
                        $"{Percent(worst.Deviation)} ({worst.Plan.Name}, {worst.Plan.Boards} {worst.Plan.Kind}, " +
                        $"{PlanWords.Of(worst.Plan.Asked)}){worst.Trouble}",
                    worst is null ? null : within == all.Length),
            ],
            [Summary(all), Table(all)], []);
    }

    private static Executed Execute(StrategyPlan plan)
    {
        int round = plan.Result!.Plan.Stages.Aggregate(1, (common, stage) => LeastCommon(common, stage.Boards.Length));
        int measured = (FramesMeasured + round - 1) / round * round;
        SimulationResult run = ClusterSimulation.Run(new SimulationOptions
        {
            Seed = 1,
            Boards = [.. plan.View.Members.Select(member => member with { Incarnation = 0 })],
            Models = [new SimulatedModel(plan.Network.Costs)],
            LinksHaveSpeed = true,
            Frames = FramesToFill + measured + FramesToEmpty,
            Planning = new PlannerOptions { Strategy = plan.Asked },
            // Everybody knows everybody before the first frame, so that there is one plan from the first to the last.
            ClientStartNs = 3_000_000_000,
            DeadlineNs = long.MaxValue / 4,
            LimitNs = long.MaxValue / 4,
            ExpectResults = true,
        });
        string trouble = run.Violations.Length > 0 ? $", {run.Violations[0]}" : "";
        if (run.ResultsNs.Length < FramesToFill + measured)
        {
            return new Executed(plan, 0, $"{trouble}, only {run.ResultsNs.Length} results");
        }
        long took = run.ResultsNs[FramesToFill + measured - 1] - run.ResultsNs[FramesToFill - 1];
        return new Executed(plan, measured * 1e9 / took, trouble);
    }

    private static PaperTable Summary(Executed[] all) => new(
        "Deviation of measured from predicted throughput", ["network", "boards", "plans", "mean", "least", "largest"],
        [
            .. all.GroupBy(result => (result.Plan.Name, result.Plan.Kind)).Select(group => (string[])
            [
                group.Key.Name, $"1 to {group.Max(result => result.Plan.Boards)} {group.Key.Kind}", $"{group.Count()}",
                Percent(group.Average(result => result.Deviation)), Percent(group.Min(result => result.Deviation)),
                Percent(group.Max(result => result.Deviation)),
            ]),
        ]);

    private static PaperTable Table(Executed[] all) => new(
        "Predicted and measured throughput, plan by plan",
        ["network", "boards", "strategy", "stages x boards", "predicted frames/s", "measured frames/s", "deviation"],
        [
            .. all.Select(result => (string[])
            [
                result.Plan.Name, $"{result.Plan.Boards} {result.Plan.Kind}", PlanWords.Of(result.Plan.Asked),
                string.Join(" + ", result.Plan.Result!.Plan.Stages.Select(stage => stage.Boards.Length)),
                $"{result.Plan.Fps:f3}", $"{result.Fps:f3}", Percent(result.Deviation),
            ]),
        ])
    { IsSummary = false };

    private static string Percent(double share) => $"{Math.Round(100 * share, 2) + 0.0:+0.00;-0.00;0.00} %";

    private static int LeastCommon(int a, int b)
    {
        int multiple = a;
        while (multiple % b != 0)
        {
            multiple += a;
        }
        return multiple;
    }
}
