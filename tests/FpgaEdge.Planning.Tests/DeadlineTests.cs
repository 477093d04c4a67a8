using System.Collections.Immutable;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Planning.Tests;

/// <summary>Periodic networks with deadlines on one board.</summary>
[TestClass]
public sealed class DeadlineTests
{
    // Goal: at the highest rate at which the fastest resources meet every deadline, the low-power assignment meets
    // them too and never draws more. Method: nine random periodic networks per round; the rate is found by halving.
    [TestMethod]
    public void LowPowerKeepsEveryDeadlineThatTheFastestKeeps()
    {
        var random = new Random(51);
        int saved = 0;
        for (int round = 0; round < 12; round++)
        {
            DeadlineWorkload workload = AtHighestRate(NineNetworks(random));
            DeadlineRun fastest = DeadlineSimulation.Run(workload, LayerAssignment.Fastest(workload));
            DeadlineRun frugal = DeadlineSimulation.Run(workload, LowPowerAssigner.Assign(workload));
            Assert.AreEqual(0, fastest.Misses);
            Assert.AreEqual(0, frugal.Misses, $"round {round}");
            Assert.AreEqual(fastest.Jobs, frugal.Jobs);
            Assert.IsTrue(frugal.AverageMicrowatts <= fastest.AverageMicrowatts, $"round {round}");
            saved += frugal.AverageMicrowatts < fastest.AverageMicrowatts ? 1 : 0;
        }
        Assert.IsTrue(saved >= 10, $"power was saved in only {saved} of 12 rounds");
    }

    // Goal: a layer that two resources run about as fast goes to the one that takes less energy. Method: one
    // network, one layer, 1.00 ms at 350 mW or 1.05 ms at 280 mW, with a deadline far away; energies known by hand.
    [TestMethod]
    public void SlackBuysPower()
    {
        DeadlineWorkload workload = Workload(new PeriodicNetwork(
            "one", 10_000_000, 10_000_000, [new DeadlineLayer([1_000_000, 1_050_000], 0)]));
        LayerAssignment assignment = LowPowerAssigner.Assign(workload);
        Assert.AreEqual(1, assignment.Resource(0, 0));
        Assert.AreEqual(0, LayerAssignment.Fastest(workload).Resource(0, 0));
        DeadlineRun run = DeadlineSimulation.Run(workload, assignment);
        Assert.AreEqual(((long)BoardPower.Zynq7020.IdleMilliwatts * 10_000_000 + 280L * 1_050_000) / 1000, run.EnergyNanojoules);
    }

    // Goal: no schedule draws less than the bound, and the bound can be reached. Method: random workloads at three rates,
    // fastest, stopped and low-power assignments; and one layer whose least energy is known by hand.
    [TestMethod]
    public void NoScheduleDrawsLessThanTheBound()
    {
        var random = new Random(53);
        for (int round = 0; round < 12; round++)
        {
            DeadlineWorkload workload = AtHighestRate(NineNetworks(random)).AtRate(1000 + (500 * (round % 3)));
            LayerAssignment fastest = LayerAssignment.Fastest(workload);
            long least = (workload.IdleMilliwatts * 1000L) + PowerBound.LeastMicrowatts(workload).Sum();
            foreach (LayerAssignment assignment in
                (LayerAssignment[])[fastest, fastest.WithStoppedClocks(), LowPowerAssigner.Assign(workload)])
            {
                Assert.IsTrue(DeadlineSimulation.Run(workload, assignment).AverageMicrowatts >= least, $"round {round}");
            }
        }
        DeadlineWorkload one = Workload(new PeriodicNetwork(
            "one", 10_000_000, 10_000_000, [new DeadlineLayer([1_000_000, 1_050_000], 0)]));
        CollectionAssert.AreEqual(new long[] { 0, 280 * 105 }, PowerBound.LeastMicrowatts(one).ToArray());
    }

    // Goal: time in which nothing executes is counted once, with its pieces. Method: two layers that overlap on two
    // resources and leave one gap of 6 ms.
    [TestMethod]
    public void IdleTimeIsWhatNobodyFills()
    {
        DeadlineRun run = Run(
            new PeriodicNetwork("a", 10_000_000, 10_000_000, [new DeadlineLayer([3_000_000, -1], 0)]),
            new PeriodicNetwork("b", 10_000_000, 10_000_000, [new DeadlineLayer([-1, 4_000_000], 0)]));
        Assert.AreEqual((6_000_000, 1), (run.IdleNs, run.IdleGaps));

        static DeadlineRun Run(params ImmutableArray<PeriodicNetwork> networks) =>
            DeadlineSimulation.Run(Workload(networks), LayerAssignment.Fastest(Workload(networks)));
    }

    // Goal: the same layer with a deadline that only the accelerator keeps stays there. Method: as above, 1.02 ms.
    [TestMethod]
    public void NoSlackNoTrade()
    {
        DeadlineWorkload workload = Workload(new PeriodicNetwork(
            "one", 10_000_000, 1_020_000, [new DeadlineLayer([1_000_000, 1_050_000], 0)]));
        Assert.AreEqual(0, LowPowerAssigner.Assign(workload).Resource(0, 0));
    }

