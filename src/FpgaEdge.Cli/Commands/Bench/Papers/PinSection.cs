using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Twenty demands on a plan of ResNet-18, as they are typed: obeyed, or refused with the reason.</summary>
internal static class PinSection
{
    private const string Boards = "zynq7020:10,ultra96:2";

    /// <summary>Pins and replicas, separated by spaces, the strategy, and a part of the refusal or null to obey.</summary>
    private static readonly (string Pins, string Replicas, Strategy Strategy, string? Refusal)[] Cases =
    [
        ("Conv_2=board3", "", Strategy.Auto, null),
        ("Conv_2=ultra96-1", "", Strategy.Pipeline, null),
        ("Conv_2=board12 Gemm_69=board1", "", Strategy.Auto, null),
        ("Conv_2=board12 Gemm_69=board1", "", Strategy.Pipeline, null),
        ("Conv_6=board2 Conv_9=board2", "", Strategy.Pipeline, null),
        ("Conv_13=board4 Conv_13=board5", "", Strategy.Auto, null),
        ("Conv_6*=board7", "", Strategy.AiCoreAssignment, null),
        ("", "Conv_2=3", Strategy.Auto, null),
        ("", "Conv_2=3 Gemm_69=2", Strategy.AiCoreAssignment, null),
        ("Conv_2=board2", "Conv_2=4", Strategy.Auto, null),
        ("Gemm_69=ultra96-2", "Conv_2=2", Strategy.Fused, null),
        ("", "Conv_2=12", Strategy.ScatterGather, null),
        ("Conv_2=board1 Conv_20=board2 Gemm_69=board1", "", Strategy.Auto, "one contiguous range"),
        ("Conv_2=board13", "", Strategy.Auto, "no board 'board13'"),
        ("layer9*=board1", "", Strategy.Auto, "no layer"),
        ("", "Conv_2=0", Strategy.Auto, "at least 1"),
        ("", "Conv_2=13", Strategy.Auto, "view has 12"),
        ("", "Conv_2=2 Conv_2=3", Strategy.Auto, "give one number"),
        ("Conv_2=board1 Conv_2=board2 Conv_2=board3", "Conv_2=2", Strategy.Auto, "raise the replicas"),
        ("", "Conv_2=2", Strategy.Pipeline, "one board per stage"),
    ];

    public static PaperSection Of(PaperNetwork network)
    {
        if (network.Planned is null)
        {
            return new PaperSection("Pins and replicas", [], [new("20 cases obeyed or refused", network.Missing, null)], [], []);
        }
        var rows = new List<string[]>();
        int right = 0;
        foreach ((string pins, string replicas, Strategy strategy, string? refusal) in Cases)
        {
            (string outcome, bool good) = Try(network.Planned, pins, replicas, strategy, refusal);
            right += good ? 1 : 0;
            rows.Add([pins, replicas, PlanWords.Of(strategy), refusal is null ? "obey" : "refuse", outcome, good ? "holds" : "MISSED"]);
        }
        return new PaperSection($"Pins and replicas: ResNet-18 on {Boards}", [],
            [new($"{Cases.Length} cases obeyed, or refused with the reason", $"{right} of {Cases.Length}", right == Cases.Length)],
            [new PaperTable("Cases", ["--pin", "--replicas", "strategy", "expected", "outcome", "verdict"], rows)], []);
    }

    private static (string Outcome, bool Good) Try(
        PlannedNetwork network, string pins, string replicas, Strategy strategy, string? refusal)
    {
        BoardList boards = BoardList.Parse(Boards, 1_000_000_000, 64 << 20);
        try
        {
            PlannerOptions options = new()
            {
                Strategy = strategy,
                Pins = [.. Words(pins).SelectMany(pin => PlanAction.Pins(pin, boards, network))],
                Replicas = [.. Words(replicas).SelectMany(demand => PlanAction.Replicas(demand, network))],
            };
            PlanResult result = Planner.Solve(boards.View, network.Costs, options);
            bool obeyed = options.Pins.All(pin => IsObeyed(result.Plan, pin, options))
                && options.Replicas.All(demand => StageOf(result.Plan, demand.Node).Boards.Length == demand.Boards);
            return ($"{PlanWords.Stages(result.Plan.Stages.Length)}, {1e9 / result.Estimate.IntervalNs:f2} frames/s", obeyed && refusal is null);
        }
        catch (Exception e) when (e is PlanningException or CliException)
        {
            return (e.Message, refusal is not null && e.Message.Contains(refusal) && !e.Message.Contains('\n'));
        }
    }

    /// <summary>Its stage has the named boards, and no others unless a number was asked for.</summary>
    private static bool IsObeyed(Plan plan, NodePin pin, PlannerOptions options)
    {
        PlanStage stage = StageOf(plan, pin.Node);
        int named = options.Pins.Where(other => StageOf(plan, other.Node) == stage).Select(other => other.Board).Distinct().Count();
        bool counted = options.Replicas.Any(demand => StageOf(plan, demand.Node) == stage);
        return stage.Boards.Contains(pin.Board) && (counted || stage.Boards.Length == named);
    }

    private static PlanStage StageOf(Plan plan, int node) =>
        plan.Stages.Single(stage => node >= stage.FirstNode && node < stage.LastNode);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
