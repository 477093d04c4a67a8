namespace FpgaEdge.Planning.Tests;

/// <summary>Found plans against every plan there is, on instances small enough to try them all.</summary>
[TestClass]
public sealed class OptimalityTests
{
    // Goal: the automatic plan has the least interval of all, and the least latency among those; and it is never worse
    // than the best single board. Method: exhaustive search over cuts, replicas and board orders.
    [TestMethod]
    [DataRow(1, 150)]
    [DataRow(2, 150)]
    public void AutoEqualsExhaustiveSearch(int seed, int rounds)
    {
        var random = new Random(seed);
        for (int round = 0; round < rounds; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 8, mostBoards: 5);
            (long interval, long latency) = new Exhaustive(view, costs).Least(
                plan => (plan.IntervalNs, plan.LatencyNs));
            PlanResult? result = Networks.Solve(view, costs, PlannerOptions.Best);
            if (interval == long.MaxValue)
            {
                Assert.IsNull(result, $"seed {seed} round {round}");
                continue;
            }
            Assert.AreEqual(interval, result!.Estimate.IntervalNs, $"seed {seed} round {round}");
            Assert.AreEqual(latency, result.Estimate.LatencyNs, $"seed {seed} round {round}");
            Assert.IsTrue(result.IsProvenOptimal && result.Bound == interval);
        }
    }

    // Goal: the same for the pipeline strategy. Method: exhaustive search over plans of one board per stage.
    [TestMethod]
    public void PipelineEqualsExhaustiveSearch()
    {
        var random = new Random(3);
        for (int round = 0; round < 150; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 8, mostBoards: 5);
            var exhaustive = new Exhaustive(view, costs) { Allows = stages => stages.All(s => s.Boards.Length == 1) };
            (long interval, long latency) = exhaustive.Least(plan => (plan.IntervalNs, plan.LatencyNs));
            PlanResult? result = Networks.Solve(view, costs, new PlannerOptions { Strategy = Strategy.Pipeline });
            Assert.AreEqual(interval, result?.Estimate.IntervalNs ?? long.MaxValue, $"round {round}");
            Assert.AreEqual(latency, result?.Estimate.LatencyNs ?? long.MaxValue, $"round {round}");
        }
    }

    // Goal: scatter-gather and AI-core assignment are optimal within their definitions. Method: exhaustive search
    // over plans of one stage, and of at least two.
    [TestMethod]
    public void OneStageAndSeveralStagesEqualExhaustiveSearch()
    {
        var random = new Random(4);
        for (int round = 0; round < 80; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 7, mostBoards: 5);
            long one = new Exhaustive(view, costs) { Allows = stages => stages.Count == 1 }
                .Least(plan => (plan.IntervalNs, 0)).Primary;
            PlanResult? scatter = Networks.Solve(view, costs, new PlannerOptions { Strategy = Strategy.ScatterGather });
            Assert.AreEqual(one, scatter?.Estimate.IntervalNs ?? long.MaxValue, $"round {round}");
            if (view.Members.Length > 1 && costs.Nodes.Length > 1)
            {
                long several = new Exhaustive(view, costs) { Allows = stages => stages.Count > 1 }
                    .Least(plan => (plan.IntervalNs, 0)).Primary;
                PlanResult? cores = Networks.Solve(view, costs, new PlannerOptions { Strategy = Strategy.AiCoreAssignment });
                Assert.AreEqual(several, cores?.Estimate.IntervalNs ?? long.MaxValue, $"round {round}");
            }
        }
    }

    // Goal: least latency and least energy are what they say. Method: exhaustive search.
    [TestMethod]
    public void LatencyAndEnergyEqualExhaustiveSearch()
    {
        var random = new Random(5);
        for (int round = 0; round < 80; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 7, mostBoards: 4);
            var exhaustive = new Exhaustive(view, costs);
            (long latency, long interval) = exhaustive.Least(plan => (plan.LatencyNs, plan.IntervalNs));
            PlanResult? fast = Networks.Solve(view, costs, new PlannerOptions { Objective = Objective.Latency });
            Assert.AreEqual(latency, fast?.Estimate.LatencyNs ?? long.MaxValue, $"round {round}");
            Assert.AreEqual(interval, fast?.Estimate.IntervalNs ?? long.MaxValue, $"round {round}");
            long energy = exhaustive.Least(plan => (plan.EnergyPicojoules, 0)).Primary;
            PlanResult? frugal = Networks.Solve(view, costs, new PlannerOptions { Objective = Objective.Energy });
            Assert.AreEqual(frugal is null, energy == long.MaxValue);
            if (frugal is not null)
            {
                energy = (energy + 999) / 1000;
                Assert.IsTrue(frugal.Bound <= energy, $"round {round}: bound {frugal.Bound} above the best {energy}");
                long slack = frugal.IsProvenOptimal ? energy / 450 : energy / 20;
                Assert.IsTrue(frugal.Estimate.EnergyNanojoules <= energy + slack, $"round {round}: too far");
            }
        }
    }

    // Goal: bounds on the other figures hold, and what they cost is least. Method: exhaustive search among plans
    // within a latency bound between the least latency and that of the fastest plan.
    [TestMethod]
    public void ThroughputUnderALatencyBoundEqualsExhaustiveSearch()
    {
        var random = new Random(6);
        int binding = 0;
        for (int round = 0; round < 80; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 7, mostBoards: 4);
            var exhaustive = new Exhaustive(view, costs);
            long least = exhaustive.Least(plan => (plan.LatencyNs, 0)).Primary;
            long fastest = exhaustive.Least(plan => (plan.IntervalNs, plan.LatencyNs)).Secondary;
            if (least == long.MaxValue)
            {
                continue;
            }
            long bound = least + (long)((fastest - least) * random.NextDouble());
            long interval = exhaustive.Least(
                plan => (plan.LatencyNs <= bound ? plan.IntervalNs : long.MaxValue, 0)).Primary;
            PlanResult result = Planner.Solve(view, costs, new PlannerOptions { MaximumLatencyNs = bound });
            Assert.AreEqual(interval, result.Estimate.IntervalNs, $"round {round}");
            Assert.IsTrue(result.Estimate.LatencyNs <= bound);
            binding += bound < fastest ? 1 : 0;
        }
        Assert.IsTrue(binding > 10, $"only {binding} instances had a bound that mattered");
    }

    // Goal: the pipeline is never worse than PipeEdge's published dynamic programme. Method: the programme, written
    // anew from its description, on 1,000 random instances of unequal boards, links and memories.
    [TestMethod]
    public void NeverWorseThanPipeEdge()
    {
        var random = new Random(9);
        int better = 0;
        for (int round = 0; round < 1000; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 12, mostBoards: 6);
            long? theirs = new PipeEdge(view, costs).Bottleneck();
            PlanResult? ours = Networks.Solve(view, costs, new PlannerOptions { Strategy = Strategy.Pipeline });
            Assert.AreEqual(theirs is null, ours is null, $"round {round}");
            PlanResult? auto = Networks.Solve(view, costs, PlannerOptions.Best);
            long client = Networks.ClientNs(view, [new NetworkShare(costs, 1)]);
            Assert.IsTrue(theirs is null || ours!.Estimate.IntervalNs <= Math.Max(theirs.Value, client));
            better += theirs is not null && auto!.Estimate.IntervalNs < theirs ? 1 : 0;
        }
        Assert.IsTrue(better > 300, $"replicated stages beat it on only {better} of 1,000");
    }
}
