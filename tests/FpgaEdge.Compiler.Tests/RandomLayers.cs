using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Tests;

/// <summary>Random layers, the same for the same seed.</summary>
internal static class RandomLayers
{
    /// <summary>A graph with branches, sums, pools, concatenations and several outputs.</summary>
    public static IntegerGraph Graph(Random random)
    {
        var builder = new IntegerGraphBuilder("graph");
        int x = builder.AddInput("in", random.Next(5, 12), random.Next(5, 12), random.Next(1, 20));
        for (int i = 0; i < 8; i++)
        {
            int kernel = random.Next(1, 4);
            var window = new Window(kernel, kernel, 1, 1, kernel / 2, kernel / 2, (kernel - 1) / 2, (kernel - 1) / 2);
            x = random.Next(6) switch
            {
                0 => builder.AddMaximumPool($"max{i}", x, window),
                1 => builder.AddSum($"sum{i}", x, Same(builder, random, $"branch{i}", x), 1.5),
                2 => builder.AddConcat($"concat{i}", x, Same(builder, random, $"part{i}", x)),
                3 => builder.AddAveragePool($"mean{i}", x, window),
                _ => AddConvolution(builder, random, $"conv{i}", x, window, random.Next(1, 40)),
            };
            if (random.Next(8) == 0)
            {
                builder.AddOutput(x);
            }
        }
        x = AddConvolution(builder, random, "last", x, Window.Point, 10);
        builder.AddOutput(x);
        return builder.Build();
    }

    private static int Same(IntegerGraphBuilder builder, Random random, string name, int x) =>
        AddConvolution(builder, random, name, x, new Window(3, 3, 1, 1, 1, 1, 1, 1), builder[x].Channels);

    /// <summary>A graph of one convolution with random sizes and values that reach every clamp.</summary>
    public static IntegerGraph Convolution(Random random, int maximumChannels = 40)
    {
        int kernelHeight = random.Next(1, 5);
        int kernelWidth = random.Next(1, 5);
        int dilationHeight = random.Next(4) == 0 ? 2 : 1;
        int dilationWidth = random.Next(4) == 0 ? 2 : 1;
        int extentHeight = ((kernelHeight - 1) * dilationHeight) + 1;
        int extentWidth = ((kernelWidth - 1) * dilationWidth) + 1;
        bool dense = random.Next(6) == 0;
        var window = dense ? Window.Point : new Window(
            kernelHeight, kernelWidth, random.Next(1, 4), random.Next(1, 4),
            random.Next(extentHeight), random.Next(extentWidth), random.Next(extentHeight), random.Next(extentWidth),
            dilationHeight, dilationWidth);
        int height = dense ? 1 : random.Next(extentHeight, extentHeight + 14);
        int width = dense ? 1 : random.Next(extentWidth, extentWidth + 14);
        int channels = random.Next(1, maximumChannels);
        int outputs = random.Next(1, maximumChannels);
        var builder = new IntegerGraphBuilder("random");
        int zeroPoint = random.Next(2) == 0 ? 0 : random.Next(-128, 128);
        int groups = Groups(random, ref channels, ref outputs);
        int input = builder.AddInput("in", height, width, channels, zeroPoint: zeroPoint);
        builder.AddOutput(AddConvolution(builder, random, "conv", input, window, outputs, groups, random.Next(3) == 0));
        return builder.Build();
    }

    /// <summary>Mostly none; else depth-wise, depth-wise with a multiplier, or groups of some channels.</summary>
    private static int Groups(Random random, ref int channels, ref int outputs)
    {
        switch (random.Next(6))
        {
            case 0:
                outputs = channels;
                return channels;
            case 1:
                outputs = channels * 2;
                return channels;
            case 2:
                int groups = random.Next(1, 5);
                channels = groups * (4 << random.Next(3));
                outputs = groups * (4 << random.Next(3));
                return groups;
            default:
                return 1;
        }
    }

    /// <summary>Adds a convolution with random values to a graph.</summary>
    public static int AddConvolution(
        IntegerGraphBuilder builder, Random random, string name, int input, Window window, int outputs, int groups = 1,
        bool foreignArithmetic = false)
    {
        int inputs = builder[input].Channels / groups;
        var weights = new sbyte[outputs * window.KernelHeight * window.KernelWidth * inputs];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        int biasScale = random.Next(3) switch { 0 => 1, 1 => 10_000, _ => 3_000_000 };
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-biasScale, biasScale))];
        int maximumShift = random.Next(3) == 0 ? 31 : 14;
        int[] shift = random.Next(2) == 0
            ? [random.Next(maximumShift)]
            : [.. Enumerable.Range(0, outputs).Select(_ => random.Next(maximumShift))];
        int minimum = random.Next(2) == 0 ? -128 : random.Next(-128, 1);
        var requantization = new Requantization(
            RequantizationKind.Shift, shift, [], minimum, random.Next(minimum, 128));
        if (foreignArithmetic)
        {
            requantization = Foreign(random, outputs);
        }
        int zeroPoint = foreignArithmetic ? random.Next(-128, 128) : 0;
        return builder.AddConvolution(name, input, window, groups, weights, bias, requantization, zeroPoint: zeroPoint);
    }

    /// <summary>Requantisation that the accelerator does not have.</summary>
    private static Requantization Foreign(Random random, int outputs) => random.Next(3) switch
    {
        0 => new Requantization(RequantizationKind.None, [], [], int.MinValue, int.MaxValue),
        1 => new Requantization(RequantizationKind.FixedPoint,
            [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-12, -4))],
            [.. Enumerable.Range(0, outputs).Select(_ => random.Next(1 << 30, int.MaxValue))], -128, 127),
        _ => new Requantization(RequantizationKind.Real, [], [], -128, 127)
        {
            Factors = [.. Enumerable.Range(0, outputs).Select(_ => random.NextDouble() / 1000)],
        },
    };

    /// <summary>Random bytes for every input of a graph.</summary>
    public static byte[][] Inputs(Random random, IntegerGraph graph) => [.. graph.Inputs.Select(input =>
    {
        byte[] bytes = new byte[graph.Tensors[input].ByteCount];
        random.NextBytes(bytes);
        return bytes;
    })];
}
