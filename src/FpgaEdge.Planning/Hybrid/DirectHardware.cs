namespace FpgaEdge.Planning.Hybrid;

/// <summary>
/// Cost of a layer mapped directly to hardware, one pixel per clock, after the structure of the public generator
/// Haddoc2: constant multipliers, a binary adder tree per output channel, K − 1 line buffers per input channel.
/// </summary>
public static class DirectHardware
{
    private const int Bits = 8;

    /// <summary>
    /// Odd constants above one that 8 bits and a sign can hold, 3 to 127: a shift and a sign of their products, which cost
    /// nothing, make all others.
    /// </summary>
    private const int DistinctConstants = (1 << (Bits - 2)) - 1;

    /// <summary>
    /// Multipliers for the weights that are not free. All output channels multiply the same pixel of a window, so equal
    /// constants share a multiplier; depth-wise, each pixel meets one weight only.
    /// </summary>
    public static long Multipliers(HybridLayer layer, AssumptionSet assume)
    {
        long perPixel = layer.IsDepthwise ? 1 : layer.Outputs;
        return layer.Weights / perPixel * Math.Min(perPixel * (1000 - assume["free weights"]), DistinctConstants * 1000) / 1000;
    }

    /// <summary>Logic for all multipliers and adders.</summary>
    public static long Alms(HybridLayer layer, AssumptionSet assume) =>
        (Multipliers(layer, assume) * assume["ALMs per constant multiplier"]) + (Adders(layer) * assume["ALMs per adder"]);

    /// <summary>
    /// Logic that a device has for all layers mapped on it: its own, and what its DSP blocks save by being multipliers.
    /// </summary>
    public static long DeviceAlms(AssumptionSet assume) =>
        assume["fpga ALMs"] + (assume["fpga DSP multipliers"] * assume["ALMs per constant multiplier"]);

    /// <summary>Adders: per output channel one less than it has products.</summary>
    public static long Adders(HybridLayer layer) => layer.Weights - layer.Outputs;

    /// <summary>Line buffers: C · (K − 1) · W pixels of 8 bits.</summary>
    public static long MemoryBits(HybridLayer layer) => (long)layer.Inputs * (layer.Kernel - 1) * layer.Size * Bits;

    /// <summary>One pixel per clock over the input image, whatever the number of channels.</summary>
    public static long FrameNs(HybridLayer layer, AssumptionSet assume) =>
        Clocks((long)layer.Size * layer.Size, assume);

    /// <summary>Clocks until the first output: lines and pixels of the window, the adder tree, two registers.</summary>
    public static long FillNs(HybridLayer layer, AssumptionSet assume)
    {
        long products = (long)(layer.IsDepthwise ? 1 : layer.Inputs) * layer.Kernel * layer.Kernel;
        int tree = 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)products - 1);
        return Clocks(((layer.Kernel - 1) * (long)layer.Size) + layer.Kernel + (products > 1 ? tree : 0) + 2, assume);
    }

    private static long Clocks(long clocks, AssumptionSet assume) =>
        ((clocks * 1_000_000) + assume["fpga clock"] - 1) / assume["fpga clock"];
}
