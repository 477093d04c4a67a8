namespace FpgaEdge.Planning.Hybrid;

/// <summary>
/// Everything the model of an embedded GPU beside a direct-hardware-mapped FPGA assumes. Nothing here is measured by
/// this project; each figure can be moved within its range to see what depends on it.
/// </summary>
public static class HybridAssumptions
{
    private const string Qutibench = "QuTiBench, Jetson TX2 max-P, GoogLeNet and ResNet-50 at batch 1";
    private const string Handbook = "Cyclone 10 GX 220 device overview, from memory";

    /// <summary>The values used for reports.</summary>
    public static AssumptionSet Default { get; } = new(
    [
        new("gpu rate", "Mop/s", 254_000, 280_000, 309_000,
            $"the paper's GPU computes in float: half of {Qutibench}, 3.13 Gop in 6.16 ms and 7.72 Gop in 12.5 ms, FP16"),
        new("gpu depthwise rate", "Mop/s", 15_000, 28_000, 60_000,
            "estimate: depth-wise layers reach a tenth of the rate"),
        new("gpu memory", "MB/s", 30_000, 40_000, 59_700, "TX2 data sheet peak 59.7 GB/s; share reached estimated"),
        new("gpu kernel start", "ns", 5_000, 10_000, 20_000, "estimate for one kernel of a short layer"),
        new("gpu idle power", "mW", 1_800, 4_700, 4_700, $"{Qutibench}: 1.8 W at rest, 4.7 W ready"),
        new("gpu busy power", "mW", 8_070, 8_700, 9_380, $"{Qutibench}: 8.07 W and 9.38 W, FP16"),
        new("fpga clock", "kHz", 75_000, 100_000, 150_000,
            "example clock of the generator's description; range estimated"),
        new("fpga static power", "mW", 300, 600, 1_200, "estimate for a Cyclone 10 GX 220 and its supplies"),
        new("fpga busy power", "mW", 500, 1_500, 3_000, "estimate for a full device at the clock above"),
        new("fpga ALMs", "ALM", 70_000, 80_330, 80_330, Handbook),
        new(
            "fpga DSP multipliers", "multipliers", 384, 384, 384, Handbook),
        new("fpga memory", "kbit", 11_740, 11_740, 11_740, Handbook),
        new(
            "ALMs per constant multiplier", "ALM", 6, 10, 16, "estimate for 8 x 8 bits with a constant"),
        new("ALMs per adder", "ALM", 8, 9, 10, "16 to 20 bits, two bits per ALM"),
        new("free weights", "permille", 100, 150, 300, "estimate: zero, one or a power of two at 8 bits"),
        new("link rate", "MB/s", 1_600, 2_000, 2_500,
            "PCIe Gen2 x4 is 2.0 GB/s raw; the group's lanes are from memory"),
        new("link start", "ns", 5_000, 10_000, 20_000, "estimate for one DMA transfer and its notification"),
    ]);
}
