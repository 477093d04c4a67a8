using System.Numerics;
using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels.Native;

/// <summary>
/// The input of a native convolution: bytes of the signedness that the kernels take (others with the top bit flipped),
/// surrounded by padding that holds the zero point. The tensor itself serves where it has that form already.
/// </summary>
internal sealed class NativeInput
{
    private readonly IntegerTensor tensor;
    private readonly Window window;
    private readonly int firstChannel;
    private readonly int channels;
    private readonly bool flip;

    /// <param name="tensor">The input.</param>
    /// <param name="window">Its padding is used.</param>
    /// <param name="firstChannel">First channel to stage.</param>
    /// <param name="channels">Channels to stage.</param>
    /// <param name="layout">What the kernels take.</param>
    public NativeInput(IntegerTensor tensor, Window window, int firstChannel, int channels, NativeLayout layout)
    {
        this.tensor = tensor;
        this.window = window;
        this.firstChannel = firstChannel;
        this.channels = channels;
        flip = layout.Flip(tensor) != 0;
        ZeroPoint = tensor.ZeroPoint + (!flip ? 0 : layout.Signed ? -128 : 128);
        RowStride = (tensor.Width + window.PadLeft + window.PadRight) * channels;
        bool padded = (window.PadTop | window.PadLeft | window.PadBottom | window.PadRight) != 0;
        IsDirect = !flip && !padded && channels == tensor.Channels && channels % layout.Inputs == 0;
        // The last group may reach past the last channel.
        Length = IsDirect ? 0 : ((tensor.Height + window.PadTop + window.PadBottom) * RowStride) + layout.Inputs;
    }

    /// <summary>Whether the tensor's own bytes serve.</summary>
    public bool IsDirect { get; }

    /// <summary>What a staged byte holds where the real value is 0.</summary>
    public int ZeroPoint { get; }

    /// <summary>Bytes from a row to the next.</summary>
    public int RowStride { get; }

    /// <summary>Bytes of the whole buffer; 0 when direct.</summary>
    public int Length { get; }

    /// <summary>Fills the buffer; not called when direct.</summary>
    public void Fill(ReadOnlySpan<byte> input, Span<byte> staged)
    {
        byte zero = (byte)ZeroPoint;
        int left = window.PadLeft * channels;
        int body = tensor.Width * channels;
        staged[..(window.PadTop * RowStride)].Fill(zero);
        for (int y = 0; y < tensor.Height; y++)
        {
            Span<byte> row = staged.Slice((y + window.PadTop) * RowStride, RowStride);
            row[..left].Fill(zero);
            row[(left + body)..].Fill(zero);
            Copy(input.Slice(y * tensor.Width * tensor.Channels, tensor.Width * tensor.Channels), row.Slice(left, body));
        }
        staged[((window.PadTop + tensor.Height) * RowStride)..Length].Fill(zero);
    }

    private void Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (channels == tensor.Channels)
        {
            source.CopyTo(target);
        }
        else
        {
            for (int x = 0; x < tensor.Width; x++)
            {
                source.Slice((x * tensor.Channels) + firstChannel, channels).CopyTo(target[(x * channels)..]);
            }
        }
        if (flip)
        {
            FlipTopBits(target);
        }
    }

    private static void FlipTopBits(Span<byte> bytes)
    {
        Span<Vector<byte>> vectors = MemoryMarshal.Cast<byte, Vector<byte>>(bytes);
        var top = new Vector<byte>(0x80);
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] ^= top;
        }
        for (int i = vectors.Length * Vector<byte>.Count; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x80;
        }
    }
}
