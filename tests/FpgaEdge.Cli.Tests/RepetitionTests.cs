using FpgaEdge.Cli.Hosting;

namespace FpgaEdge.Cli.Tests;

/// <summary>What <c>run --duration</c> holds against a cluster.</summary>
[TestClass]
public sealed class RepetitionTests
{
    private static readonly byte[][] Cases = [[1], [2], [3]];

    // Goal: right answers pass; one wrong byte in a later round, a frame answered twice, a frame skipped and a frame not
    // answered are each seen. Method: three cases, two rounds, the answers as given in each row ("frame:byte").
    [TestMethod]
    [DataRow(true, "0:7 1:8 2:9 3:7 4:8 5:9")]
    [DataRow(false, "0:7 1:8 2:9 3:7 4:6 5:9")]
    [DataRow(false, "0:7 1:8 1:8 2:9 3:7 4:8")]
    [DataRow(false, "0:7 1:8 2:9 4:8 5:9 3:7")]
    [DataRow(false, "0:7 1:8 2:9 3:7 4:8")]
    public void EveryFrameIsAnsweredOnceInTurnAndAlike(bool faithful, string answers)
    {
        var repetition = new Repetition(Cases, TimeSpan.FromDays(1));
        byte[] sent = [.. repetition.Frames().Take(6).Select(frame => frame.Span[0])];
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3, 1, 2, 3 }, sent);
        foreach (string answer in answers.Split(' '))
        {
            string[] parts = answer.Split(':');
            repetition.Take(new FrameOutcome(int.Parse(parts[0]), [byte.Parse(parts[1])], default, [], 1, 1));
        }
        Assert.AreEqual(faithful, repetition.IsFaithful, repetition.ToString());
    }

    // Goal: without a time, every case goes in once. Method: count.
    [TestMethod]
    public void NoTimeIsOneRound() => Assert.AreEqual(3, new Repetition(Cases, TimeSpan.Zero).Frames().Count());
}
