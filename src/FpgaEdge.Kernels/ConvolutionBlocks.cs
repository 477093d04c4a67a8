using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Kernels;

/// <summary>A stretch of the window that lies contiguously in the staged input: one kernel row, or one tap.</summary>
/// <param name="Offset">Elements from the window's first.</param>
/// <param name="Steps">Rounds of the inner loop: pairs of 16-bit inputs, or single floats.</param>
internal readonly record struct Run(int Offset, int Steps);

/// <summary>
/// The innermost loops of convolution: six output pixels × sixteen (or sixty-four) output channels, accumulated over
/// all runs of the window. Activations are 16-bit with the zero point taken off; weights are 16-bit, packed [block of
/// 16 outputs][pair of inputs][output][2], so one multiply-add instruction serves two inputs of every output and the
/// activation pair is a 32-bit broadcast.
/// </summary>
internal static unsafe class ConvolutionBlocks
{
    /// <summary>Output pixels of one call.</summary>
    public const int Pixels = 6;

    /// <summary>Output channels of one packed block.</summary>
    public const int Outputs = 16;

    /// <summary>Packed blocks that the widest kernel takes at once.</summary>
    public const int WideBlocks = 4;

    /// <summary>
    /// Adds up <paramref name="blocks"/> (1 or <see cref="WideBlocks"/>) blocks of outputs for six pixels.
    /// </summary>
    /// <param name="instructions">A supported set; wide calls need AVX-512.</param>
    /// <param name="blocks">Blocks of outputs.</param>
    /// <param name="pixels">Six pointers to staged activations.</param>
    /// <param name="runs">The window.</param>
    /// <param name="weights">The first block.</param>
    /// <param name="blockStride">16-bit elements from one packed block to the next.</param>
    /// <param name="bias">One per output, padded to whole blocks.</param>
    /// <param name="sums">Result: [pixel][blocks × 16].</param>
    public static void Accumulate(KernelInstructions instructions, int blocks, short** pixels, ReadOnlySpan<Run> runs,
        short* weights, int blockStride, int* bias, int* sums)
    {
        if (instructions == KernelInstructions.Avx512 && blocks == WideBlocks)
        {
            Avx512Wide(pixels, runs, weights, blockStride, bias, sums);
        }
        else if (instructions is KernelInstructions.Avx512)
        {
            Avx512(pixels, runs, weights, bias, sums);
        }
        else if (instructions == KernelInstructions.Avx2)
        {
            Avx2Block(pixels, runs, weights, bias, sums);
        }
        else if (instructions == KernelInstructions.AdvSimd)
        {
            AdvSimdBlock(pixels, runs, weights, bias, sums);
        }
        else
        {
            Scalar(pixels, runs, weights, bias, sums);
        }
    }

