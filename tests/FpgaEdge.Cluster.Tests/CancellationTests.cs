namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class CancellationTests
{
    private const long SecondNs = 1_000_000_000;

    [TestMethod]
    public void ACancelledRequestLeavesNothingBehind()
    {
        // Goal: a request that is cancelled frees its slots and its waiting work on all boards within a second, is not executed
        // any more, and costs another request nothing. Method: two requests fill the slots of two boards whose compute is stuck;
        // one is cancelled, compute goes on.
        var lab = new Lab();
        lab.Run(20);
        uint other = lab.OpenRequest();
        foreach (LabBoard board in lab.Boards)
        {
            board.IsStuck = true;
        }

        uint cancelled = lab.OpenRequest();
        int wanted = 0;
        int dropped = 0;
        for (int i = 0; i < 8; i++)
        {
            dropped += lab.TrySubmit(cancelled) ? 1 : 0;
            wanted += lab.TrySubmit(other) ? 1 : 0;
        }

        lab.WaitFor(SecondNs);
        Assert.IsGreaterThan(0, lab.Boards.Sum(board => board.Node.FramesHeld));
        lab.Cancel(cancelled);
        Assert.IsGreaterThan(3, Math.Min(dropped, wanted));
        Assert.AreEqual(dropped, lab.Client.Cancelled);
        lab.WaitFor(SecondNs / 2);
        foreach (LabBoard board in lab.Boards)
        {
            board.IsStuck = false;
        }

        lab.WaitFor(SecondNs / 2);
        Assert.AreEqual(0, lab.Boards.Sum(board => board.Node.FramesHeld));
        Assert.AreEqual(20 + wanted, lab.Client.Results);
        Assert.AreEqual(0, lab.Boards.Sum(board => board.Executed.GetValueOrDefault(cancelled)));
        Assert.AreEqual(2 * wanted, lab.Boards.Sum(board => board.Executed.GetValueOrDefault(other)));
    }
}
