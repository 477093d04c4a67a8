using FpgaEdge.Tests;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class VectorSuiteTests
{
    [TestMethod]
    [DataRow("A_1x16_pynq")]
    [DataRow("B_1x32")]
    [DataRow("C_4x8_pynq")]
    [DataRow("D_2x16")]
    [DataRow("E_1x4_small_bitfield_packing")]
    [DataRow("F_1x16_int4")]
    [DataRow("L_1x16_legacy_isa")]
    [DataRow("ERRORS_A_1x16_pynq")]
    public void EveryCaseOfTheFullSuitesPasses(string name)
    {
        // Goal: bit-true with the reference simulator, in both instruction sets and all published configurations.
        // Method: run every program and compare final DRAM by hash and bytes, counters, and re-encoding.
        VtaVectorSuite suite = Read(SharedData.Require($"vta/vectors/{name}.json"));
        AssertAllPass(suite, VtaSimulatorOptions.Default);
    }

    internal static VtaVectorSuite Read(string path) => VtaVectorSuite.Read(
        File.ReadAllBytes(path), bin => File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(path)!, bin)));

    internal static void AssertAllPass(VtaVectorSuite suite, VtaSimulatorOptions options)
    {
        var verifier = new VtaVectorVerifier(suite, options);
        string[] failures =
        [
            .. suite.Cases.Select(verifier.Verify).Where(verdict => !verdict.Passed)
                .Select(verdict => $"{verdict.Name}: {verdict.Reason}"),
        ];
        Assert.AreNotEqual(0, suite.Cases.Count);
        Assert.AreEqual("", string.Join(Environment.NewLine, failures));
    }
}
