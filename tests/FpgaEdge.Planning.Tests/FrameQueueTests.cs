using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Planning.Tests;

/// <summary>Frames that wait on one board: resource 0 is the accelerator, 1 the software.</summary>
[TestClass]
public sealed class FrameQueueTests
{
    private const int Accelerator = 0;
    private const int Software = 1;

    // Goal: the earliest deadline goes first, frames without one last and in their order. Method: five frames in an
    // order of arrival unlike their deadlines.
    [TestMethod]
    public void TheEarliestDeadlineGoesFirst()
    {
        var queue = new FrameQueue<string>(2, 1000);
        foreach ((string name, long deadline) in ((string, long)[])
            [("x", long.MaxValue), ("c", 3000), ("y", long.MaxValue), ("a", 1000), ("b", 2000)])
        {
            queue.Add(0, name, deadline, Costs(10, 1000));
        }
        string order = "";
        while (queue.TryTake(0, Accelerator, out string next))
        {
            order += next;
        }
        Assert.AreEqual("abcxy", order);
        Assert.AreEqual(0, queue.Count);
    }

    // Goal: with slack a frame waits for the cheaper resource; without it the other one helps. Method: two frames of 10
    // on the accelerator or 15 in software; the second is in time behind the first by a deadline of 25, not by one of 18.
    [TestMethod]
    [DataRow(25, false)]
    [DataRow(18, true)]
    public void SoftwareHelpsOnlyWhereTheFrameWouldBeLate(long deadline, bool helps)
    {
        var queue = new FrameQueue<string>(2, 1000);
        queue.Add(0, "first", 12, Costs(10, 15));
        queue.Add(0, "second", deadline, Costs(10, 15));
        Assert.IsTrue(queue.TryTake(0, Accelerator, out string first));
        Assert.AreEqual("first", first);
        Assert.AreEqual(helps, queue.TryTake(0, Software, out string second));
        Assert.AreEqual(helps ? "second" : null, second);
    }

    // Goal: slack buys energy: what software does for less goes there although it is slower. Method: energies 4 and 1.
    [TestMethod]
    public void SlackBuysEnergy()
    {
        var queue = new FrameQueue<string>(2, 1000);
        queue.Add(0, "frugal", 1_000_000, [new FrameCost(10, 4000, 0), new FrameCost(20, 1000, 0)]);
        Assert.IsFalse(queue.TryTake(0, Accelerator, out _));
        Assert.IsTrue(queue.TryTake(0, Software, out string taken));
        Assert.AreEqual("frugal", taken);
    }

    // Goal: a frame that nothing can bring in time still goes, and never to a resource that cannot run it. Method: a past
    // deadline, and a stage without software.
    [TestMethod]
    public void LateFramesGoWhereTheyCan()
    {
        var queue = new FrameQueue<string>(2, 1000);
        queue.Add(100, "late", 50, [new FrameCost(10, 10, 0), new FrameCost(-1, 0, 0)]);
        Assert.IsFalse(queue.TryTake(100, Software, out _));
        Assert.IsTrue(queue.TryTake(100, Accelerator, out _));
        Assert.ThrowsExactly<ArgumentException>(() => queue.Add(0, "nowhere", 1, [new(-1, 0, 0), new(-1, 0, 0)]));
    }

    // Goal: no frame is lost or taken twice, whatever comes when. Method: random frames and takers.
    [TestMethod]
    public void EveryFrameIsTakenOnce()
    {
        var random = new Random(5);
        var queue = new FrameQueue<int>(2, 1000);
        var taken = new HashSet<int>();
        int added = 0;
        for (long now = 0; taken.Count < 2000; now++)
        {
            if (added < 2000 && random.Next(2) == 0)
            {
                queue.Add(now, added++, now + random.Next(60), Costs(random.Next(1, 20), random.Next(1, 40)));
            }
            if (queue.TryTake(now, random.Next(2), out int frame))
            {
                Assert.IsTrue(taken.Add(frame));
            }
        }
        Assert.AreEqual(0, queue.Count);
    }

    private static FrameCost[] Costs(long accelerator, long software) =>
        [new(accelerator, accelerator, 0), new(software, software * 10, 0)];
}