    // Goal: misses are counted, and charged to the resource that caused them. Method: two networks of which the
    // accelerator can serve only one in time, while a third on the workers is always in time.
    [TestMethod]
    public void MissesAreChargedToTheirCause()
    {
        DeadlineWorkload workload = Workload(
            new PeriodicNetwork("a", 10_000_000, 7_000_000, [new DeadlineLayer([6_000_000, -1], 0)]),
            new PeriodicNetwork("b", 10_000_000, 8_000_000, [new DeadlineLayer([3_000_000, -1], 0)]),
            new PeriodicNetwork("c", 10_000_000, 9_000_000, [new DeadlineLayer([-1, 5_000_000], 0)]));
        DeadlineRun run = DeadlineSimulation.Run(workload, LayerAssignment.Fastest(workload));
        Assert.AreEqual(3, run.Jobs);
        Assert.AreEqual(1, run.Misses);
        CollectionAssert.AreEqual(new long[] { 1, 0 }, run.MissesPerResource.ToArray());
    }

    // Goal: of two ready requests the earlier deadline goes first, whatever the order of release. Method: both orders.
    [TestMethod]
    public void TheEarlierDeadlineGoesFirst()
    {
        DeadlineWorkload workload = Workload(
            new PeriodicNetwork("late", 9_000_000, 9_000_000, [new DeadlineLayer([1_000_000, -1], 0)]),
            new PeriodicNetwork("soon", 9_000_000, 3_000_000, [new DeadlineLayer([1_000_000, -1], 0)]));
        foreach (int first in (int[])[0, 1])
        {
            var scheduler = new DeadlineScheduler(workload, LayerAssignment.Fastest(workload));
            scheduler.Release(0, first, 0);
            scheduler.Release(0, 1 - first, 0);
            ImmutableArray<LayerStart> starts = scheduler.Step(0);
            Assert.AreEqual(1, starts.Length);
            Assert.AreEqual(1, starts[0].Network);
        }
    }

    // Goal: on every step no unit gets two layers, layers of a request run in order, and every request ends. Method:
    // random workloads driven by hand, with completions later than modelled.
    [TestMethod]
    public void UnitsAndLayersAreNeverMixedUp()
    {
        var random = new Random(52);
        for (int round = 0; round < 100; round++)
        {
            DeadlineWorkload workload = NineNetworks(random);
            var scheduler = new DeadlineScheduler(workload, LayerAssignment.Fastest(workload));
            var running = new List<LayerStart>();
            var next = new int[workload.Networks.Length];
            for (int network = 0; network < next.Length; network++)
            {
                scheduler.Release(0, network, 0);
            }
            long now = 0;
            int ended = 0;
            while (scheduler.OpenJobs > 0)
            {
                foreach (LayerStart start in scheduler.Step(now))
                {
                    Assert.IsFalse(running.Any(other => (other.Resource, other.Unit) == (start.Resource, start.Unit)));
                    Assert.AreEqual(next[start.Network]++, start.Layer);
                    running.Add(start);
                }
                LayerStart done = running.MinBy(start => start.EndNs);
                running.Remove(done);
                now = Math.Max(now, done.EndNs + random.Next(1000));
                ended += scheduler.Complete(now, done.Resource, done.Unit) is null ? 0 : 1;
            }
            Assert.AreEqual(workload.Networks.Length, ended);
        }
    }

    // Goal: what cannot be scheduled is refused in one line. Method: a deadline beyond the period, a layer nobody
    // can run.
    [TestMethod]
    public void RefusalsNameTheNetwork()
    {
        DeadlineWorkload late = Workload(new PeriodicNetwork("x", 10, 11, [new DeadlineLayer([1, 1], 0)]));
        StringAssert.Contains(Assert.ThrowsExactly<PlanningException>(late.EnsureValid).Message, "network x");
        DeadlineWorkload nobody = Workload(new PeriodicNetwork("y", 10, 10, [new DeadlineLayer([-1, -1], 0)]));
        StringAssert.Contains(Assert.ThrowsExactly<PlanningException>(nobody.EnsureValid).Message, "layer 0");
    }

    private static DeadlineWorkload Workload(params ImmutableArray<PeriodicNetwork> networks) => new(
        [ComputeResource.Accelerator(DeadlineAssumptions.Default), ComputeResource.Workers(DeadlineAssumptions.Default)], networks,
        BoardPower.Zynq7020.IdleMilliwatts, 64 << 20);

    /// <summary>
    /// Convolutions that the accelerator runs up to twenty times faster, and small layers that it does not.
    /// </summary>
    private static DeadlineWorkload NineNetworks(Random random)
    {
        long[] periods = [20_000_000, 40_000_000, 80_000_000, 160_000_000];
        return Workload([.. Enumerable.Range(0, 9).Select(network =>
        {
            long period = periods[random.Next(periods.Length)];
            return new PeriodicNetwork($"network {network}", period, period, [.. Layers(random)]);
        })]);
    }

    private static IEnumerable<DeadlineLayer> Layers(Random random)
    {
        for (int layer = random.Next(3, 12); layer > 0; layer--)
        {
            long accelerator = random.Next(20_000, 600_000);
            long worker = accelerator * random.Next(40, random.Next(3) == 0 ? 130 : 2000) / 100;
            bool software = random.Next(5) == 0;
            yield return new DeadlineLayer([software ? -1 : accelerator, worker], random.Next(100_000));
        }
    }

    private static DeadlineWorkload AtHighestRate(DeadlineWorkload workload)
    {
        (int low, int high) = (1, 4000);
        while (low < high)
        {
            int middle = (low + high) / 2;
            DeadlineWorkload tried = workload.AtRate(middle);
            bool kept = DeadlineSimulation.Run(tried, LayerAssignment.Fastest(tried)).Misses == 0;
            (low, high) = kept ? (low, middle) : (middle + 1, high);
        }
        return workload.AtRate(low);
    }
}
