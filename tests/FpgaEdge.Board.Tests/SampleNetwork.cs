using FpgaEdge.Compiler.Packages;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Board.Tests;

/// <summary>A small network made by hand, with every road through a board: convolutions, pooling, a sum, a dense
/// layer.</summary>
internal static class SampleNetwork
{
    /// <summary>The network; the seed decides its weights, so that different seeds are different packages.</summary>
    public static IntegerGraph Create(int seed)
    {
        var random = new Random(seed);
        var builder = new IntegerGraphBuilder($"sample {seed}");
        int input = builder.AddInput("image", 12, 12, 3);
        int first = Convolution(builder, random, "first", input, 16, 3);
        int second = Convolution(builder, random, "second", first, 32, 3);
        int pooled = builder.AddMaximumPool("pool", second, new Window(2, 2, 2, 2, 0, 0, 0, 0));
        int third = Convolution(builder, random, "third", pooled, 32, 3);
        int sum = builder.AddSum("sum", pooled, third, scale: 1);
        int mean = builder.AddAveragePool("mean", sum, new Window(6, 6, 6, 6, 0, 0, 0, 0));
        int scores = Convolution(builder, random, "dense", mean, 10, 1);
        builder.AddOutput(scores);
        return builder.Build();
    }

    /// <summary>The network as a package file.</summary>
    public static byte[] Package(IntegerGraph graph) =>
        new Package(graph, InputPreprocessing.None, [], Provenance.Unknown).Write();

    /// <summary>Random inputs.</summary>
    public static byte[][] Inputs(IntegerGraph graph, int count, int seed)
    {
        var random = new Random(seed);
        var inputs = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            inputs[i] = new byte[graph.Tensors[graph.Inputs[0]].ByteCount];
            random.NextBytes(inputs[i]);
        }
        return inputs;
    }

    private static int Convolution(
        IntegerGraphBuilder builder, Random random, string name, int input, int channels, int kernel)
    {
        int pad = kernel / 2;
        var window = new Window(kernel, kernel, 1, 1, pad, pad, pad, pad);
        sbyte[] weights = new sbyte[channels * kernel * kernel * builder[input].Channels];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (sbyte)random.Next(-128, 128);
        }
        int[] bias = [.. Enumerable.Range(0, channels).Select(_ => random.Next(-4000, 4000))];
        int[] shift = [.. Enumerable.Range(0, channels).Select(_ => random.Next(7, 11))];
        return builder.AddConvolution(
            name, input, window, 1, weights, bias, new Requantization(RequantizationKind.Shift, shift, [], -128, 127));
    }
}
