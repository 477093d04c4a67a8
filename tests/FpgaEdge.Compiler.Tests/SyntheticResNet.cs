using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Tests;

/// <summary>ResNet-18 for 224 × 224 images with random weights, requantised by shifts.</summary>
internal static class SyntheticResNet
{
    public static IntegerGraph Build(int seed = 1, bool rectified = true)
    {
        var random = new Random(seed);
        var builder = new IntegerGraphBuilder("resnet18");
        int x = builder.AddInput("image", 224, 224, 3);
        x = Convolution(builder, random, "conv1", x, 64, 7, 2, 3, rectified);
        x = builder.AddMaximumPool("pool1", x, new Window(3, 3, 2, 2, 1, 1, 1, 1));
        for (int block = 0; block < 8; block++)
        {
            int channels = 64 << (block / 2);
            int stride = block is 2 or 4 or 6 ? 2 : 1;
            int shortcut = stride == 1
                ? x
                : Convolution(builder, random, $"down{block}", x, channels, 1, stride, 0, false);
            int y = Convolution(builder, random, $"conv{block}a", x, channels, 3, stride, 1, rectified);
            y = Convolution(builder, random, $"conv{block}b", y, channels, 3, 1, 1, false);
            x = builder.AddSum($"add{block}", y, shortcut, 1.5, 0, rectified ? 0 : -128, 127);
        }
        x = builder.AddAveragePool("pool", x, new Window(7, 7, 7, 7, 0, 0, 0, 0), 1.2);
        x = Convolution(builder, random, "fc", x, 1000, 1, 1, 0, false);
        builder.AddOutput(x);
        return builder.Build();
    }

    private static int Convolution(
        IntegerGraphBuilder builder, Random random, string name, int input, int outputs, int kernel, int stride,
        int pad, bool rectified)
    {
        int inputs = builder[input].Channels;
        sbyte[] weights = new sbyte[outputs * kernel * kernel * inputs];
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => random.Next(-20_000, 20_000))];
        int shift = 8 + (int)Math.Log2(kernel * Math.Sqrt(inputs));
        var requantization = new Requantization(RequantizationKind.Shift, [shift], [], rectified ? 0 : -128, 127);
        var window = new Window(kernel, kernel, stride, stride, pad, pad, pad, pad);
        return builder.AddConvolution(name, input, window, 1, weights, bias, requantization);
    }
}
