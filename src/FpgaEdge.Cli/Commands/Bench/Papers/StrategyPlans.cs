using System.Collections.Immutable;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>One network on some boards under one strategy: a plan, or the reason why there is none.</summary>
internal sealed record StrategyPlan(
    PlannedNetwork Network, string Name, string Kind, int Boards, ClusterView View, Strategy Asked, PlanResult? Result,
    string Refusal)
{
    /// <summary>Frames per second, modelled.</summary>
    public double Fps => Result is null ? double.NaN : 1e9 / Result.Estimate.IntervalNs;

    /// <summary>Throughput over that of the boards each on their own.</summary>
    public double Efficiency => Result is null ? double.NaN : Network.Efficiency(View, Result.Estimate);

    /// <summary>Tensor megabytes per second into each board, stage by stage.</summary>
    public IEnumerable<double> LinkMegabytesPerSecond => Result is null ? [] : Result.Plan.Stages.Select((stage, index) =>
        Result.Estimate.Stages[index].ReceivedBytes * Fps / stage.Boards.Length / 1e6);

    /// <summary>Plans that cut alike and use as many boards are one plan, whatever strategy found them.</summary>
    public string Shape => Result is null ? "" : $"{Name}/{Kind}/" + string.Join(
        ',', Result.Plan.Stages.Select(stage => $"{stage.FirstNode}-{stage.LastNode}x{stage.Boards.Length}"));
}

/// <summary>The five networks on 1 to 12 Zynq-7020 and 1 to 5 UltraScale+ boards, under every strategy.</summary>
internal static class StrategyPlans
{
    private const long LinkBitsPerSecond = 1_000_000_000;
    private const long WindowBytes = 256L << 20;

    /// <summary>Kinds of boards with the most that are planned for.</summary>
    public static readonly (string Kind, int Most)[] Kinds = [("zynq7020", 12), ("ultra96", 5)];

    /// <summary>In the order of the tables.</summary>
    public static readonly Strategy[] Strategies =
        [Strategy.ScatterGather, Strategy.AiCoreAssignment, Strategy.Pipeline, Strategy.Fused, Strategy.Auto];

    /// <summary>What the figures rest on.</summary>
    public const string Assumptions =
        "Boards have links of 1 Gbit/s and DMA windows of 256 MiB; UltraScale+ boards are of the Ultra96 kind, VTA as " +
        "published (1x16x16, 100 MHz on Zynq-7020, 333 MHz on UltraScale+). VGG-16 is made by its published shape. " +
        "Energy counts all boards of a plan, idle share included (docs/PLANNING.md). Efficiency is throughput over " +
        "that of the boards each running the whole network on its own.";

    /// <summary>Boards of all kinds, for reading networks.</summary>
    public static ClusterView AllKinds => View(string.Join(',', Kinds.Select(kind => kind.Kind)));

    /// <summary>The imagined boards of a list such as zynq7020:4.</summary>
    public static ClusterView View(string boards) => BoardList.Parse(boards, LinkBitsPerSecond, WindowBytes).View;

    /// <summary>Makes all plans.</summary>
    public static ImmutableArray<StrategyPlan> Make(
        ImmutableArray<PaperNetwork> networks, Action<string, int, int> progress, CancellationToken cancellation)
    {
        var plans = ImmutableArray.CreateBuilder<StrategyPlan>();
        PaperNetwork[] present = [.. networks.Where(network => network.Planned is not null)];
        int total = present.Length * Kinds.Sum(kind => kind.Most) * Strategies.Length;
        foreach (PaperNetwork network in present)
        {
            foreach ((string kind, int most) in Kinds)
            {
                for (int boards = 1; boards <= most; boards++)
                {
                    ClusterView view = View($"{kind}:{boards}");
                    foreach (Strategy strategy in Strategies)
                    {
                        cancellation.ThrowIfCancellationRequested();
                        progress("planning", plans.Count, total);
                        plans.Add(Make(network.Planned!, network.Name, kind, boards, view, strategy));
                    }
                }
            }
        }
        return plans.ToImmutable();
    }

    private static StrategyPlan Make(
        PlannedNetwork network, string name, string kind, int boards, ClusterView view, Strategy strategy)
    {
        try
        {
            PlanResult result = Planner.Solve(view, network.Costs, new PlannerOptions { Strategy = strategy });
            return new StrategyPlan(network, name, kind, boards, view, strategy, result, "");
        }
        catch (PlanningException refusal)
        {
            return new StrategyPlan(network, name, kind, boards, view, strategy, null, refusal.Message);
        }
    }
}
