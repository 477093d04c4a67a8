namespace FpgaEdge.Planning.Tests;

/// <summary>The rules every plan keeps, on instances small enough to know the answer by hand.</summary>
[TestClass]
public sealed class PlannerTests
{
    private static readonly PlannerOptions Pipeline = new() { Strategy = Strategy.Pipeline };

    // Goal: equal layers on as many equal boards give one layer per board. Method: known answer.
    [TestMethod]
    public void EqualLayersSpreadEvenly()
    {
        Plan plan = Planner.Plan(
            Networks.Zynqs(4), Networks.Chain([9_000_000, 9_000_000, 9_000_000, 9_000_000]), Pipeline);
        CollectionAssert.AreEqual(new[] { 1, 2, 3, 4 }, plan.Stages.Select(stage => stage.LastNode).ToArray());
        Assert.IsTrue(plan.Stages.All(stage => stage.Boards.Length == 1 && stage.ComputeNs == 9_000_000));
        Assert.AreEqual(4, plan.Stages.SelectMany(stage => stage.Boards).Distinct().Count());
    }

    // Goal: boards that cannot help stay unused, and no stage is empty. Method: one layer dominates; more boards
    // than layers.
    [TestMethod]
    public void NeverAStageWithoutNodes()
    {
        Plan plan = Planner.Plan(Networks.Zynqs(8), Networks.Chain([1_000_000, 50_000_000, 1_000_000]), Pipeline);
        Assert.IsTrue(plan.Stages.Length <= 3);
        Assert.IsTrue(plan.Stages.All(stage => stage.FirstNode < stage.LastNode));
        Assert.AreEqual(50_000_000, plan.Stages.Max(stage => stage.ComputeNs));
    }

    // Goal: among plans of the same interval the one of lower latency wins. Method: the first layer sets the
    // interval, so a third board would only add a transfer.
    [TestMethod]
    public void TiesGoToTheLowerLatency()
    {
        Plan plan = Planner.Plan(Networks.Zynqs(3), Networks.Chain([10_000_000, 4_000_000, 4_000_000]), Pipeline);
        CollectionAssert.AreEqual(new[] { 1, 3 }, plan.Stages.Select(stage => stage.LastNode).ToArray());
    }

    // Goal: a tensor that skips over a stage travels through it. Method: node 3 reads the network's input and node
    // 0's output.
    [TestMethod]
    public void SkipConnectionsCrossEveryCut()
    {
        NetworkCosts chain = Networks.Chain([9_000_000, 9_000_000, 9_000_000, 9_000_000]);
        NetworkCosts costs = chain with { Nodes = chain.Nodes.SetItem(3, chain.Nodes[3] with { Inputs = [0, 1, 3] }) };
        Plan plan = Planner.Plan(Networks.Zynqs(4), costs, Pipeline);
        CollectionAssert.AreEqual(new[] { 0 }, plan.Stages[0].InputTensors.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1 }, plan.Stages[1].InputTensors.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, plan.Stages[2].InputTensors.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 3 }, plan.Stages[3].InputTensors.ToArray());
        CollectionAssert.AreEqual(new[] { 4 }, plan.Stages[3].OutputTensors.ToArray());
        for (int stage = 1; stage < plan.Stages.Length; stage++)
        {
            CollectionAssert.AreEqual(
                plan.Stages[stage - 1].OutputTensors.ToArray(), plan.Stages[stage].InputTensors.ToArray());
        }
    }

    // Goal: weights and buffers never exceed a board's memory. Method: a network that one board cannot hold but two
    // can, and one that no board can.
    [TestMethod]
    public void MemoryIsRespected()
    {
        ClusterView view = Networks.View(
            Networks.Board(1, Networks.Zynq, memory: 50_000), Networks.Board(2, Networks.Zynq, memory: 50_000));
        Plan plan = Planner.Plan(view, Networks.Chain([100, 100, 100, 100], weightBytes: 20_000), Pipeline);
        CollectionAssert.AreEqual(new[] { 2, 4 }, plan.Stages.Select(stage => stage.LastNode).ToArray());
        var error = Assert.ThrowsExactly<PlanningException>(
            () => Planner.Plan(view, Networks.Chain([100, 100], weightBytes: 60_000), Pipeline));
        StringAssert.Contains(error.Message, "memory");
        Assert.IsFalse(error.Message.Contains('\n'));
    }

    // Goal: no boards is an error of one line, not a plan. Method: the empty view.
    [TestMethod]
    public void NoBoardsIsAnError()
    {
        var error = Assert.ThrowsExactly<PlanningException>(
            () => Planner.Plan(Networks.View(), Networks.Chain([1]), PlannerOptions.Default));
        StringAssert.Contains(error.Message, "at least one board");
    }

    // Goal: the order in which members were learned leaves no trace. Method: random permutations of a mixed view.
    [TestMethod]
    public void MemberOrderDoesNotMatter()
    {
        var random = new Random(7);
        NetworkCosts costs = Networks.Random(random, 12, [Networks.Zynq, Networks.Ultra]);
        Member[] members =
        [
            .. Enumerable.Range(1, 6).Select(
                id => Networks.Board((ulong)id, id % 3 == 0 ? Networks.Ultra : Networks.Zynq)),
        ];
        PlanHash expected = Planner.Plan(Networks.View(members), costs, PlannerOptions.Default).Hash;
        for (int round = 0; round < 500; round++)
        {
            random.Shuffle(members);
            Assert.AreEqual(expected, Planner.Plan(Networks.View(members), costs, PlannerOptions.Default).Hash);
        }
    }

    // Goal: other options, another incarnation of a used board or other costs make another plan hash. Method: change
    // each.
    [TestMethod]
    public void HashCoversOptionsIncarnationsAndCosts()
    {
        ClusterView view = Networks.Zynqs(2);
        NetworkCosts costs = Networks.Chain([9_000_000, 9_000_000]);
        Plan plan = Planner.Plan(view, costs, Pipeline);
        Assert.AreEqual(plan.Hash, Planner.Plan(view, costs, Pipeline).Hash);
        PlannerOptions bounded = Pipeline with { MaximumLatencyNs = 1_000_000_000 };
        Assert.AreNotEqual(plan.Hash, Planner.Plan(view, costs, bounded).Hash);
        Member again = view.Members[0] with { Incarnation = 2 };
        ClusterView restarted = view with { Members = view.Members.SetItem(0, again) };
        Assert.AreNotEqual(plan.Hash, Planner.Plan(restarted, costs, Pipeline).Hash);
        Assert.AreNotEqual(plan.Hash, Planner.Plan(view, Networks.Chain([9_000_001, 9_000_000]), Pipeline).Hash);
    }
}
