namespace FpgaEdge.Planning.Tests;

/// <summary>Pins and replica counts: obeyed, or refused with the reason.</summary>
[TestClass]
public sealed class PinTests
{
    private static readonly long[] Times = [4_000_000, 9_000_000, 5_000_000, 7_000_000, 3_000_000, 8_000_000];

    // Goal: every demand that can be met is met, by each strategy that may meet it. Method: cases on six boards (1 …
    // 4 Zynq, 5 and 6 UltraScale+) and six nodes; the stage of each pinned node is looked at.
    [TestMethod]
    [DataRow("1@3", "", Strategy.Auto)]
    [DataRow("1@3", "", Strategy.Pipeline)]
    [DataRow("0@6 5@1", "", Strategy.Auto)]
    [DataRow("0@6 5@1", "", Strategy.Pipeline)]
    [DataRow("2@2 3@2", "", Strategy.Auto)]
    [DataRow("1@1 3@1", "", Strategy.Pipeline)]
    [DataRow("", "1=3", Strategy.Auto)]
    [DataRow("", "1=2 5=1", Strategy.AiCoreAssignment)]
    [DataRow("1@2 1@3", "", Strategy.Auto)]
    [DataRow("1@2", "1=3", Strategy.Auto)]
    [DataRow("4@5", "0=2", Strategy.Fused)]
    [DataRow("2@1 2@5", "2=4", Strategy.AiCoreAssignment)]
    [DataRow("", "0=6", Strategy.ScatterGather)]
    [DataRow("0@1 0@2 0@3 0@4 0@5 0@6", "", Strategy.Auto)]
    public void Obeyed(string pins, string replicas, Strategy strategy)
    {
        PlannerOptions options = Options(pins, replicas, strategy);
        PlanResult result = Planner.Solve(View(), Networks.Chain(Times), options);
        foreach (NodePin pin in options.Pins)
        {
            PlanStage stage = StageOf(result.Plan, pin.Node);
            Assert.IsTrue(stage.Boards.Contains(pin.Board), $"node {pin.Node} is not on board {pin.Board}");
            if (!options.Replicas.Any(demand => demand.Node == pin.Node))
            {
                int asked = options.Pins.Count(other => other.Node == pin.Node);
                Assert.AreEqual(asked, stage.Boards.Length, $"node {pin.Node} runs on boards nobody named");
            }
        }
        foreach (NodeReplicas demand in options.Replicas)
        {
            Assert.AreEqual(demand.Boards, StageOf(result.Plan, demand.Node).Boards.Length);
        }
        int[] once = [.. result.Plan.Stages.SelectMany(s => s.Boards).GroupBy(board => board).Select(g => g.Count())];
        Assert.IsTrue(once.All(count => count == 1), "a board is in two stages");
    }

    // Goal: what cannot be obeyed is refused in one line that names the reason. Method: cases on the same boards.
    [TestMethod]
    [DataRow("9@1", "", Strategy.Auto, "nodes 0 to 5")]
    [DataRow("1@77", "", Strategy.Auto, "no such board")]
    [DataRow("", "1=0", Strategy.Auto, "at least 1")]
    [DataRow("", "1=7", Strategy.Auto, "view has 6")]
    [DataRow("", "1=2 1=3", Strategy.Auto, "give one number")]
    [DataRow("1@1 1@2 1@3", "1=2", Strategy.Auto, "raise the replicas")]
    [DataRow("", "1=2", Strategy.Pipeline, "one board per stage")]
    [DataRow("0@1 2@2 4@1", "", Strategy.Auto, "one contiguous range")]
    [DataRow("", "0=2 5=3", Strategy.ScatterGather, "one stage")]
    [DataRow("", "0=4 3=5", Strategy.Auto, "obeys")]
    [DataRow("0@1 5@2", "", Strategy.ScatterGather, "obeys")]
    public void Refused(string pins, string replicas, Strategy strategy, string reason)
    {
        var refusal = Assert.ThrowsExactly<PlanningException>(
            () => Planner.Plan(View(), Networks.Chain(Times), Options(pins, replicas, strategy)));
        StringAssert.Contains(refusal.Message, reason);
        Assert.IsFalse(refusal.Message.Contains('\n'));
    }

