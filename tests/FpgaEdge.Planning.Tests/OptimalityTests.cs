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
            PlanResult? result = Networks.Solve(view, costs, PlannerOptions.Default);
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

    // Goal: on every instance of the finite families of up to four layers, on every mix of up to five boards, the automatic
    // plan and the plan of least latency are what trying everything gives. Method: full enumeration, nothing sampled.
    [TestMethod]
    [DataRow("chains", 120)]
    [DataRow("graphs", 2 + 8 + 40 + 224)]
    [DataRow("tensors", 12 + 72 + 432 + 2592)]
    [DataRow("links", 120)]
    [DataRow("memories", 4 + 16 + 64 + 256)]
    public void EveryInstanceOfAFamilyEqualsExhaustiveSearch(string name, int networks)
    {
        FiniteFamily family = FiniteFamily.All(mostLayers: 4).Single(family => family.Name == name);
        int tried = 0;
        foreach (NetworkCosts costs in family.Networks)
        {
            tried++;
            foreach (ClusterView view in family.Views)
            {
                EveryPlan every = new EveryPlan(view, costs).Try();
                PlanEstimate? fastest = Networks.Solve(view, costs, PlannerOptions.Default)?.Estimate;
                PlanEstimate? shortest = Networks.Solve(view, costs, new PlannerOptions { Objective = Objective.Latency })?.Estimate;
                Assert.AreEqual(every.Fastest, (fastest?.IntervalNs ?? long.MaxValue, fastest?.LatencyNs ?? long.MaxValue));
                Assert.AreEqual(every.Shortest, (shortest?.LatencyNs ?? long.MaxValue, shortest?.IntervalNs ?? long.MaxValue));
            }
        }
        Assert.AreEqual(networks, tried);
    }

    // Goal: the fast enumeration, which takes like boards for one another, finds what the plain one finds. Method: random
    // instances with unequal links and memories, both figures.
    [TestMethod]
    public void BothExhaustiveSearchesAgree()
    {
        var random = new Random(8);
        for (int round = 0; round < 150; round++)
        {
            (ClusterView view, NetworkCosts costs) = Networks.Instance(random, mostNodes: 6, mostBoards: 5);
            EveryPlan every = new EveryPlan(view, costs).Try();
            var plain = new Exhaustive(view, costs);
            Assert.AreEqual(plain.Least(plan => (plan.IntervalNs, plan.LatencyNs)), every.Fastest, $"round {round}");
            Assert.AreEqual(plain.Least(plan => (plan.LatencyNs, plan.IntervalNs)), every.Shortest, $"round {round}");
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
            PlanResult? auto = Networks.Solve(view, costs, PlannerOptions.Default);
            long client = Networks.ClientNs(view, [new NetworkShare(costs, 1)]);
            Assert.IsTrue(theirs is null || ours!.Estimate.IntervalNs <= Math.Max(theirs.Value, client));
            better += theirs is not null && auto!.Estimate.IntervalNs < theirs ? 1 : 0;
        }
        Assert.IsTrue(better > 300, $"replicated stages beat it on only {better} of 1,000");
    }
}
