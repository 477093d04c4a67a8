using FpgaEdge.Vta.Tvm;

namespace FpgaEdge.Vta.Tests;

[TestClass]
public sealed class TvmScheduleTests
{
    [TestMethod]
    public void GeneratedConvolutionsComputeConvolutions()
    {
        // Goal: the programs the cycle model is judged with are real ones. Method: all ResNet-18 layers on random data,
        // each output compared with a direct convolution; and no reliance on non-portable behaviour in the smallest.
        foreach (ResNet18Layer layer in ResNet18Layers.All)
        {
            CheckLayer(layer, VtaSimulatorOptions.Default);
        }
        CheckLayer(ResNet18Layers.All[8], new VtaSimulatorOptions { Semantics = VtaSemantics.Hardware });
    }

    private static void CheckLayer(ResNet18Layer layer, VtaSimulatorOptions options)
    {
        const uint Base = 0x1000_0000;
        (VtaProgram program, TvmBuffers buffers, long bytes) = ResNet18Layers.Generate(VtaConfiguration.Pynq, layer);
        byte[] window = new byte[bytes];
        new Random(layer.Name.Length).NextBytes(window);
        uint start = program.Place(window, Base);
        byte[] before = [.. window];
        VtaRunResult run = new VtaSimulator(VtaConfiguration.Pynq, options)
            .Run(window, Base, start, program.InstructionCount);
        Assert.AreEqual("", string.Join("; ", run.Portability.Select(n => n.Detail)), layer.Name);
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            int o = random.Next(layer.Convolution.OutputChannels);
            int y = random.Next(layer.Convolution.OutputHeight);
            int x = random.Next(layer.Convolution.OutputWidth);
            int expected = Direct(before, buffers, layer.Convolution, o, y, x);
            VtaConvolution c = layer.Convolution;
            long at = buffers.Output + (((((o / 16 * c.OutputHeight) + y) * c.OutputWidth) + x) * 16) + (o % 16);
            Assert.AreEqual(expected, window[at], $"{layer.Name} channel {o} at {y},{x}");
        }
    }

    private static int Direct(byte[] window, TvmBuffers b, VtaConvolution c, int o, int y, int x)
    {
        int sum = BitConverter.ToInt32(window, (int)b.Bias + (o * 4));
        for (int ci = 0; ci < c.InputChannels; ci++)
        {
            for (int ky = 0; ky < c.Kernel; ky++)
            {
                for (int kx = 0; kx < c.Kernel; kx++)
                {
                    int iy = (y * c.Stride) + ky - c.Padding;
                    int ix = (x * c.Stride) + kx - c.Padding;
                    if (iy < 0 || ix < 0 || iy >= c.Height || ix >= c.Width)
                    {
                        continue;
                    }
                    long input = b.Input + (((((ci / 16 * c.Height) + iy) * c.Width) + ix) * 16) + (ci % 16);
                    long block = ((((o / 16 * (c.InputChannels / 16)) + (ci / 16)) * c.Kernel) + ky) * c.Kernel + kx;
                    long weight = b.Weights + (block * 256) + (o % 16 * 16) + (ci % 16);
                    sum = unchecked(sum + ((sbyte)window[input] * (sbyte)window[weight]));
                }
            }
        }
        return Math.Clamp(sum >> 8, 0, 127);
    }
}
