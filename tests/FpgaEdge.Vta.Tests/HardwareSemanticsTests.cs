using System.Security.Cryptography;
using FpgaEdge.Tests;
using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class HardwareSemanticsTests
{
    private static readonly VtaSimulatorOptions Hardware = new() { Semantics = VtaSemantics.Hardware };

    [TestMethod]
    [DataRow("A_1x16_pynq")]
    [DataRow("B_1x32")]
    [DataRow("C_4x8_pynq")]
    [DataRow("D_2x16")]
    [DataRow("E_1x4_small_bitfield_packing")]
    [DataRow("F_1x16_int4")]
    [DataRow("L_1x16_legacy_isa")]
    public void PortabilityNotesMatchWhatWasMeasured(string name)
    {
        // Goal: programs on which all implementations agree run the same without a note, and those on which the HLS
        // model was seen to differ get one. Method: the full suites with their recorded classification.
        VectorSuiteTests.AssertAllPass(VectorSuiteTests.Read(SharedData.Require($"vta/vectors/{name}.json")), Hardware);
    }

    [TestMethod]
    [DataRow("A_1x16_pynq")]
    [DataRow("B_1x32")]
    [DataRow("C_4x8_pynq")]
    [DataRow("D_2x16")]
    [DataRow("E_1x4_small_bitfield_packing")]
    [DataRow("F_1x16_int4")]
    [DataRow("L_1x16_legacy_isa")]
    public void HardwareSemanticsGiveTheHlsModelsResult(string name)
    {
        // Goal: our model of the hardware is the HLS model, not merely suspicious of the right programs.
        // Method: wherever the measured HLS result equals the reference's, so must ours.
        VtaVectorSuite suite = VectorSuiteTests.Read(SharedData.Require($"vta/vectors/{name}.json"));
        var different = new List<string>();
        int compared = 0;
        foreach (VtaVectorCase vectorCase in suite.Cases.Where(c => c.HlsModelMatches is not null))
        {
            byte[] dram = suite.CreateDram(vectorCase);
            new VtaSimulator(suite.Configuration, Hardware).Run(
                dram, suite.DramBase, vectorCase.InstructionAddress, vectorCase.InstructionCount);
            bool same = Convert.ToHexStringLower(SHA256.HashData(dram)) == vectorCase.FinalSha256;
            compared++;
            if (same != vectorCase.HlsModelMatches)
            {
                different.Add($"{vectorCase.Name}: ours {(same ? "equals" : "differs from")} the reference");
            }
        }
        Assert.AreNotEqual(0, compared);
        Assert.AreEqual("", string.Join(Environment.NewLine, different));
    }
}
