using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// The input of a convolution as 16-bit numbers with the zero point taken off, surrounded by its padding (zeros) and
/// with every pixel's channels padded to a multiple, so that the inner loops need no borders.
/// </summary>
internal sealed class StagedInput
{
    private readonly IntegerTensor tensor;
    private readonly Window window;
    private readonly int firstChannel;
    private readonly int channels;

    /// <param name="tensor">The input.</param>
    /// <param name="window">Its padding is used.</param>
    /// <param name="firstChannel">First channel to stage.</param>
    /// <param name="channels">Channels to stage.</param>
    /// <param name="multiple">Channels of a staged pixel are rounded up to a multiple of this.</param>
    public StagedInput(IntegerTensor tensor, Window window, int firstChannel, int channels, int multiple)
    {
        this.tensor = tensor;
        this.window = window;
        this.firstChannel = firstChannel;
        this.channels = channels;
        PixelStride = (channels + multiple - 1) / multiple * multiple;
        RowStride = (tensor.Width + window.PadLeft + window.PadRight) * PixelStride;
        Length = ((tensor.Height + window.PadTop + window.PadBottom) * RowStride) + 32;
    }

    /// <summary>Elements from a pixel to the next.</summary>
    public int PixelStride { get; }

    /// <summary>Elements from a row to the next.</summary>
    public int RowStride { get; }

    /// <summary>Elements of the whole buffer.</summary>
    public int Length { get; }

    /// <summary>Fills the buffer.</summary>
    public void Fill(ReadOnlySpan<byte> input, Span<short> staged)
    {
        staged[..Length].Clear();
        for (int y = 0; y < tensor.Height; y++)
        {
            int at = ((y + window.PadTop) * RowStride) + (window.PadLeft * PixelStride);
            ReadOnlySpan<byte> row = input.Slice(y * tensor.Width * tensor.Channels, tensor.Width * tensor.Channels);
            if (channels == tensor.Channels && PixelStride == channels)
            {
                Widen(row, staged.Slice(at, row.Length));
                continue;
            }
            for (int x = 0; x < tensor.Width; x++, at += PixelStride)
            {
                Widen(row.Slice((x * tensor.Channels) + firstChannel, channels), staged.Slice(at, channels));
            }
        }
    }

    private void Widen(ReadOnlySpan<byte> source, Span<short> target)
    {
        int i = 0;
        bool signed = tensor.Type == IntegerType.Int8;
        short zeroPoint = (short)tensor.ZeroPoint;
        if (Vector256.IsHardwareAccelerated && source.Length >= Vector128<byte>.Count)
        {
            Vector256<short> zero = Vector256.Create(zeroPoint);
            ref byte from = ref MemoryMarshal.GetReference(source);
            ref short to = ref MemoryMarshal.GetReference(target);
            for (; i + Vector128<byte>.Count <= source.Length; i += Vector128<byte>.Count)
            {
                Vector128<byte> bytes = Vector128.LoadUnsafe(ref from, (nuint)i);
                Vector256<short> words = signed
                    ? Vector256.WidenLower(bytes.AsSByte().ToVector256Unsafe())
                    : Vector256.WidenLower(bytes.ToVector256Unsafe()).AsInt16();
                (words - zero).StoreUnsafe(ref to, (nuint)i);
            }
        }
        if (signed)
        {
            for (; i < source.Length; i++)
            {
                target[i] = (short)((sbyte)source[i] - zeroPoint);
            }
        }
        else
        {
            for (; i < source.Length; i++)
            {
                target[i] = (short)(source[i] - zeroPoint);
            }
        }
    }
}
