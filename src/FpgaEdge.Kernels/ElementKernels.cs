using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>Nodes that work element by element or move elements.</summary>
internal static class ElementKernels
{
    /// <summary>Larger of each pair.</summary>
    public static void MaximumInto(Span<byte> target, ReadOnlySpan<byte> values, bool signed)
    {
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            ref byte to = ref MemoryMarshal.GetReference(target);
            ref byte from = ref MemoryMarshal.GetReference(values);
            for (; i + Vector128<byte>.Count <= target.Length; i += Vector128<byte>.Count)
            {
                Vector128<byte> a = Vector128.LoadUnsafe(ref to, (nuint)i);
                Vector128<byte> b = Vector128.LoadUnsafe(ref from, (nuint)i);
                Vector128<byte> larger = signed
                    ? Vector128.Max(a.AsSByte(), b.AsSByte()).AsByte() : Vector128.Max(a, b);
                larger.StoreUnsafe(ref to, (nuint)i);
            }
        }
        for (; i < target.Length; i++)
        {
            target[i] = signed
                ? (byte)Math.Max((sbyte)target[i], (sbyte)values[i]) : Math.Max(target[i], values[i]);
        }
    }

    /// <summary>Smaller of each element and a bound.</summary>
    public static void MinimumInto(Span<byte> target, int bound, bool signed)
    {
        if (bound == (signed ? sbyte.MaxValue : byte.MaxValue))
        {
            return;
        }
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = signed ? (byte)Math.Min((sbyte)target[i], bound) : (byte)Math.Min(target[i], bound);
        }
    }

    /// <summary>A table of all pairs of 8-bit operands: entry 256 · a + b for the operands' bytes.</summary>
    public static byte[] PairTable(IntegerNode node, IntegerTensor a, IntegerTensor b, IntegerTensor output)
    {
        byte[] table = new byte[256 * 256];
        for (int i = 0; i < table.Length; i++)
        {
            int left = a.Type == IntegerType.Int8 ? (sbyte)(i >> 8) : i >> 8;
            int right = b.Type == IntegerType.Int8 ? (sbyte)(byte)i : (byte)i;
            int result = GoldenInterpreter.Combine(
                node, left - a.ZeroPoint, right - b.ZeroPoint, output.ZeroPoint);
            table[i] = unchecked((byte)result);
        }
        return table;
    }

    /// <summary>table[a, b] for every element; b repeats when it is shorter.</summary>
    public static void Combine(byte[] table, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, Span<byte> output)
    {
        for (int start = 0; start < output.Length; start += b.Length)
        {
            ReadOnlySpan<byte> left = a.Slice(start, b.Length);
            Span<byte> result = output.Slice(start, b.Length);
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = table[(left[i] << 8) | b[i]];
            }
        }
    }

    /// <summary>One table entry per element.</summary>
    public static void LookUp(LookupNode node, IntegerTensor from, ReadOnlySpan<byte> input, Span<byte> output)
    {
        int flip = from.Type == IntegerType.Int8 ? 0x80 : 0;
        byte[] table = node.Table;
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = table[input[i] ^ flip];
        }
    }

    /// <summary>One part of a concatenation: its channels into the output's.</summary>
    public static void Place(ReadOnlySpan<byte> part, int partBytes, Span<byte> output, int outputBytes, int offset)
    {
        for (int from = 0, to = offset; from < part.Length; from += partBytes, to += outputBytes)
        {
            part.Slice(from, partBytes).CopyTo(output[to..]);
        }
    }

    /// <summary>Slice, pad, shuffle.</summary>
    public static void Slice(
        SliceNode node, IntegerTensor from, IntegerTensor to, ReadOnlySpan<byte> input, Span<byte> output)
    {
        int size = from.ByteCount / from.ElementCount;
        Span<byte> outside = stackalloc byte[4];
        BitConverter.TryWriteBytes(outside, from.ZeroPoint);
        outside = outside[..size];
        for (int y = 0, at = 0; y < to.Height; y++)
        {
            int row = node.OffsetHeight + (y * node.StrideHeight);
            for (int x = 0; x < to.Width; x++)
            {
                int column = node.OffsetWidth + (x * node.StrideWidth);
                bool inside = (uint)row < (uint)from.Height && (uint)column < (uint)from.Width;
                int pixel = ((row * from.Width) + column) * from.Channels;
                foreach (int channel in node.Channels)
                {
                    ReadOnlySpan<byte> element = inside && channel >= 0
                        ? input.Slice((pixel + channel) * size, size) : outside;
                    element.CopyTo(output[at..]);
                    at += size;
                }
            }
        }
    }

    /// <summary>Axes in another order.</summary>
    public static void Transpose(
        TransposeNode node, IntegerTensor from, IntegerTensor to, ReadOnlySpan<byte> input, Span<byte> output)
    {
        int size = from.ByteCount / from.ElementCount;
        int[] strides = [from.Width * from.Channels * size, from.Channels * size, size];
        int rows = strides[node.Permutation[0]];
        int columns = strides[node.Permutation[1]];
        int channels = strides[node.Permutation[2]];
        for (int y = 0, at = 0; y < to.Height; y++)
        {
            for (int x = 0; x < to.Width; x++)
            {
                int source = (y * rows) + (x * columns);
                for (int c = 0; c < to.Channels; c++, source += channels, at += size)
                {
                    input.Slice(source, size).CopyTo(output[at..]);
                }
            }
        }
    }

    /// <summary>Integer softmax over the channels of every pixel.</summary>
    public static void Softmax(SoftmaxNode node, IntegerTensor from, IntegerTensor to,
        ReadOnlySpan<byte> input, Span<byte> output, Span<int> row, Span<int> result)
    {
        int minimum = to.Type == IntegerType.Int8 ? sbyte.MinValue : byte.MinValue;
        row = row[..from.Channels];
        result = result[..from.Channels];
        for (int start = 0; start < output.Length; start += from.Channels)
        {
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = from.Type == IntegerType.Int8 ? (sbyte)input[start + c] : input[start + c];
            }
            FixedPointSoftmax.Row(
                row, result, node.InputMultiplier, node.InputLeftShift, node.DifferenceMinimum, minimum);
            for (int c = 0; c < row.Length; c++)
            {
                output[start + c] = unchecked((byte)result[c]);
            }
        }
    }
}
