namespace FpgaEdge.Vta.Tvm;

/// <summary>One of ResNet-18's convolutions on the accelerator, with its published tuning and figures.</summary>
/// <param name="Name">Name in TVM's benchmark of these layers.</param>
/// <param name="Uses">How often the network has it.</param>
/// <param name="Convolution">Shape.</param>
/// <param name="Tile">Tuned tile for 1x16_i8w8a32_15_15_18_17.</param>
/// <param name="RooflineGops">Throughput in the roofline figure of the VTA release, read from the picture.</param>
/// <param name="Zynq7020LogGops">Throughput in the published tuning log of a Zynq-7020; indicative, as its values
/// repeat between networks.</param>
/// <param name="UltraScaleLogGops">The same for an Ultra96.</param>
public sealed record ResNet18Layer(
    string Name,
    int Uses,
    VtaConvolution Convolution,
    TvmTile Tile,
    double RooflineGops,
    double Zynq7020LogGops,
    double UltraScaleLogGops);

/// <summary>The convolutions of ResNet-18 that are offloaded: all but the first, at 224 x 224 input.</summary>
public static class ResNet18Layers
{
    /// <summary>Published time of all offloaded convolutions on a Zynq-7020 at 100 MHz.</summary>
    public const double PublishedMilliseconds = 73.0;

    /// <summary>Sum of the tuning log's times on an Ultra96 at 333 MHz; indicative.</summary>
    public const double UltraScaleLogMilliseconds = 37.9;

    /// <summary>All layers, in the order of the network.</summary>
    public static IReadOnlyList<ResNet18Layer> All { get; } =
    [
        new("C2", 4, new(56, 56, 64, 64, 3, 1, 1), new(8, 56, 1, 2, false), 37, 40.6, 70.3),
        new("C3", 1, new(56, 56, 64, 128, 3, 2, 1), new(7, 28, 1, 4, false), 39, 39.0, 67.8),
        new("C4", 1, new(56, 56, 64, 128, 1, 2, 0), new(7, 28, 1, 4, true), 9, 9.5, 11.0),
        new("C5", 3, new(28, 28, 128, 128, 3, 1, 1), new(14, 28, 1, 2, true), 42, 44.6, 96.5),
        new("C6", 1, new(28, 28, 128, 256, 3, 2, 1), new(14, 14, 1, 4, false), 43, 43.3, 95.3),
        new("C7", 1, new(28, 28, 128, 256, 1, 2, 0), new(7, 14, 1, 8, false), 15, 12.5, 17.2),
        new("C8", 3, new(14, 14, 256, 256, 3, 1, 1), new(14, 14, 1, 4, false), 45, 46.9, 119.0),
        new("C9", 1, new(14, 14, 256, 512, 3, 2, 1), new(7, 7, 1, 16, false), 30, 29.0, 107.8),
        new("C10", 1, new(14, 14, 256, 512, 1, 2, 0), new(7, 7, 1, 16, false), 15, 11.9, 20.3),
        new("C11", 3, new(7, 7, 512, 512, 3, 1, 1), new(7, 7, 1, 16, false), 32, 31.5, 134.3),
    ];

    /// <summary>The program of one layer with its data packed one after the other, and the bytes of the window it
    /// needs.
    /// </summary>
    /// <exception cref="VtaException">The tile does not fit the configuration.</exception>
    public static (VtaProgram Program, TvmBuffers Buffers, long WindowBytes) Generate(
        VtaConfiguration configuration, ResNet18Layer layer)
    {
        VtaConvolution c = layer.Convolution;
        long input = (long)c.Height * c.Width * c.InputChannels;
        long weights = (long)c.InputChannels * c.OutputChannels * c.Kernel * c.Kernel;
        long output = (long)c.OutputHeight * c.OutputWidth * c.OutputChannels;
        long at = 0;
        long Take(long bytes)
        {
            long offset = at;
            at += (bytes + 4095) / 4096 * 4096;
            return offset;
        }
        var buffers = new TvmBuffers(
            Take(input), Take(weights), Take(c.OutputChannels * 4L), Take(output), Take(1 << 20), Take(1 << 16));
        return (TvmSchedule.Generate(configuration, c, layer.Tile, buffers, 8), buffers, at);
    }
}
