using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class CommandTests
{
    private const long SecondNs = 1_000_000_000;

    [TestMethod]
    [DataRow(0, 0, false)]
    [DataRow(100, 50, false)]
    [DataRow(100, 50, true)]
    public void AnswersOfAllSizesComeWholeThroughABadNetwork(int loss, int duplicate, bool hasKey)
    {
        // Goal (C1): a command is carried out at most once and ends once, with the board's own answer. Method: a client asks
        // three boards for 1 to 78,848 bytes ten times a second, while frames flow and datagrams are lost, repeated, damaged and
        // overtaken; the simulation compares every answer.
        SimulationResult result = Run(loss, duplicate, hasKey, []);
        Assert.IsEmpty(result.Violations, string.Join('\n', result.Violations));
        Assert.IsGreaterThan(90, result.Answers);
        Assert.AreEqual(60, result.Completed);
    }

    [TestMethod]
    public void ARestartedBoardEndsItsCommands()
    {
        // Goal (C1): a board that is started again does not carry out what its last start was asked. Method: the same, while
        // boards are killed and started, say goodbye, and stop for longer than clients are remembered.
        SimulationResult result = Run(50, 20, false,
        [
            new SimulationFault(2 * SecondNs, SimulationFaultKind.Kill, 1),
            new SimulationFault((2 * SecondNs) + 50_000_000, SimulationFaultKind.Start, 1),
            new SimulationFault(4 * SecondNs, SimulationFaultKind.Leave, 2),
            new SimulationFault(5 * SecondNs, SimulationFaultKind.Start, 2),
            new SimulationFault(6 * SecondNs, SimulationFaultKind.Cut, 3, 0),
            new SimulationFault(6 * SecondNs, SimulationFaultKind.Cut, 3, 1),
            new SimulationFault(10 * SecondNs, SimulationFaultKind.Heal),
        ]);
        Assert.IsEmpty(result.Violations, string.Join('\n', result.Violations));
        Assert.IsGreaterThan(60, result.Answers);
    }

    private static SimulationResult Run(int loss, int duplicate, bool hasKey, ImmutableArray<SimulationFault> events) =>
        ClusterSimulation.Run(new SimulationOptions
        {
            Seed = 5,
            Boards = [.. Enumerable.Range(0, 3).Select(number => ClusterSimulation.Board(number))],
            CommandPeriodNs = 100_000_000,
            AtLeastNs = 15 * SecondNs,
            Faults = new NetworkFaults
            {
                Loss = loss, Duplicate = duplicate, Corrupt = duplicate, DelayNs = 1_000_000, JitterNs = 20_000_000,
            },
            ClusterKey = hasKey ? [.. Enumerable.Range(0, 32).Select(i => (byte)i)] : [],
            Events = events,
        });
}
