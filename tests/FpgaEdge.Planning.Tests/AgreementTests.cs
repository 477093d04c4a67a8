namespace FpgaEdge.Planning.Tests;

/// <summary>Boards with the same knowledge make the same plan, to the byte.</summary>
[TestClass]
public sealed class AgreementTests
{
    // Goal: the order in which members became known leaves no trace in the plan's bytes. Method: 100,000 random
    // orders of a mixed view of six boards; each plan's canonical bytes are compared.
    [TestMethod]
    public void AHundredThousandArrivalOrdersGiveTheSameBytes()
    {
        var random = new Random(17);
        Member[] members = MixedMembers();
        NetworkCosts costs = Networks.Random(random, 5, [Networks.Zynq, Networks.Ultra]);
        byte[] expected = Bytes(members, costs);
        Assert.IsTrue(expected.Length > 200);
        for (int round = 0; round < 100_000; round++)
        {
            random.Shuffle(members);
            Assert.IsTrue(expected.AsSpan().SequenceEqual(Bytes(members, costs)), $"order {round}");
        }
    }

    // Goal: the same for every strategy and objective. Method: 100 random orders of each, on a larger network.
    [TestMethod]
    public void EveryStrategyIgnoresArrivalOrder()
    {
        var random = new Random(18);
        Member[] members = MixedMembers();
        NetworkCosts costs = Networks.Random(random, 14, [Networks.Zynq, Networks.Ultra]);
        foreach (Strategy strategy in Enum.GetValues<Strategy>())
        {
            foreach (Objective objective in Enum.GetValues<Objective>())
            {
                var options = new PlannerOptions { Strategy = strategy, Objective = objective };
                PlanHash expected = Planner.Plan(Networks.View(members), costs, options).Hash;
                for (int round = 0; round < 100; round++)
                {
                    random.Shuffle(members);
                    Assert.AreEqual(expected, Planner.Plan(Networks.View(members), costs, options).Hash);
                }
            }
        }
    }

    // Goal: a plan made today is the plan made by any other build: the bytes are fixed. Method: a known hash of a fixed
    // instance; it may change only together with the codec's version.
    [TestMethod]
    public void TheBytesAreFixed()
    {
        Plan plan = Planner.Plan(
            Networks.Zynqs(3), Networks.Chain([3_000_000, 5_000_000, 4_000_000, 2_000_000]),
            new PlannerOptions { Strategy = Strategy.Pipeline });
        Assert.AreEqual("f619223bce1a7787475d10e2d9a5baec", plan.Hash.ToString());
    }

    private static Member[] MixedMembers() =>
    [
        Networks.Board(11, Networks.Zynq), Networks.Board(5, Networks.Ultra), Networks.Board(7, Networks.Zynq),
        Networks.Board(9, Networks.Zynq, link: 100_000_000), Networks.Board(3, Networks.Ultra),
        Networks.Board(1, Networks.Zynq, memory: 400_000),
    ];

    private static byte[] Bytes(Member[] members, NetworkCosts costs)
    {
        ClusterView view = Networks.View(members);
        Plan plan = Planner.Plan(view, costs, PlannerOptions.Pipelined);
        return PlanCodec.Encode(plan.Package, plan.Strategy, plan.Stages, PlannerOptions.Pipelined, view);
    }
}
