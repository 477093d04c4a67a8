namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class ConfigurationTests
{
    private const string PynqJson = """
        {"TARGET":"pynq","HW_VER":"0.0.2","LOG_INP_WIDTH":3,"LOG_WGT_WIDTH":3,"LOG_ACC_WIDTH":5,"LOG_BATCH":0,
        "LOG_BLOCK":4,"LOG_UOP_BUFF_SIZE":15,"LOG_INP_BUFF_SIZE":15,"LOG_WGT_BUFF_SIZE":18,"LOG_ACC_BUFF_SIZE":17}
        """;

    [TestMethod]
    public void ThePublishedConfigurationHasThePublishedFigures()
    {
        // Goal: every derived figure. Method: the specification's table for the default configuration.
        VtaConfiguration c = VtaConfiguration.FromJson(PynqJson);
        Assert.AreEqual(VtaConfiguration.Pynq, c);
        Assert.AreEqual("1x16_i8w8a32_15_15_18_17", c.BitstreamName);
        Assert.AreEqual((13, 11, 10, 11), (c.LogUopDepth, c.LogInpDepth, c.LogWgtDepth, c.LogAccDepth));
        Assert.AreEqual((4, 16, 256, 64, 16, 16), (
            c.ElementBytes(VtaMemoryId.Uop), c.ElementBytes(VtaMemoryId.Inp), c.ElementBytes(VtaMemoryId.Wgt),
            c.ElementBytes(VtaMemoryId.Acc), c.ElementBytes(VtaMemoryId.Out), c.ElementBytes(VtaMemoryId.Acc8)));
        Assert.AreEqual(256, c.MacsPerGemm);
        Assert.AreEqual(15, c.LogOutBufferSize);
    }

    [TestMethod]
    [DataRow("LOG_ACC_BUFF_SIZE\":17", "LOG_ACC_BUFF_SIZE\":18", "A + max(A, I) + W <= 32 bits, found 34")]
    [DataRow("LOG_UOP_BUFF_SIZE\":15", "LOG_UOP_BUFF_SIZE\":16", "37 + 2U <= 64 bits, found 65")]
    [DataRow("LOG_ACC_WIDTH\":5", "LOG_ACC_WIDTH\":4", "LOG_ACC_WIDTH = 5")]
    [DataRow("LOG_INP_BUFF_SIZE\":15", "LOG_INP_BUFF_SIZE\":3", "LOG_INP_BUFF_SIZE that gives 1..16")]
    [DataRow("LOG_BATCH", "LOG_BATCHES", "LOG_BATCH is missing")]
    [DataRow("LOG_BLOCK\":4", "LOG_BLOCK\":\"4\"", "LOG_BLOCK: expected an integer 0..31, found \"4\"")]
    [DataRow("LOG_BLOCK\":4", "LOG_BLOCK\":-1", "VTA configuration.LOG_BLOCK: expected an integer 0..31, found -1")]
    [DataRow("{", "[", "expected a JSON object")]
    public void AnImpossibleConfigurationIsRefusedWithItsConstraint(string part, string replacement, string expected)
    {
        // Goal: the user learns which constraint fails and with which numbers. Method: one change at a time.
        string json = PynqJson.Replace(part, replacement, StringComparison.Ordinal);
        VtaException e = Assert.ThrowsExactly<VtaException>(() => VtaConfiguration.FromJson(json));
        StringAssert.Contains(e.Message, expected);
    }

    [TestMethod]
    public void DeepAccumulatorsNeedAShortAluInstruction()
    {
        // Goal: the ALU constraint, which the micro-op constraint usually hides. Method: A = 12 with few weights; it
        // exists only if the micro-op buffer is small enough for the first factor to slide into word 0.
        VtaConfiguration deep = VtaConfiguration.Pynq with { LogAccBufferSize = 18, LogWgtBufferSize = 15 };
        VtaException e = Assert.ThrowsExactly<VtaException>(() => deep.EnsureFeasible());
        StringAssert.Contains(e.Message, "ALU word 1: 4A + 20 <= 64 bits, found 68");
        (deep with { LogUopBufferSize = 9 }).EnsureFeasible();
    }
}
