using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The cluster paper's tables: strategies over networks and numbers of boards.</summary>
internal static class StrategySection
{
    private const double AskedEfficiency = 0.92;

    public static PaperSection Of(ImmutableArray<PaperNetwork> networks, ImmutableArray<StrategyPlan> plans)
    {
        var notes = new List<string> { StrategyPlans.Assumptions };
        notes.AddRange(networks.Where(network => network.Planned is null)
            .Select(network => $"{network.Name} is missing: {network.Missing}."));
        string[] names = [.. plans.Select(plan => plan.Name).Distinct()];
        return new PaperSection(
            "Strategies: networks, boards, strategies (modelled)", notes, Claims(plans),
            [
                Largest(plans),
                .. names.Select(name => Throughput(name, plans)),
                .. names.Select(name => Everything(name, plans)),
            ],
            [
                .. names.SelectMany(name => StrategyPlans.Kinds.Select(kind => Plot(name, kind.Kind, kind.Most, plans))),
            ]);
    }

    private static PaperClaim[] Claims(ImmutableArray<StrategyPlan> plans)
    {
        StrategyPlan? twelve = plans.FirstOrDefault(plan => plan is
            { Name: "ResNet-18", Kind: "zynq7020", Boards: 12, Asked: Strategy.Auto });
        StrategyPlan? pipeline = plans.FirstOrDefault(plan => plan is
            { Name: "ResNet-18", Kind: "zynq7020", Boards: 12, Asked: Strategy.Pipeline });
        double cut = twelve is null ? 0 : 1 - (1 / (12 * twelve.Efficiency));
        int proven = plans.Count(plan => plan.Result?.IsProvenOptimal == true && plan.Asked != Strategy.Fused);
        int made = plans.Count(plan => plan.Result is not null && plan.Asked != Strategy.Fused);
        int refused = plans.Count(plan => plan.Result is null);
        // A pipeline within 5 % of the best is shown by its bound: no pipeline is faster than that.
        double worst = plans.Where(plan => plan.Asked == Strategy.Pipeline && plan.Result is not null)
            .Select(plan => ((double)plan.Result!.Estimate.IntervalNs / plan.Result.Bound) - 1).DefaultIfEmpty(0).Max();
        return
        [
            new("ResNet-18 on 12 Zynq-7020 over 1 GbE: efficiency at least 92 % (the follow-up paper's best, a 90 % cut " +
                "in time, is 83 %)",
                twelve is null ? "no network" : $"{100 * twelve.Efficiency:f1} %, {twelve.Fps:f1} frames/s by " +
                    $"{PlanWords.Of(twelve.Result!.Plan.Strategy)}: a cut of {100 * cut:f1} % " +
                    $"(pipeline {100 * pipeline!.Efficiency:f1} %)",
                twelve is null ? null : twelve.Efficiency >= AskedEfficiency),
            new("pipelines within 5 % of the best pipeline there is", $"largest distance to the proven bound {100 * worst:f2} %",
                worst <= 0.05),
            new("every plan of every strategy", $"{made + plans.Count(plan => plan.Asked == Strategy.Fused && plan.Result is not null)} " +
                $"plans, {proven} of {made} proven optimal (fused trades throughput for bytes), {refused} refused", true),
        ];
    }

    private static PaperTable Largest(ImmutableArray<StrategyPlan> plans) => new(
        "Frames per second and efficiency on all boards of a kind (modelled)",
        ["network", "boards", .. StrategyPlans.Strategies.Select(PlanWords.Of), "latency of auto, ms", "mJ/frame of auto"],
        [
            .. StrategyPlans.Kinds.SelectMany(kind => plans.Where(plan => plan.Kind == kind.Kind && plan.Boards == kind.Most)
                .GroupBy(plan => plan.Name).Select(group => (string[])
                [
                    group.Key, $"{kind.Most} {kind.Kind}", .. group.Select(plan => $"{Fps(plan)} ({Percent(plan.Efficiency)})"),
                    $"{group.Last().Result?.Estimate.LatencyNs / 1e6:f2}", $"{group.Last().Result?.Estimate.EnergyNanojoules / 1e6:f1}",
                ])),
        ]);

    private static PaperTable Throughput(string name, ImmutableArray<StrategyPlan> plans)
    {
        string[] headings = ["boards", .. StrategyPlans.Strategies.Select(PlanWords.Of), "auto, efficiency"];
        var rows = plans.Where(plan => plan.Name == name).GroupBy(plan => (plan.Kind, plan.Boards)).Select(group =>
            (string[])[$"{group.Key.Boards} {group.Key.Kind}", .. group.Select(Fps), Percent(group.Last().Efficiency)]);
        return new PaperTable($"{name}, frames per second (modelled)", headings, [.. rows]) { IsSummary = false };
    }

    private static PaperTable Everything(string name, ImmutableArray<StrategyPlan> plans)
    {
        string[] headings =
        [
            "boards", "strategy", "frames/s", "latency ms", "mJ/frame", "efficiency", "stages x boards", "MB/s into each board, by stage",
        ];
        var rows = plans.Where(plan => plan.Name == name).Select(plan => plan.Result is not { } result
            ? (string[])[Boards(plan), PlanWords.Of(plan.Asked), "-", "-", "-", "-", "-", plan.Refusal]
            :
            [
                Boards(plan), PlanWords.Of(plan.Asked), Fps(plan), $"{result.Estimate.LatencyNs / 1e6:f2}",
                $"{result.Estimate.EnergyNanojoules / 1e6:f1}", Percent(plan.Efficiency),
                string.Join(" + ", result.Plan.Stages.Select(stage => stage.Boards.Length)),
                string.Join(" > ", plan.LinkMegabytesPerSecond.Select(rate => $"{rate:f2}")),
            ]);
        return new PaperTable($"{name}, all figures (modelled)", headings, [.. rows]) { IsSummary = false };
    }

    private static string Plot(string name, string kind, int most, ImmutableArray<StrategyPlan> plans) => Chart.Lines(
        $"{name}, frames/s", $"{kind} boards", [.. Enumerable.Range(1, most).Select(boards => $"{boards}")],
        [
            .. StrategyPlans.Strategies.Select(strategy => (PlanWords.Of(strategy), plans
                .Where(plan => plan.Name == name && plan.Kind == kind && plan.Asked == strategy)
                .Select(plan => plan.Fps).ToArray())),
        ]);

    private static string Boards(StrategyPlan plan) => $"{plan.Boards} {plan.Kind}";

    private static string Fps(StrategyPlan plan) => double.IsNaN(plan.Fps) ? "-" : $"{plan.Fps:f2}";

    private static string Percent(double share) => double.IsNaN(share) ? "-" : $"{100 * share:f1} %";
}
