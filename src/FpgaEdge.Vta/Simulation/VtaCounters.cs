namespace FpgaEdge.Vta;

/// <summary>What one run moved and computed, counted as the reference simulator counts (SPEC section 8): padding is not
/// counted, resets are not counted, and 8-bit accumulator loads count as the 32-bit data they become.</summary>
public readonly record struct VtaCounters(
    long InpLoadBytes,
    long WgtLoadBytes,
    long AccLoadBytes,
    long UopLoadBytes,
    long OutStoreBytes,
    long GemmSteps,
    long AluSteps)
{
    /// <summary>The counters that follow from a program alone.</summary>
    public static VtaCounters Of(VtaConfiguration configuration, IReadOnlyList<VtaInstruction> instructions) =>
        Simulation.Counting.Count(configuration, instructions);
}
