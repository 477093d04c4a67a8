using System.Collections.Immutable;

namespace FpgaEdge.Planning.Tests;

/// <summary>Several networks on one set of boards.</summary>
[TestClass]
public sealed class JointPlanTests
{
    private static readonly BoardKind[] Kinds = [Networks.Zynq, Networks.Ultra];

    // Goal: a joint plan is never worse than the best fixed split of the boards, and sometimes better. Method: every
    // split of up to six mixed boards between two random networks with random shares, each part planned on its own.
    [TestMethod]
    public void NeverWorseThanAnyFixedSplit()
    {
        var random = new Random(21);
        int better = 0;
        for (int round = 0; round < 60; round++)
        {
            int boards = random.Next(2, 7);
            ClusterView view = Networks.View(
                Enumerable.Range(1, boards).Select(id => Networks.Board((ulong)id, Kinds[random.Next(2)])));
            NetworkShare first = new(Networks.Random(random, random.Next(2, 8), Kinds), random.Next(1, 4));
            NetworkShare second = new(Networks.Random(random, random.Next(2, 8), Kinds), random.Next(1, 4));
            long split = BestSplit(view, first, second);
            JointPlan joint = Planner.PlanJointly(view, [first, second], PlannerOptions.Default);
            Assert.IsTrue(joint.RoundNs <= split, $"round {round}: joint {joint.RoundNs}, split {split}");
            Assert.IsTrue(joint.IsProvenOptimal && joint.BoundNs == joint.RoundNs);
            better += joint.RoundNs < split ? 1 : 0;
        }
        Assert.IsTrue(better >= 20, $"better than every split in only {better} of 60");
    }

    // Goal: the plans of a joint plan are plans: each covers its network once, in order, and no board is asked for more
    // than a round in a round. Method: load of every board summed from the plans.
    [TestMethod]
    public void EveryBoardFitsIntoTheRound()
    {
        var random = new Random(22);
        for (int round = 0; round < 60; round++)
        {
            ClusterView view = Networks.View(
                Enumerable.Range(1, random.Next(1, 7)).Select(id => Networks.Board((ulong)id, Networks.Zynq)));
            ImmutableArray<NetworkShare> networks =
            [
                .. Enumerable.Range(0, random.Next(1, 4)).Select(
                    _ => new NetworkShare(Networks.Random(random, random.Next(1, 8), Kinds), random.Next(1, 4))),
            ];
            JointPlan joint = Planner.PlanJointly(view, networks, PlannerOptions.Default);
            var load = view.Members.ToDictionary(member => member.Id, _ => 0L);
            for (int index = 0; index < networks.Length; index++)
            {
                CollectionAssert.AreEqual(
                    Enumerable.Range(0, networks[index].Costs.Nodes.Length).ToArray(),
                    joint.Plans[index].Stages.SelectMany(
                        stage => Enumerable.Range(stage.FirstNode, stage.LastNode - stage.FirstNode)).ToArray());
                foreach (PlanStage stage in joint.Plans[index].Stages)
                {
                    foreach (BoardId board in stage.Boards)
                    {
                        load[board] += networks[index].Share * stage.ComputeNs / stage.Boards.Length;
                    }
                }
            }
            Assert.IsTrue(load.Values.Max() <= joint.RoundNs, $"round {round}");
        }
    }

    // Goal: what cannot be planned jointly is refused with the reason. Method: no network, a share of zero, a pin.
    [TestMethod]
    public void RefusalsNameTheReason()
    {
        ClusterView view = Networks.Zynqs(2);
        NetworkCosts costs = Networks.Chain([1000, 1000]);
        Refused(() => Planner.PlanJointly(view, [], PlannerOptions.Default), "at least one network");
        Refused(() => Planner.PlanJointly(view, [new(costs, 0)], PlannerOptions.Default), "share of 0");
        var pinned = new PlannerOptions { Pins = [new NodePin(0, new BoardId(1))] };
        Refused(() => Planner.PlanJointly(view, [new(costs, 1)], pinned), "no pins");
    }

    private static void Refused(Action plan, string reason) =>
        StringAssert.Contains(Assert.ThrowsExactly<PlanningException>(plan).Message, reason);

    private static long BestSplit(ClusterView view, NetworkShare first, NetworkShare second)
    {
        long best = long.MaxValue;
        int boards = view.Members.Length;
        long client = Networks.ClientNs(view, [first, second]);
        for (int part = 1; part < (1 << boards) - 1; part++)
        {
            ClusterView one = Networks.View(view.Members.Where((_, board) => (part >> board & 1) == 1));
            ClusterView other = Networks.View(view.Members.Where((_, board) => (part >> board & 1) == 0));
            long round = Math.Max(
                first.Share * Interval(one, first.Costs), second.Share * Interval(other, second.Costs));
            best = Math.Min(best, Math.Max(round, client));
        }
        return best;
    }

    private static long Interval(ClusterView view, NetworkCosts costs) =>
        Planner.Solve(view, costs, PlannerOptions.Default).Estimate.IntervalNs;
}
