using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Bench;

/// <summary>A convolution layer of a well-known network, square, with padding that keeps the size at stride 1.</summary>
/// <param name="Network">Whose layer it is.</param>
/// <param name="Size">Height and width of the input.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Kernel">Height and width of the kernel.</param>
/// <param name="Stride">Both ways.</param>
/// <param name="Depthwise">One filter per channel.</param>
internal sealed record BenchShape(
    string Network, int Size, int Inputs, int Outputs, int Kernel, int Stride, bool Depthwise = false)
{
    private const int InputZeroPoint = 121;
    private const int OutputZeroPoint = 128;

    /// <summary>Every distinct layer of ResNet-18 and MobileNetV2 at 224 × 224.</summary>
    public static IReadOnlyList<BenchShape> All { get; } = [.. ResNet18(), .. MobileNetV2()];

    /// <summary>For tables.</summary>
    public string Name => $"{Network} {(Depthwise ? "dw " : "")}{Kernel}x{Kernel}/{Stride} {Inputs}-{Outputs} @{Size}";

    /// <summary>3×3, 1×1, depth-wise and so on, for summaries.</summary>
    public string Kind => Depthwise ? "depthwise" : $"{Kernel}x{Kernel}";

    /// <summary>Padding on every side.</summary>
    public int Padding => Kernel / 2;

    /// <summary>Height and width of the output.</summary>
    public int OutputSize => ((Size + (2 * Padding) - Kernel) / Stride) + 1;

    /// <summary>Channels of one filter.</summary>
    public int FilterInputs => Depthwise ? 1 : Inputs;

    /// <summary>Multiply-accumulates.</summary>
    public long Macs => (long)OutputSize * OutputSize * Outputs * Kernel * Kernel * FilterInputs;

    /// <summary>
    /// The power of two that brings sums of random products near the 8-bit range; a power, so that single and double
    /// precision round alike and equal bytes can be asked for.
    /// </summary>
    public double Factor => Math.ScaleB(1, -(int)Math.Round(Math.Log2(100 * Math.Sqrt(Kernel * Kernel * FilterInputs))));

    /// <summary>The input tensor.</summary>
    public IntegerTensor Input => new("x", Size, Size, Inputs, IntegerType.UInt8, 1, InputZeroPoint);

    /// <summary>The output tensor.</summary>
    public IntegerTensor Output => new(
        "y", OutputSize, OutputSize, Outputs, IntegerType.UInt8, 1 / Factor, OutputZeroPoint);

    /// <summary>The layer with random weights.</summary>
    public ConvolutionNode Node(Random random)
    {
        var weights = new sbyte[Outputs * Kernel * Kernel * FilterInputs];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (sbyte)random.Next(-127, 128);
        }
        int[] bias = [.. Enumerable.Range(0, Outputs).Select(_ => random.Next(-5000, 5000))];
        var requantization = new Requantization(RequantizationKind.Real, [], [], 0, 255) { Factors = [Factor] };
        var window = new Window(Kernel, Kernel, Stride, Stride, Padding, Padding, Padding, Padding);
        return new ConvolutionNode(Name, [0], 1, window, Depthwise ? Inputs : 1, weights, bias, requantization);
    }

    private static IEnumerable<BenchShape> ResNet18()
    {
        yield return new BenchShape("resnet18", 224, 3, 64, 7, 2);
        yield return new BenchShape("resnet18", 56, 64, 64, 3, 1);
        for (int size = 56, channels = 64; channels < 512; size /= 2, channels *= 2)
        {
            yield return new BenchShape("resnet18", size, channels, 2 * channels, 3, 2);
            yield return new BenchShape("resnet18", size, channels, 2 * channels, 1, 2);
            yield return new BenchShape("resnet18", size / 2, 2 * channels, 2 * channels, 3, 1);
        }
    }

    private static IEnumerable<BenchShape> MobileNetV2()
    {
        const string name = "mobilenetv2";
        var seen = new HashSet<BenchShape>();
        var layers = new List<BenchShape> { new(name, 224, 3, 32, 3, 2) };
        int size = 112;
        int channels = 32;
        // (expansion, output channels, repetitions, first stride), the network's own table.
        foreach ((int t, int c, int n, int s) in new[] { (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
            (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1) })
        {
            for (int i = 0; i < n; i++)
            {
                int stride = i == 0 ? s : 1;
                int hidden = channels * t;
                if (t > 1)
                {
                    layers.Add(new BenchShape(name, size, channels, hidden, 1, 1));
                }
                layers.Add(new BenchShape(name, size, hidden, hidden, 3, stride, Depthwise: true));
                size /= stride;
                layers.Add(new BenchShape(name, size, hidden, c, 1, 1));
                channels = c;
            }
        }
        layers.Add(new BenchShape(name, size, channels, 1280, 1, 1));
        return layers.Where(seen.Add);
    }
}
