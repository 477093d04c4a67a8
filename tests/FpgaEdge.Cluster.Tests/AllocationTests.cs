namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class AllocationTests
{
    [TestMethod]
    public void TenThousandFramesAllocateNothing()
    {
        // Goal (P8): no garbage on the data path. Method: a client, two boards and a wire of reused buffers in one
        // thread; after a warm-up, 10,000 frames go through both stages and come back; the thread's allocation counter
        // must not move.
        var lab = new Lab();
        lab.Run(500);
        long before = GC.GetAllocatedBytesForCurrentThread();
        lab.Run(10_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.AreEqual(10_500, lab.Client.Results);
        Assert.AreEqual(0L, allocated);
    }
}
