using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels.Tests;

[TestClass]
public sealed class FloatConvolutionTests
{
    // Goal: the float kernels compute convolutions. Method: random layers of both kinds, with padding, strides and dilation, of
    // channel counts that fill and do not fill the blocks, against sums in double precision over the definition.
    [TestMethod]
    public void RandomLayersAreTheSumsOfTheirProducts()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            int height = 1 + random.Next(12), width = 1 + random.Next(12), channels = 1 + random.Next(40);
            bool depthwise = random.Next(3) == 0;
            int outputs = depthwise ? channels : 1 + random.Next(150);
            Window window = RandomWindow(random, height, width);
            int inputs = depthwise ? 1 : channels;
            float[] weights = Values(random, outputs * window.KernelHeight * window.KernelWidth * inputs);
            float[] bias = Values(random, outputs);
            float[] input = Values(random, height * width * channels);
            var layer = new FloatConvolution(window, height, width, channels, weights, bias, depthwise);
            float[] found = new float[layer.OutputHeight * layer.OutputWidth * outputs];
            layer.Execute(input, found, new float[layer.ScratchLength]);
            for (int i = 0; i < found.Length; i++)
            {
                double sum = bias[i % outputs];
                (int y, int x) = Math.DivRem(i / outputs, layer.OutputWidth);
                for (int k = 0; k < window.KernelHeight * window.KernelWidth * inputs; k++)
                {
                    int row = (y * window.StrideHeight) - window.PadTop
                        + (k / inputs / window.KernelWidth * window.DilationHeight);
                    int column = (x * window.StrideWidth) - window.PadLeft
                        + (k / inputs % window.KernelWidth * window.DilationWidth);
                    if (row >= 0 && row < height && column >= 0 && column < width)
                    {
                        int channel = depthwise ? i % outputs : k % inputs;
                        sum += (double)input[(((row * width) + column) * channels) + channel]
                            * weights[(i % outputs * window.KernelHeight * window.KernelWidth * inputs) + k];
                    }
                }
                Assert.AreEqual(sum, found[i], 1e-4, $"seed {seed}, element {i}");
            }
        }
    }

    private static Window RandomWindow(Random random, int height, int width)
    {
        int kernelHeight = 1 + random.Next(Math.Min(3, height)), kernelWidth = 1 + random.Next(Math.Min(3, width));
        bool dilate = random.Next(4) == 0 && kernelHeight * 2 <= height && kernelWidth * 2 <= width;
        return new Window(kernelHeight, kernelWidth, 1 + random.Next(2), 1 + random.Next(2), random.Next(2), random.Next(2),
            random.Next(2), random.Next(2), dilate ? 2 : 1, dilate ? 2 : 1);
    }

    private static float[] Values(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
