using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Convolutions over few channels (the first layer of most networks) would leave most of the multiplier array empty.
/// The cores therefore gather each output's window into consecutive lanes, [kernel row][kernel column][channel], and
/// the accelerator runs a 1 × 1 convolution over that. Lanes left over in the last block hold constants that make the
/// bias.
/// </summary>
internal readonly struct InputPacking(IntegerGraph graph, ConvolutionNode node, VtaConfiguration configuration)
{
    private readonly IntegerTensor input = graph.Tensors[node.Inputs[0]];
    private readonly IntegerTensor output = graph.Tensors[node.Output];
    private readonly Window window = node.Window;
    private readonly int lineBytes = configuration.Batch * configuration.BlockIn;

    /// <summary>Channels of one block.</summary>
    private readonly int block = configuration.BlockIn;

    /// <summary>Values gathered for one output.</summary>
    public int Lanes => window.KernelHeight * window.KernelWidth * input.Channels;

    /// <summary>Channel blocks of the packed activation.</summary>
    public int Blocks => (Lanes + block - 1) / block;

    /// <summary>Lanes of the last block that hold constants.</summary>
    public int SpareLanes => (Blocks * block) - Lanes;

    /// <summary>Bytes of the packed activation.</summary>
    public long ByteCount => (long)Blocks * output.Height * output.Width * lineBytes;

    /// <summary>Whether packing can pay: it needs fewer blocks than the taps would.</summary>
    public bool Helps => input.Channels < block && window.KernelHeight * window.KernelWidth > 1;

    /// <summary>Fills the packed activation [block][output row][output column][batch][lane] from a dense
    /// one.</summary>
    public void Pack(ReadOnlySpan<byte> dense, Span<byte> packed)
    {
        byte[] gathered = System.Buffers.ArrayPool<byte>.Shared.Rent(Blocks * block);
        Span<byte> lanes = gathered.AsSpan(0, Blocks * block);
        FillConstants(lanes[Lanes..]);
        int pixels = output.Height * output.Width;
        for (int pixel = 0; pixel < pixels; pixel++)
        {
            Gather(dense, pixel / output.Width, pixel % output.Width, lanes);
            for (int part = 0; part < Blocks; part++)
            {
                lanes.Slice(part * block, block).CopyTo(packed[(((part * pixels) + pixel) * lineBytes)..]);
            }
        }
        System.Buffers.ArrayPool<byte>.Shared.Return(gathered);
    }

    /// <summary>One 1, then 127s: what <see cref="BiasProducts"/> makes biases of.</summary>
    public static void FillConstants(Span<byte> lanes)
    {
        lanes.Fill((byte)sbyte.MaxValue);
        if (lanes.Length > 0)
        {
            lanes[0] = 1;
        }
    }

    private void Gather(ReadOnlySpan<byte> dense, int outputRow, int outputColumn, Span<byte> lanes)
    {
        int rowBytes = window.KernelWidth * input.Channels;
        byte zero = unchecked((byte)input.ZeroPoint);
        int firstColumn = (outputColumn * window.StrideWidth) - window.PadLeft;
        bool inside = firstColumn >= 0 && firstColumn + window.KernelWidth <= input.Width && window.DilationWidth == 1;
        for (int tap = 0; tap < window.KernelHeight; tap++)
        {
            Span<byte> target = lanes.Slice(tap * rowBytes, rowBytes);
            int row = (outputRow * window.StrideHeight) - window.PadTop + (tap * window.DilationHeight);
            if (row < 0 || row >= input.Height)
            {
                target.Fill(zero);
            }
            else if (inside)
            {
                dense.Slice(((row * input.Width) + firstColumn) * input.Channels, rowBytes).CopyTo(target);
            }
            else
            {
                GatherRow(dense, row, firstColumn, zero, target);
            }
        }
    }

    private void GatherRow(ReadOnlySpan<byte> dense, int row, int firstColumn, byte zero, Span<byte> target)
    {
        for (int tap = 0; tap < window.KernelWidth; tap++)
        {
            int column = firstColumn + (tap * window.DilationWidth);
            Span<byte> cell = target.Slice(tap * input.Channels, input.Channels);
            if (column < 0 || column >= input.Width)
            {
                cell.Fill(zero);
            }
            else
            {
                dense.Slice(((row * input.Width) + column) * input.Channels, input.Channels).CopyTo(cell);
            }
        }
    }
}
