using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cluster.Tests;

[TestClass]
public sealed class DatagramFuzzTests
{
    [TestMethod]
    [DataRow(FuzzKind.Damaged, 900_000)]
    [DataRow(FuzzKind.DamagedSealed, 20_000)]
    [DataRow(FuzzKind.Forged, 20_000)]
    [DataRow(FuzzKind.Resealed, 80_000)]
    public void AMillionHostileDatagramsChangeNothing(FuzzKind kind, int datagrams)
    {
        // Goal (P9, B1, B3): nothing damaged is accepted or changes anything; nonsense under a correct checksum neither
        // crashes a node nor makes it grow. Method: a running cluster's datagrams, mutated; what is damaged must be counted
        // as refused and cause nothing at all. "fpgaedge sim --fuzz 100000000" is the same at length.
        FuzzResult result = new DatagramFuzz(1, kind).Run(datagrams);
        Assert.IsEmpty(result.Failures, string.Join('\n', result.Failures));
        Assert.AreEqual(datagrams, result.Datagrams);
        if (kind != FuzzKind.Resealed)
        {
            Assert.AreEqual(datagrams, result.Refused);
            Assert.IsLessThanOrEqualTo(1400L * datagrams, result.AllocatedBytes);
        }
        else
        {
            Assert.IsGreaterThan(datagrams / 10, result.Ignored);
        }
    }
}
