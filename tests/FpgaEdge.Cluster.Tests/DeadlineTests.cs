using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Tests;

/// <summary>P10: frames that miss their deadline are counted on the board that made them late.</summary>
[TestClass]
public sealed class DeadlineTests
{
    private const long MsNs = 1_000_000;
    private const long SecondNs = 1000 * MsNs;

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void MissesAreCountedOnTheSlowBoard(int slow)
    {
        // Goal: whichever board of a pipeline computes ten times as long as its plan says, the frames that are late then
        // are counted on it, although most of them are held by its predecessors or by the client when their time is up.
        // Method: 4 boards, 2 % loss, deadlines of a second; one board is slow from the fourth second on.
        for (ulong seed = 1; seed <= 5; seed++)
        {
            SimulationResult result = Run(seed, SecondNs, new SimulationFault(4 * SecondNs, SimulationFaultKind.Slow, slow));
            DeadlineReport report = result.Deadlines.Single();
            BoardId expected = ClusterSimulation.Board(slow).Id;
            long right = report.Boards.FirstOrDefault(entry => entry.Board == expected).Frames;
            Assert.IsGreaterThan(20L, report.Missed, $"seed {seed}: nothing was late, so nothing was tried");
            Assert.AreEqual(result.Failed, report.Missed);
            Assert.AreEqual(report.Missed, report.NoBoard + report.Boards.Sum(entry => entry.Frames));
            Assert.IsGreaterThanOrEqualTo(report.Missed * 98 / 100, right, $"seed {seed}: {Describe(report)}");
        }
    }

    [TestMethod]
    public void NothingIsCountedWhenFramesAreOnTime()
    {
        // Goal: a board that is slow but in time is not blamed, and neither is anybody else. Method: the same with
        // deadlines of a minute.
        SimulationResult result = Run(1, 60 * SecondNs, new SimulationFault(4 * SecondNs, SimulationFaultKind.Slow, 2));
        DeadlineReport report = result.Deadlines.Single();
        Assert.IsGreaterThan(50, result.Completed);
        Assert.AreEqual(0L, report.Missed, Describe(report));
        Assert.IsEmpty(report.Boards);
    }

    [TestMethod]
    public void ADeadlineThatNoBoardCanKeepIsNobodysFault()
    {
        // Goal: where every board takes the time of the plan, a deadline that is too short is not a board's fault.
        // Method: deadlines shorter than one frame's way through the boards.
        SimulationResult result = Run(1, 15 * MsNs);
        DeadlineReport report = result.Deadlines.Single();
        Assert.IsGreaterThan(50L, report.Missed);
        Assert.AreEqual(report.Missed, report.NoBoard, Describe(report));
    }

    [TestMethod]
    public void ALostBoardMadeItsFramesLate()
    {
        // Goal: frames that end because a board vanished under them are counted on it. Method: deadlines shorter than
        // the detection, one kill.
        SimulationResult result = Run(1, 300 * MsNs, new SimulationFault(5 * SecondNs, SimulationFaultKind.Kill, 2));
        DeadlineReport report = result.Deadlines.Single();
        long right = report.Boards.FirstOrDefault(entry => entry.Board == ClusterSimulation.Board(2).Id).Frames;
        Assert.IsGreaterThan(0L, right, Describe(report));
        Assert.AreEqual(right, report.Boards.Sum(entry => entry.Frames), Describe(report));
    }

    private static SimulationResult Run(ulong seed, long deadlineNs, params ReadOnlySpan<SimulationFault> events)
    {
        SimulationResult result = ClusterSimulation.Run(new SimulationOptions
        {
            Seed = seed,
            Boards = [.. Enumerable.Range(0, 4).Select(number => ClusterSimulation.Board(number))],
            LargestNodeNs = 10 * MsNs,
            ClientStartNs = 3 * SecondNs,
            StreamUntilNs = 8 * SecondNs,
            DeadlineNs = deadlineNs,
            Faults = new NetworkFaults { Loss = 20, JitterNs = 2 * MsNs },
            Events = [.. events],
        });
        Assert.IsEmpty(result.Violations, $"seed {seed}: " + string.Join('\n', result.Violations));
        return result;
    }

    private static string Describe(DeadlineReport report) =>
        $"{report.Missed} missed, {report.NoBoard} nobody's, {string.Join(", ", report.Boards)}";
}
