using System.Collections.Immutable;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Plans;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Planning;
using FpgaEdge.Planning.References;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>
/// The same plans on real processes: <c>fpgaedged</c> with a modelled stage behind its sockets. Slower than real time where
/// this machine's processors would otherwise be what is measured.
/// </summary>
internal static class ProcessSection
{
    private const int MostBoards = 6;
    private const int FramesToFill = 16;
    private const int FramesMeasured = 36;
    private const double FastestFps = 12;
    private const double Allowed = 0.05;
    private const long VirtualWindowBytes = 64L << 20;
    private static readonly TimeSpan FrameLimit = TimeSpan.FromMinutes(5);

    private sealed record Row(StrategyPlan Plan, int Factor, double Fps, string Trouble);

    public static async Task<PaperSection> OfAsync(
        PaperNetwork network, Action<string, int, int> progress, CancellationToken cancellation)
    {
        if (network.Planned is null)
        {
            return new PaperSection("Plans on real processes", [], [new("within 5 %", network.Missing, null)], [], []);
        }
        StrategyPlan[] plans = [.. Plans(network).Where(plan => plan.Result is not null).DistinctBy(plan => plan.Shape)];
        byte[] package = new Package(
            network.Planned.Graph, new InputPreprocessing(Compiler.Packages.ChannelOrder.AsGiven, [], []), [],
            new Provenance(network.Planned.File, [], "no cases", "")).Write();
        var rows = new List<Row>();
        foreach (StrategyPlan plan in plans)
        {
            progress($"{plan.Boards} processes, {PlanWords.Of(plan.Asked)}", rows.Count, plans.Length);
            rows.Add(await ExecuteAsync(plan, package, cancellation));
        }
        int within = rows.Count(row => row.Trouble.Length == 0 && Math.Abs((row.Fps / row.Plan.Fps) - 1) <= Allowed);
        return new PaperSection(
            $"Plans on real processes: {network.Name}",
            [
                $"Every distinct plan of 1 to {MostBoards} virtual Zynq-7020 boards, each board an fpgaedged process with its own socket and " +
                "cluster key, whose stages wait their modelled time (--modelled-compute). Time runs slower by the factor given, so that " +
                "at most twelve frames a second go through; loopback has no limit of its own, so link speeds are tried by the " +
                "simulator only.",
            ],
            [new("measured throughput within 5 % of the predicted one", $"{within} of {rows.Count} plans", within == rows.Count)],
            [
                new PaperTable("Predicted and measured throughput (in modelled time)",
                    ["boards", "strategy", "stages x boards", "slower by", "predicted frames/s", "measured frames/s", "deviation"],
                    [
                        .. rows.Select(row => (string[])
                        [
                            $"{row.Plan.Boards}", PlanWords.Of(row.Plan.Asked),
                            string.Join(" + ", row.Plan.Result!.Plan.Stages.Select(stage => stage.Boards.Length)), $"{row.Factor}",
                            $"{row.Plan.Fps:f3}", $"{row.Fps:f3}",
                            row.Trouble.Length > 0 ? row.Trouble : $"{Math.Round(100 * ((row.Fps / row.Plan.Fps) - 1), 2) + 0.0:+0.00;-0.00;0.00} %",
                        ]),
                    ]),
            ],
            []);
    }

    /// <summary>The plans that so many built-in boards will agree on.</summary>
    private static IEnumerable<StrategyPlan> Plans(PaperNetwork network)
    {
        var kind = BuiltInBoard.Description;
        for (int boards = 1; boards <= MostBoards; boards++)
        {
            Member[] members = [.. Enumerable.Range(1, boards).Select(id => new Member(
                new BoardId((ulong)id), 1, kind.Name, kind.Accelerator.Configuration.BitstreamName, kind.Accelerator.ClockHertz,
                kind.LinkBitsPerSecond, Math.Max(kind.Dma.ByteCount, VirtualWindowBytes)))];
            var view = new ClusterView([.. members], []);
            PlannedNetwork costed = network.Planned! with
            {
                Costs = NetworkCostTable.Compute(network.Planned!.Graph, network.Planned.Costs.Package, [BoardKind.Of(members[0])]),
            };
            foreach (Strategy strategy in StrategyPlans.Strategies.Where(at => at != Strategy.Auto))
            {
                PlanResult? result = Networks.Solve(view, costed.Costs, new PlannerOptions { Strategy = strategy });
                yield return new StrategyPlan(costed, network.Name, kind.Name, boards, view, strategy, result, "");
            }
        }
    }

    private static async Task<Row> ExecuteAsync(StrategyPlan plan, byte[] package, CancellationToken cancellation)
    {
        int factor = Math.Max(1, (int)Math.Ceiling(plan.Fps / FastestFps));
        LocalBoards boards = await LocalBoards.StartAsync(
            plan.Boards, null, cancellation, "--strategy", PlanWords.Of(plan.Asked), "--modelled-compute", $"{factor}");
        await using ClusterSession session = await ClusterSession.OpenOwnAsync(boards, plan.Boards, package, _ => { }, cancellation);
        int replicas = plan.Result!.Plan.Stages.Aggregate(1, (product, stage) => product * stage.Boards.Length);
        int measured = (FramesMeasured + replicas - 1) / replicas * replicas;
        byte[] input = new byte[plan.Network.Costs.InputTensors.Sum(tensor => plan.Network.Costs.Tensors[tensor].Bytes)];
        int frames = FramesToFill + measured + FramesToFill;
        long begin = 0, end = 0;
        await foreach (FrameOutcome outcome in session.StreamAsync(
            Enumerable.Repeat((ReadOnlyMemory<byte>)input, frames), FrameLimit, cancellation))
        {
            if (outcome.Output is null || outcome.Stages.Length != plan.Result.Plan.Stages.Length)
            {
                return new Row(plan, factor, 0, outcome.ErrorText.Length > 0 ? outcome.ErrorText : "another plan than predicted");
            }
            begin = outcome.Frame == FramesToFill - 1 ? TimeProvider.System.GetTimestamp() : begin;
            end = outcome.Frame == FramesToFill + measured - 1 ? TimeProvider.System.GetTimestamp() : end;
        }
        return new Row(plan, factor, measured * factor / TimeProvider.System.GetElapsedTime(begin, end).TotalSeconds, "");
    }
}
