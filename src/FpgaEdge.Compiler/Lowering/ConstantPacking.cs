using System.Buffers.Binary;
using System.Runtime.InteropServices;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>Per-channel constants as accumulator elements, [set][output block][batch][channel]; every batch row has
/// the same.</summary>
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
/// Biases as products: a constant activation of one 1 and many 127, and weights that make the bias of it. A GEMM step
/// takes half the time of an ALU pass.
/// </summary>
internal static class BiasProducts
{
    /// <summary>Whether all biases can be made in a number of lanes.</summary>
    public static bool Fits(int[] biases, int lanes)
    {
        long most = lanes == 0 ? 0 : sbyte.MaxValue - 1 + ((long)(lanes - 1) * sbyte.MaxValue * sbyte.MaxValue);
        return biases.All(bias => Math.Abs((long)bias) <= most);
    }

    /// <summary>The activation element; every batch row has the same.</summary>
    public static byte[] Input(VtaConfiguration configuration)
    {
        byte[] line = new byte[configuration.ElementBytes(VtaMemoryId.Inp)];
        for (int row = 0; row < configuration.Batch; row++)
        {
            InputPacking.FillConstants(line.AsSpan(row * configuration.BlockIn, configuration.BlockIn));
        }
        return line;
    }

    /// <summary>Weight elements, one per output block.</summary>
    public static byte[] Weights(int[] biases, VtaConfiguration configuration)
    {
        int block = configuration.BlockIn;
        byte[] weights = new byte[(biases.Length + block - 1) / block * block * block];
        for (int o = 0; o < biases.Length; o++)
        {
            Write(biases[o], MemoryMarshal.Cast<byte, sbyte>(weights.AsSpan(o * block, block)));
        }
        return weights;
    }

    /// <summary>The weights of one output channel on the constant lanes.</summary>
    public static void Write(int bias, Span<sbyte> lanes)
    {
        if (lanes.Length == 0)
        {
            return;
        }
        lanes[0] = (sbyte)(bias % sbyte.MaxValue);
        int left = bias / sbyte.MaxValue;
        for (int lane = 1; lane < lanes.Length; lane++)
        {
            int part = Math.Clamp(left, -sbyte.MaxValue, sbyte.MaxValue);
            lanes[lane] = (sbyte)part;
            left -= part;
        }
    }
}
