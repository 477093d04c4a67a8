using FpgaEdge.Cluster;

namespace FpgaEdge.Cli.Tests;

[TestClass]
public class FailureTests
{
    // Goal: scripts can tell why a frame has no answer, and boards that had no plan in time are late, not broken. Method: the
    // whole table; an error added without a row here fails.
    [TestMethod]
    public void EveryFrameErrorHasTheDocumentedCode()
    {
        var expected = new Dictionary<FrameErrorCode, int>
        {
            [FrameErrorCode.DeadlineExceeded] = 7,
            [FrameErrorCode.NoPlan] = 7,
            [FrameErrorCode.Cancelled] = 130,
            [FrameErrorCode.InputSize] = 3,
            [FrameErrorCode.ExecutionFailed] = 5,
            [FrameErrorCode.StageFailed] = 5,
        };
        foreach (FrameErrorCode error in Enum.GetValues<FrameErrorCode>())
        {
            Assert.AreEqual(expected[error], Failures.CodeOf(error), $"{error}");
        }
    }
}