    private static void Scalar(short** pixels, ReadOnlySpan<Run> runs, short* weights, int* bias, int* sums)
    {
        for (int p = 0; p < Pixels; p++)
        {
            int* sum = sums + (p * Outputs);
            new Span<int>(bias, Outputs).CopyTo(new Span<int>(sum, Outputs));
            short* w = weights;
            foreach (Run run in runs)
            {
                short* x = pixels[p] + run.Offset;
                for (int k = 0; k < run.Steps; k++, x += 2, w += 2 * Outputs)
                {
                    int x0 = x[0];
                    int x1 = x[1];
                    if ((x0 | x1) != 0)
                    {
                        for (int o = 0; o < Outputs; o++)
                        {
                            sum[o] += (x0 * w[2 * o]) + (x1 * w[(2 * o) + 1]);
                        }
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Step(Vector512<int> sum, Vector512<short> weights, short* x) => Avx512F.Add(
        sum, Avx512BW.MultiplyAddAdjacent(weights, Vector512.Create(*(int*)x).AsInt16()));

    private static void Avx512(short** pixels, ReadOnlySpan<Run> runs, short* weights, int* bias, int* sums)
    {
        Vector512<int> s0 = Vector512.Load(bias);
        Vector512<int> s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
        short* w = weights;
        foreach (Run run in runs)
        {
            short* x0 = pixels[0] + run.Offset;
            long d1 = pixels[1] - pixels[0];
            long d2 = pixels[2] - pixels[0];
            long d3 = pixels[3] - pixels[0];
            long d4 = pixels[4] - pixels[0];
            long d5 = pixels[5] - pixels[0];
            for (short* end = x0 + (2 * run.Steps); x0 < end; x0 += 2, w += 2 * Outputs)
            {
                Vector512<short> block = Vector512.Load(w);
                s0 = Step(s0, block, x0);
                s1 = Step(s1, block, x0 + d1);
                s2 = Step(s2, block, x0 + d2);
                s3 = Step(s3, block, x0 + d3);
                s4 = Step(s4, block, x0 + d4);
                s5 = Step(s5, block, x0 + d5);
            }
        }
        s0.Store(sums);
        s1.Store(sums + Outputs);
        s2.Store(sums + (2 * Outputs));
        s3.Store(sums + (3 * Outputs));
        s4.Store(sums + (4 * Outputs));
        s5.Store(sums + (5 * Outputs));
    }

    private static void Avx512Wide(
        short** pixels, ReadOnlySpan<Run> runs, short* weights, int blockStride, int* bias, int* sums)
    {
        Vector512<int> a0 = Vector512.Load(bias), b0 = Vector512.Load(bias + 16);
        Vector512<int> c0 = Vector512.Load(bias + 32), d0 = Vector512.Load(bias + 48);
        Vector512<int> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        Vector512<int> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        Vector512<int> c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
        Vector512<int> d1 = d0, d2 = d0, d3 = d0, d4 = d0, d5 = d0;
        short* w = weights;
        long second = blockStride, third = 2L * blockStride, fourth = 3L * blockStride;
        foreach (Run run in runs)
        {
            short* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            short* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            for (long k = 0; k < 2L * run.Steps; k += 2, w += 2 * Outputs)
            {
                Vector512<short> wa = Vector512.Load(w), wb = Vector512.Load(w + second);
                Vector512<short> wc = Vector512.Load(w + third), wd = Vector512.Load(w + fourth);
                Quad(x0 + k, wa, wb, wc, wd, ref a0, ref b0, ref c0, ref d0);
                Quad(x1 + k, wa, wb, wc, wd, ref a1, ref b1, ref c1, ref d1);
                Quad(x2 + k, wa, wb, wc, wd, ref a2, ref b2, ref c2, ref d2);
                Quad(x3 + k, wa, wb, wc, wd, ref a3, ref b3, ref c3, ref d3);
                Quad(x4 + k, wa, wb, wc, wd, ref a4, ref b4, ref c4, ref d4);
                Quad(x5 + k, wa, wb, wc, wd, ref a5, ref b5, ref c5, ref d5);
            }
        }
        StoreQuad(sums, a0, b0, c0, d0);
        StoreQuad(sums + 64, a1, b1, c1, d1);
        StoreQuad(sums + 128, a2, b2, c2, d2);
        StoreQuad(sums + 192, a3, b3, c3, d3);
        StoreQuad(sums + 256, a4, b4, c4, d4);
        StoreQuad(sums + 320, a5, b5, c5, d5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad(short* x, Vector512<short> wa, Vector512<short> wb, Vector512<short> wc,
        Vector512<short> wd,
        ref Vector512<int> a, ref Vector512<int> b, ref Vector512<int> c, ref Vector512<int> d)
    {
        Vector512<short> pair = Vector512.Create(*(int*)x).AsInt16();
        a = Avx512F.Add(a, Avx512BW.MultiplyAddAdjacent(wa, pair));
        b = Avx512F.Add(b, Avx512BW.MultiplyAddAdjacent(wb, pair));
        c = Avx512F.Add(c, Avx512BW.MultiplyAddAdjacent(wc, pair));
        d = Avx512F.Add(d, Avx512BW.MultiplyAddAdjacent(wd, pair));
    }

    private static void StoreQuad(
        int* sums, Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d)
    {
        a.Store(sums);
        b.Store(sums + 16);
        c.Store(sums + 32);
        d.Store(sums + 48);
    }

    private static void Avx2Block(short** pixels, ReadOnlySpan<Run> runs, short* weights, int* bias, int* sums)
    {
        Vector256<int> a0 = Vector256.Load(bias), b0 = Vector256.Load(bias + 8);
        Vector256<int> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        Vector256<int> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        short* w = weights;
        foreach (Run run in runs)
        {
            short* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            short* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            for (long k = 0; k < 2L * run.Steps; k += 2, w += 2 * Outputs)
            {
                Vector256<short> wa = Vector256.Load(w), wb = Vector256.Load(w + 16);
                Two(x0 + k, wa, wb, ref a0, ref b0);
                Two(x1 + k, wa, wb, ref a1, ref b1);
                Two(x2 + k, wa, wb, ref a2, ref b2);
                Two(x3 + k, wa, wb, ref a3, ref b3);
                Two(x4 + k, wa, wb, ref a4, ref b4);
                Two(x5 + k, wa, wb, ref a5, ref b5);
            }
        }
        StoreTwo(sums, a0, b0);
        StoreTwo(sums + 16, a1, b1);
        StoreTwo(sums + 32, a2, b2);
        StoreTwo(sums + 48, a3, b3);
        StoreTwo(sums + 64, a4, b4);
        StoreTwo(sums + 80, a5, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(
        short* x, Vector256<short> wa, Vector256<short> wb, ref Vector256<int> a, ref Vector256<int> b)
    {
        Vector256<short> pair = Vector256.Create(*(int*)x).AsInt16();
        a = Avx2.Add(a, Avx2.MultiplyAddAdjacent(wa, pair));
        b = Avx2.Add(b, Avx2.MultiplyAddAdjacent(wb, pair));
    }

    private static void StoreTwo(int* sums, Vector256<int> a, Vector256<int> b)
    {
        a.Store(sums);
        b.Store(sums + 8);
    }

    private static void AdvSimdBlock(short** pixels, ReadOnlySpan<Run> runs, short* weights, int* bias, int* sums)
    {
        // Per vector of four outputs the packed pairs are (w0, w1) of each: multiply, then add neighbours.
        for (int p = 0; p < Pixels; p++)
        {
            Vector128<int> a = Vector128.Load(bias), b = Vector128.Load(bias + 4);
            Vector128<int> c = Vector128.Load(bias + 8), d = Vector128.Load(bias + 12);
            short* w = weights;
            foreach (Run run in runs)
            {
                short* x = pixels[p] + run.Offset;
                for (int k = 0; k < run.Steps; k++, x += 2, w += 2 * Outputs)
                {
                    Vector64<short> pair = Vector64.Create(*(int*)x).AsInt16();
                    a = AdvSimd.Add(a, Pairs(w, pair));
                    b = AdvSimd.Add(b, Pairs(w + 8, pair));
                    c = AdvSimd.Add(c, Pairs(w + 16, pair));
                    d = AdvSimd.Add(d, Pairs(w + 24, pair));
                }
            }
            int* sum = sums + (p * Outputs);
            a.Store(sum);
            b.Store(sum + 4);
            c.Store(sum + 8);
            d.Store(sum + 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Pairs(short* w, Vector64<short> pair) => AdvSimd.Arm64.AddPairwise(
        AdvSimd.MultiplyWideningLower(AdvSimd.LoadVector64(w), pair),
        AdvSimd.MultiplyWideningLower(AdvSimd.LoadVector64(w + 4), pair));
}
