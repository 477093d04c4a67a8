using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// An int8 activation as VTA reads and writes it: [channels / block][height][width][batch][block], channels padded to
/// a whole block. Row 0 of the batch holds the image; a buffer that begins at another row holds another image there. What
/// unused rows and the padding channels hold does not matter, because the weights of padding channels are zero.
/// </summary>
internal readonly struct BlockedLayout(IntegerTensor tensor, VtaConfiguration configuration)
{
    private readonly int channels = tensor.Channels;

    /// <summary>Channels of one block.</summary>
    public int Block { get; } = configuration.BlockIn;

    /// <summary>Height × width.</summary>
    public int Pixels { get; } = tensor.Height * tensor.Width;

    /// <summary>Bytes of one element: all rows of the batch.</summary>
    public int LineBytes { get; } = configuration.Batch * configuration.BlockIn;

    /// <summary>Number of channel blocks.</summary>
    public int Blocks => (channels + Block - 1) / Block;

    /// <summary>Bytes of the blocked form.</summary>
    public long ByteCount => (long)Blocks * Pixels * LineBytes;

    /// <summary>Dense to blocked; padding channels become 0.</summary>
    public void FromDense(ReadOnlySpan<byte> dense, Span<byte> blocked)
    {
        for (int block = 0; block < Blocks; block++)
        {
            int first = block * Block;
            int width = Math.Min(Block, channels - first);
            int target = block * Pixels * LineBytes;
            for (int pixel = 0; pixel < Pixels; pixel++)
            {
                Span<byte> line = blocked.Slice(target + (pixel * LineBytes), Block);
                dense.Slice((pixel * channels) + first, width).CopyTo(line);
                line[width..].Clear();
            }
        }
    }

    /// <summary>Blocked to dense.</summary>
    public void ToDense(ReadOnlySpan<byte> blocked, Span<byte> dense)
    {
        for (int block = 0; block < Blocks; block++)
        {
            int first = block * Block;
            int width = Math.Min(Block, channels - first);
            int source = block * Pixels * LineBytes;
            for (int pixel = 0; pixel < Pixels; pixel++)
            {
                blocked.Slice(source + (pixel * LineBytes), width).CopyTo(dense[((pixel * channels) + first)..]);
            }
        }
    }
}