    // Goal: a pin to a board that cannot run the node, or cannot hold what lies between its pins, is refused.
    // Method: a kind without a time, and a small memory.
    [TestMethod]
    public void RefusedForKindAndMemory()
    {
        NetworkCosts costs = Networks.Chain(Times);
        NodeCost zynqOnly = costs.Nodes[2] with { TimeNs = costs.Nodes[2].TimeNs.Where(time => time.Key != Networks.Ultra).ToDictionary() };
        NetworkCosts limited = costs with { Nodes = costs.Nodes.SetItem(2, zynqOnly) };
        var refusal = Assert.ThrowsExactly<PlanningException>(
            () => Planner.Plan(View(), limited, Options("2@5", "", Strategy.Auto)));
        StringAssert.Contains(refusal.Message, "cannot run");
        ClusterView small = Networks.View([.. View().Members, Networks.Board(7, Networks.Zynq, memory: 6000)]);
        refusal = Assert.ThrowsExactly<PlanningException>(
            () => Planner.Plan(small, costs, Options("0@7 4@7", "", Strategy.Auto)));
        StringAssert.Contains(refusal.Message, "need");
    }

    // Goal: demands cost no more than they must. Method: exhaustive search over the plans that obey them.
    [TestMethod]
    public void ObeyedAtTheLeastInterval()
    {
        var random = new Random(41);
        for (int round = 0; round < 60; round++)
        {
            NetworkCosts costs = Networks.Random(random, random.Next(3, 7), [Networks.Zynq, Networks.Ultra]);
            ClusterView view = Networks.View(Enumerable.Range(1, 4).Select(
                id => Networks.Board((ulong)id, random.Next(2) == 0 ? Networks.Zynq : Networks.Ultra)));
            int node = random.Next(costs.Nodes.Length);
            var board = new BoardId((ulong)random.Next(1, 5));
            int other = random.Next(costs.Nodes.Length);
            int boards = random.Next(1, 4);
            bool same = other == node;
            var options = new PlannerOptions { Pins = [new(node, board)], Replicas = [new(other, boards)] };
            var exhaustive = new Exhaustive(view, costs)
            {
                Allows = stages => stages.All(stage =>
                    (!Holds(stage, node)
                        || (stage.Boards.Any(b => b.Id == board) && (same || stage.Boards.Length == 1)))
                    && (!Holds(stage, other) || stage.Boards.Length == boards)),
            };
            long best = exhaustive.Least(plan => (plan.IntervalNs, 0)).Primary;
            Assert.AreEqual(best, Interval(view, costs, options), $"round {round}");
        }
    }

    private static bool Holds(Exhaustive.Stage stage, int node) => node >= stage.First && node < stage.Last;

    private static long Interval(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        try
        {
            return Planner.Solve(view, costs, options).Estimate.IntervalNs;
        }
        catch (PlanningException)
        {
            return long.MaxValue;
        }
    }

    private static ClusterView View() => Networks.View(Enumerable.Range(1, 6).Select(
        id => Networks.Board((ulong)id, id <= 4 ? Networks.Zynq : Networks.Ultra)));

    private static PlanStage StageOf(Plan plan, int node) =>
        plan.Stages.Single(stage => node >= stage.FirstNode && node < stage.LastNode);

    /// <summary>Pins as "node@board …", replicas as "node=count …".</summary>
    private static PlannerOptions Options(string pins, string replicas, Strategy strategy) => new()
    {
        Strategy = strategy,
        Pins = [.. Pairs(pins, '@').Select(pair => new NodePin(pair.Left, new BoardId((ulong)pair.Right)))],
        Replicas = [.. Pairs(replicas, '=').Select(pair => new NodeReplicas(pair.Left, pair.Right))],
    };

    private static IEnumerable<(int Left, int Right)> Pairs(string text, char separator) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split(separator)).Select(
            parts => (int.Parse(parts[0]), int.Parse(parts[1])));
}
