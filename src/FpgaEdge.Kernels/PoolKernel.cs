using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using FpgaEdge.Model.Integer;
using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Kernels;

/// <summary>Pooling, vectorised over channels.</summary>
internal static class PoolKernel
{
    /// <summary>Runs a pool on one frame.</summary>
    /// <param name="node">The pool.</param>
    /// <param name="from">Input tensor.</param>
    /// <param name="to">Output tensor.</param>
    /// <param name="input">Input bytes.</param>
    /// <param name="output">Output bytes.</param>
    /// <param name="sums">Scratch: one per channel.</param>
    public static void Execute(PoolNode node, IntegerTensor from, IntegerTensor to,
        ReadOnlySpan<byte> input, Span<byte> output, Span<int> sums)
    {
        Window window = node.Window;
        for (int y = 0; y < to.Height; y++)
        {
            for (int x = 0; x < to.Width; x++)
            {
                Span<byte> result = output.Slice(((y * to.Width) + x) * to.Channels, to.Channels);
                int top = (y * window.StrideHeight) - window.PadTop;
                int left = (x * window.StrideWidth) - window.PadLeft;
                if (node.Kind == PoolKind.Maximum)
                {
                    Maximum(node, from, input, top, left, result);
                }
                else
                {
                    int count = Sum(window, from, input, top, left, sums[..to.Channels]);
                    Finish(node, from, to, sums, count, result);
                }
            }
        }
    }

    private static void Maximum(
        PoolNode node, IntegerTensor from, ReadOnlySpan<byte> input, int top, int left, Span<byte> result)
    {
        bool signed = from.Type == IntegerType.Int8;
        result.Fill(unchecked((byte)node.Minimum));
        for (int ky = 0; ky < node.Window.KernelHeight; ky++)
        {
            int row = top + (ky * node.Window.DilationHeight);
            if ((uint)row >= (uint)from.Height)
            {
                continue;
            }
            for (int kx = 0; kx < node.Window.KernelWidth; kx++)
            {
                int column = left + (kx * node.Window.DilationWidth);
                if ((uint)column < (uint)from.Width)
                {
                    int at = ((row * from.Width) + column) * from.Channels;
                    ElementKernels.MaximumInto(result, input.Slice(at, from.Channels), signed);
                }
            }
        }
        ElementKernels.MinimumInto(result, node.Maximum, signed);
    }

    private static int Sum(
        Window window, IntegerTensor from, ReadOnlySpan<byte> input, int top, int left, Span<int> sums)
    {
        sums.Clear();
        int count = 0;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = top + (ky * window.DilationHeight);
            if ((uint)row >= (uint)from.Height)
            {
                continue;
            }
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int column = left + (kx * window.DilationWidth);
                if ((uint)column < (uint)from.Width)
                {
                    int at = ((row * from.Width) + column) * from.Channels;
                    AddInto(sums, input.Slice(at, from.Channels), from.Type == IntegerType.Int8);
                    count++;
                }
            }
        }
        return count;
    }

    private static void AddInto(Span<int> sums, ReadOnlySpan<byte> values, bool signed)
    {
        int i = 0;
        if (signed && Vector256.IsHardwareAccelerated)
        {
            ref byte source = ref MemoryMarshal.GetReference(values);
            ref int sum = ref MemoryMarshal.GetReference(sums);
            for (; i + 16 <= values.Length; i += 16)
            {
                (Vector128<short> low, Vector128<short> high) = Vector128.Widen(
                    Vector128.LoadUnsafe(ref source, (nuint)i).AsSByte());
                (Vector256<int> first, Vector256<int> second) = Vector256.Widen(Vector256.Create(low, high));
                (Vector256.LoadUnsafe(ref sum, (nuint)i) + first).StoreUnsafe(ref sum, (nuint)i);
                (Vector256.LoadUnsafe(ref sum, (nuint)i + 8) + second).StoreUnsafe(ref sum, (nuint)i + 8);
            }
        }
        for (; i < values.Length; i++)
        {
            sums[i] += signed ? (sbyte)values[i] : values[i];
        }
    }

    private static void Finish(
        PoolNode node, IntegerTensor from, IntegerTensor to, ReadOnlySpan<int> sums, int count, Span<byte> result)
    {
        int offset = count * from.ZeroPoint;
        for (int c = 0; c < result.Length; c++)
        {
            int centred = sums[c] - offset;
            long value = node.Kind switch
            {
                PoolKind.Average => to.ZeroPoint + RoundingShift((long)centred * node.Multipliers[count - 1],
                    node.Shift),
                PoolKind.AverageAwayFromZero => DivideAwayFromZero(sums[c], count),
                PoolKind.Mean => to.ZeroPoint + DivideAwayFromZero(
                    MultiplyByQuantizedMultiplier(centred, node.Multipliers[0], node.Shift), count),
                _ => RoundToClamped((double)centred / count * node.Factor, to.ZeroPoint, node.Minimum, node.Maximum),
            };
            result[c] = unchecked((byte)Math.Clamp(value, node.Minimum, node.Maximum));
        }
    }
}
