using System.Buffers.Binary;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>Weights in the accelerator's order.</summary>
internal static class PackedWeights
{
    /// <summary>[output block][input block][row][column][output channel][input channel]; channels beyond the node's are zero.</summary>
    public static byte[] Of(ConvolutionNode node, int inputs, int outputs, VtaConfiguration configuration)
    {
        int block = configuration.BlockIn;
        int inputBlocks = (inputs + block - 1) / block;
        int outputBlocks = (outputs + block - 1) / block;
        int taps = node.Window.KernelHeight * node.Window.KernelWidth;
        byte[] packed = new byte[checked(outputBlocks * inputBlocks * taps * block * block)];
        for (int o = 0; o < outputs; o++)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                ReadOnlySpan<sbyte> source = node.Weights.AsSpan(((o * taps) + tap) * inputs, inputs);
                for (int i = 0; i < inputs; i += block)
                {
                    int element = (((o / block * inputBlocks) + (i / block)) * taps) + tap;
                    int width = Math.Min(block, inputs - i);
                    System.Runtime.InteropServices.MemoryMarshal.AsBytes(source.Slice(i, width))
                        .CopyTo(packed.AsSpan((((element * block) + (o % block)) * block), width));
                }
            }
        }
        return packed;
    }
}

/// <summary>Per-channel constants as accumulator elements, [set][output block][batch][channel]; every batch row has the same.</summary>
internal sealed class AccumulatorLines(VtaConfiguration configuration, int outputBlocks)
{
    private readonly List<byte[]> sets = [];

    /// <summary>Adds one set of values, one per channel.</summary>
    public void Add(int[] perChannel)
    {
        int block = configuration.BlockOut;
        byte[] set = new byte[outputBlocks * configuration.ElementBytes(VtaMemoryId.Acc)];
        for (int channel = 0; channel < perChannel.Length; channel++)
        {
            for (int row = 0; row < configuration.Batch; row++)
            {
                int lane = (((channel / block * configuration.Batch) + row) * block) + (channel % block);
                BinaryPrimitives.WriteInt32LittleEndian(set.AsSpan(lane * 4), perChannel[channel]);
            }
        }
        sets.Add(set);
    }

    /// <summary>All sets.</summary>
    public byte[] ToArray() => sets.SelectMany(set => set).ToArray();
}

/// <summary>
/// Biases as products: a constant activation of one 1 and many 127, and weights that make the bias of it. A GEMM step takes half
/// the time of an ALU pass.
/// </summary>
internal static class BiasProducts
{
    /// <summary>Whether all biases can be made by one step.</summary>
    public static bool Fits(int[] biases, int block) => block > 1 &&
        biases.All(bias => Math.Abs((long)bias) <= (long)(block - 1) * sbyte.MaxValue * sbyte.MaxValue);

    /// <summary>The activation element.</summary>
    public static byte[] Input(VtaConfiguration configuration)
    {
        byte[] line = new byte[configuration.ElementBytes(VtaMemoryId.Inp)];
        for (int lane = 0; lane < line.Length; lane++)
        {
            line[lane] = lane % configuration.BlockIn == 0 ? (byte)1 : (byte)sbyte.MaxValue;
        }
        return line;
    }

    /// <summary>Weight elements, one per output block.</summary>
    public static byte[] Weights(int[] biases, VtaConfiguration configuration)
    {
        int block = configuration.BlockIn;
        int blocks = (biases.Length + block - 1) / block;
        byte[] weights = new byte[blocks * block * block];
        for (int o = 0; o < biases.Length; o++)
        {
            Span<byte> row = weights.AsSpan(o * block, block);
            int remainder = biases[o] % sbyte.MaxValue;
            int left = biases[o] / sbyte.MaxValue;
            row[0] = unchecked((byte)remainder);
            for (int lane = 1; lane < block; lane++)
            {
                int part = Math.Clamp(left, -sbyte.MaxValue, sbyte.MaxValue);
                row[lane] = unchecked((byte)part);
                left -= part;
            }
        }
        return weights;
    }
}
