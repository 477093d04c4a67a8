using System.Collections.Immutable;

namespace FpgaEdge.Planning.Hybrid;

/// <summary>A convolution of a module.</summary>
/// <param name="Name">Its role.</param>
/// <param name="Size">Input height and width.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Kernel">Kernel height and width.</param>
/// <param name="Stride">Stride.</param>
/// <param name="IsDepthwise">Whether each output channel sees one input channel.</param>
public sealed record HybridLayer(
    string Name, int Size, int Inputs, int Outputs, int Kernel, int Stride = 1, bool IsDepthwise = false)
{
    /// <summary>Output height and width.</summary>
    public int OutputSize => (Size + Stride - 1) / Stride;

    /// <summary>Multipliers that a direct hardware mapping needs: one per weight.</summary>
    public long Weights => (long)(IsDepthwise ? 1 : Inputs) * Outputs * Kernel * Kernel;

    /// <summary>Multiply-accumulates.</summary>
    public long Macs => Weights * OutputSize * OutputSize;

    /// <summary>The same layer with only some of its output channels.</summary>
    public HybridLayer Part(int outputs) => this with { Inputs = IsDepthwise ? outputs : Inputs, Outputs = outputs };
}

/// <summary>A step of a module: layers that read the same tensor and whose outputs are put side by side.</summary>
public sealed record HybridStep(ImmutableArray<HybridLayer> Branches)
{
    /// <summary>Channels read.</summary>
    public int Inputs => Branches[0].Inputs;

    /// <summary>Channels written by all branches.</summary>
    public int Outputs => Branches.Sum(branch => branch.Outputs);
}

/// <summary>A building block of a network: its steps, one after the other.</summary>
/// <param name="Name">For people.</param>
/// <param name="Repeats">How often the network has it; each needs hardware of its own.</param>
/// <param name="Steps">The steps.</param>
public sealed record HybridModule(string Name, int Repeats, ImmutableArray<HybridStep> Steps)
{
    /// <summary>A second chain from the same input, whose output is put beside that of the steps.</summary>
    public ImmutableArray<HybridLayer> Side { get; init; } = [];
}

/// <summary>The modules of the three networks that the hybrid study looks at.</summary>
public static class HybridNetworks
{
    /// <summary>
    /// SqueezeNet 1.0: eight Fire modules (Iandola et al., 2016), 224 × 224 input without padding in the first
    /// layer.
    /// </summary>
    public static ImmutableArray<HybridModule> SqueezeNet { get; } =
    [
        Fire("fire2", 54, 96, 16, 64), Fire("fire3", 54, 128, 16, 64), Fire("fire4", 54, 128, 32, 128),
        Fire("fire5", 27, 256, 32, 128), Fire("fire6", 27, 256, 48, 192), Fire("fire7", 27, 384, 48, 192),
        Fire("fire8", 27, 384, 64, 256), Fire("fire9", 13, 512, 64, 256),
    ];

    /// <summary>MobileNetV2 1.0: the bottlenecks with expansion 6 (Sandler et al., 2018, table 2).</summary>
    public static ImmutableArray<HybridModule> MobileNetV2 { get; } =
    [
        Bottleneck("bottleneck2", 1, 112, 16, 24, 2), Bottleneck("bottleneck3", 1, 56, 24, 24, 1),
        Bottleneck("bottleneck4", 1, 56, 24, 32, 2), Bottleneck("bottleneck5", 2, 28, 32, 32, 1),
        Bottleneck("bottleneck7", 1, 28, 32, 64, 2), Bottleneck("bottleneck8", 3, 14, 64, 64, 1),
        Bottleneck("bottleneck11", 1, 14, 64, 96, 1), Bottleneck("bottleneck12", 2, 14, 96, 96, 1),
        Bottleneck("bottleneck14", 1, 14, 96, 160, 2), Bottleneck("bottleneck15", 2, 7, 160, 160, 1),
        Bottleneck("bottleneck17", 1, 7, 160, 320, 1),
    ];

    /// <summary>
    /// ShuffleNetV2 1.0: of each stage the unit that halves the image, with layers in both branches, and the basic unit,
    /// with layers in one (Ma et al., 2018, figure 3 and table 5).
    /// </summary>
    public static ImmutableArray<HybridModule> ShuffleNetV2 { get; } =
    [
        Halving("stage2 first unit", 56, 24, 58), Unit("stage2 unit", 3, 28, 58),
        Halving("stage3 first unit", 28, 116, 116), Unit("stage3 unit", 7, 14, 116),
        Halving("stage4 first unit", 14, 232, 232), Unit("stage4 unit", 3, 7, 232),
    ];

    private static HybridModule Fire(string name, int size, int inputs, int squeeze, int expand) => new(
        name, 1,
        [
            new([new("squeeze", size, inputs, squeeze, 1)]),
            new([new("expand 1x1", size, squeeze, expand, 1), new("expand 3x3", size, squeeze, expand, 3)]),
        ]);

    private static HybridModule Bottleneck(string name, int repeats, int size, int inputs, int outputs, int stride) => new(
        name, repeats,
        [
            new([new("expand", size, inputs, 6 * inputs, 1)]),
            new([new("depthwise", size, 6 * inputs, 6 * inputs, 3, stride, true)]),
            new([new("project", (size + stride - 1) / stride, 6 * inputs, outputs, 1)]),
        ]);

    private static HybridModule Unit(string name, int repeats, int size, int channels) =>
        new(name, repeats, Branch(size, channels, channels, 1));

    private static HybridModule Halving(string name, int size, int inputs, int outputs) =>
        new(name, 1, Branch(size, inputs, outputs, 2))
        {
            Side = [new("side depthwise", size, inputs, inputs, 3, 2, true), new("side 1x1", size / 2, inputs, outputs, 1)],
        };

    private static ImmutableArray<HybridStep> Branch(int size, int inputs, int outputs, int stride) =>
    [
        new([new("first 1x1", size, inputs, outputs, 1)]),
        new([new("depthwise", size, outputs, outputs, 3, stride, true)]),
        new([new("second 1x1", size / stride, outputs, outputs, 1)]),
    ];
}
