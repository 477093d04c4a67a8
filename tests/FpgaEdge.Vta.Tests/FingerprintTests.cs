namespace FpgaEdge.Vta.Tests;

/// <summary>What a loaded accelerator says of itself.</summary>
[TestClass]
public sealed class FingerprintTests
{
    private static readonly VtaConfiguration Other = new()
    {
        Isa = VtaIsa.Legacy, LogInpWidth = 2, LogWgtWidth = 1, LogBatch = 1, LogBlock = 5, LogUopBufferSize = 14,
        LogInpBufferSize = 16, LogWgtBufferSize = 19, LogAccBufferSize = 18,
    };

    // Goal: every parameter comes back from the registers as the gateware was made. Method: two configurations that differ in
    // all of them, through the block's layout; the RTL writes the same block.
    [TestMethod]
    public void EveryParameterComesBack()
    {
        foreach (VtaConfiguration made in new[] { VtaConfiguration.Pynq, Other })
        {
            var registers = new MemoryRegisters();
            VtaFingerprint.Write(registers, made);
            VtaConfiguration found = VtaFingerprint.Read(registers)!;
            Assert.IsEmpty(VtaFingerprint.Differences(made, found));
            Assert.AreEqual(made.BitstreamName, found.BitstreamName);
        }
    }

    // Goal: a mismatch names each differing parameter and no other. Method: all but one differ; one differs.
    [TestMethod]
    public void EachDifferenceIsNamed()
    {
        string[] all = [.. VtaFingerprint.Differences(VtaConfiguration.Pynq, Other)];
        Assert.HasCount(9, all);
        Assert.Contains("instruction set: expected Current, found Legacy", all);
        Assert.Contains("LOG_BLOCK: expected 4, found 5", all);
        CollectionAssert.AreEqual(
            new[] { "LOG_WGT_BUFF_SIZE: expected 18, found 17" },
            VtaFingerprint.Differences(VtaConfiguration.Pynq, VtaConfiguration.Pynq with { LogWgtBufferSize = 17 }).ToArray());
    }

    // Goal: a published design, an empty logic and a block of the future are not mistaken for anything. Method: zeros, ones,
    // another version.
    [TestMethod]
    public void WithoutABlockNothingIsKnown()
    {
        var registers = new MemoryRegisters();
        Assert.IsNull(VtaFingerprint.Read(registers));
        VtaFingerprint.Write(registers, VtaConfiguration.Pynq);
        registers.Write(0x104, 0x0002_0000);
        Assert.IsNull(VtaFingerprint.Read(registers));
        registers.Write(VtaFingerprint.IdentificationRegister, uint.MaxValue);
        Assert.IsNull(VtaFingerprint.Read(registers));
    }

    private sealed class MemoryRegisters : IRegisterWindow
    {
        private readonly Dictionary<uint, uint> values = [];

        public uint Read(uint offset) => values.GetValueOrDefault(offset);

        public void Write(uint offset, uint value) => values[offset] = value;
    }
}
