using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Tests;

/// <summary>Random layers, the same for the same seed.</summary>
internal static class RandomLayers
{
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
        int input = builder.AddInput("in", height, width, channels, zeroPoint: zeroPoint);
        builder.AddOutput(AddConvolution(builder, random, "conv", input, window, outputs));
        return builder.Build();
    }

    /// <summary>Adds a convolution with random values to a graph.</summary>
    public static int AddConvolution(
        IntegerGraphBuilder builder, Random random, string name, int input, Window window, int outputs)
    {
        int inputs = builder[input].Channels;
        var weights = new sbyte[outputs * window.KernelHeight * window.KernelWidth * inputs];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        int biasScale = random.Next(3) switch { 0 => 1, 1 => 10_000, _ => 3_000_000 };
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-biasScale, biasScale))];
        int maximumShift = random.Next(3) == 0 ? 31 : 14;
        int[] shift = random.Next(2) == 0
            ? [random.Next(maximumShift)]
            : [.. Enumerable.Range(0, outputs).Select(_ => random.Next(maximumShift))];
        int minimum = random.Next(2) == 0 ? -128 : random.Next(-128, 1);
        var requantization = new Requantization(RequantizationKind.Shift, shift, [], minimum, random.Next(minimum, 128));
        return builder.AddConvolution(name, input, window, 1, weights, bias, requantization);
    }

    /// <summary>Random bytes for every input of a graph.</summary>
    public static byte[][] Inputs(Random random, IntegerGraph graph) => [.. graph.Inputs.Select(input =>
    {
        byte[] bytes = new byte[graph.Tensors[input].ByteCount];
        random.NextBytes(bytes);
        return bytes;
    })];
}
