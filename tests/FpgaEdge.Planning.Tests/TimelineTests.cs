using System.Collections.Immutable;

namespace FpgaEdge.Planning.Tests;

/// <summary>A plan's predicted interval against the plan played out frame by frame.</summary>
[TestClass]
public sealed class TimelineTests
{
    // Goal: what the formula predicts is what happens. Method: 400 frames through plans of random networks on equal
    // links; the mean interval of the second half is within 5 % of the prediction, and never shorter.
    [TestMethod]
    public void PlayedIntervalMatchesThePrediction()
    {
        var random = new Random(31);
        for (int round = 0; round < 200; round++)
        {
            ClusterView view = Networks.View(Enumerable.Range(1, random.Next(1, 7)).Select(
                id => Networks.Board((ulong)id, random.Next(2) == 0 ? Networks.Zynq : Networks.Ultra)));
            NetworkCosts costs = Networks.Random(random, random.Next(1, 12), [Networks.Zynq, Networks.Ultra]);
            var options = new PlannerOptions { Strategy = Enum.GetValues<Strategy>()[random.Next(5)] };
            PlanResult result = Planner.Solve(view, costs, options);
            ImmutableArray<long> ends = PlanTimeline.DeliveriesNs(result.Plan, view, costs, 400);
            long half = ends.Max() - ends[..200].Max();
            double played = half / 200.0;
            double predicted = result.Estimate.IntervalNs;
            Assert.IsTrue(played <= predicted * 1.05, $"round {round}: played {played}, predicted {predicted}");
            Assert.IsTrue(played >= predicted * 0.95, $"round {round}: played {played}, predicted {predicted}");
        }
    }

    // Goal: an empty pipeline's first frame takes the predicted latency. Method: its delivery when nothing is before
    // it.
    [TestMethod]
    public void TheFirstFrameTakesThePredictedLatency()
    {
        ClusterView view = Networks.Zynqs(3);
        NetworkCosts costs = Networks.Chain([3_000_000, 5_000_000, 4_000_000], tensorBytes: 50_000);
        PlanResult result = Planner.Solve(view, costs, new PlannerOptions { Strategy = Strategy.Pipeline });
        Assert.AreEqual(result.Estimate.LatencyNs, PlanTimeline.DeliveriesNs(result.Plan, view, costs, 1)[0]);
    }
}
