using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class HappyPathTests
{
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    [DataRow(8)]
    public void FramesFlowThroughAnyNumberOfBoards(int boards)
    {
        // Goal: boards that are switched on form a pipeline and answer every frame with the golden result.
        // Method: simulate a calm network; every checker of the simulation is on.
        SimulationResult result = ClusterSimulation.Run(new SimulationOptions
        {
            Boards = [.. Enumerable.Range(0, boards).Select(number => ClusterSimulation.Board(number))],
        });
        Assert.IsEmpty(result.Violations,
            string.Join('\n', result.Violations) + "\n" + string.Join('\n', result.Timeline.TakeLast(60)));
        Assert.AreEqual(60, result.Completed);
    }

    [TestMethod]
    public void AClientThatAsksLateStillLearnsThePlan()
    {
        // Goal: a plan is found also by a client that asks for it after the boards have announced all there is.
        // Method: two boards agree and prepare while the client only listens; it asks when nothing changes any more.
        var lab = new Lab(asks: false);
        lab.Wait(2000);
        Assert.AreEqual(2, lab.Client.Node.BoardsHolding(lab.Network.Hash));
        Assert.IsNull(lab.Client.Node.PlanOf(lab.Network.Hash));
        lab.Wait(200);
        Assert.IsNotNull(lab.Client.Node.PlanOf(lab.Network.Hash));
    }
}
