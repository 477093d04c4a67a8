using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class SwarmTests
{
    private static int Seeds =>
        int.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_SEEDS"), out int seeds) ? seeds : 60;

    private static ulong First =>
        ulong.TryParse(Environment.GetEnvironmentVariable("FPGAEDGE_FIRST_SEED"), out ulong first) ? first : 1;

    [TestMethod]
    public void NoSeedBreaksAPromise()
    {
        // Goal: whatever the network and the boards do, no promise is broken, and after healing every frame ends.
        // Method: draw everything from the seed; run real nodes under the virtual clock with all checkers.
        var failures = new List<string>();
        for (ulong seed = First; seed < First + (ulong)Seeds; seed++)
        {
            SimulationResult result = ClusterSimulation.Run(SwarmScenario.Of(seed));
            if (result.Violations.Length > 0)
            {
                failures.Add($"seed {seed}: {string.Join(" | ", result.Violations.Take(3))}");
                if (Environment.GetEnvironmentVariable("FPGAEDGE_TIMELINE") is { } file)
                {
                    File.WriteAllLines(file, result.Timeline);
                }
            }
        }

        Assert.IsEmpty(failures, $"{failures.Count} seeds:\n" + string.Join('\n', failures));
    }
}
