using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class PlantedBugTests
{
    [TestMethod]
    [DataRow((byte)PlantedBug.SkipDuplicateSuppression)]
    [DataRow((byte)PlantedBug.DeliverWithoutOrder)]
    [DataRow((byte)PlantedBug.EvictWithoutPing)]
    [DataRow((byte)PlantedBug.IgnoreIncarnation)]
    [DataRow((byte)PlantedBug.ForgetResend)]
    [DataRow((byte)PlantedBug.AcceptDamaged)]
    [DataRow((byte)PlantedBug.IgnoreCredit)]
    [DataRow((byte)PlantedBug.RepeatCommands)]
    public void TheSwarmFindsAPlantedBug(byte bug)
    {
        // Goal: the simulator can fail. Method: the same swarm as in the tests, with one mistake planted in the nodes;
        // some seed among the first 300 must break a promise.
        for (ulong seed = 1; seed <= 300; seed++)
        {
            SimulationResult result = ClusterSimulation.Run(SwarmScenario.Of(seed, default, (PlantedBug)bug));
            if (result.Violations.Length > 0)
            {
                Console.WriteLine($"{(PlantedBug)bug}: seed {seed}: {result.Violations[0]}");
                return;
            }
        }

        Assert.Fail($"{(PlantedBug)bug} was not found within 300 seeds");
    }
}
