using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Kernels;

/// <summary>
/// The innermost loops of <see cref="FloatConvolution"/> with AVX-512: pixels × blocks of sixteen outputs in 24 registers,
/// so that every loaded weight and every broadcast input serves several multiply-adds. Sums are written from target on, a pixel after next floats.
/// </summary>
internal static unsafe class FloatBlocks
{
    /// <summary>Six pixels, 64 outputs.</summary>
    public static void SixByFour(float** pixels, ReadOnlySpan<Run> runs, float* w, long stride, float* bias,
        float* target, long next)
    {
        Vector512<float> a0 = Vector512.Load(bias);
        Vector512<float> b0 = Vector512.Load(bias + 16);
        Vector512<float> c0 = Vector512.Load(bias + 32);
        Vector512<float> d0 = Vector512.Load(bias + 48);
        Vector512<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
        Vector512<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
        Vector512<float> c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
        Vector512<float> d1 = d0, d2 = d0, d3 = d0, d4 = d0, d5 = d0;
        foreach (Run run in runs)
        {
            float* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            float* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            for (long k = 0; k < run.Steps; k++, w += 16)
            {
                Vector512<float> wa = Vector512.Load(w), wb = Vector512.Load(w + stride),
                    wc = Vector512.Load(w + (2 * stride)), wd = Vector512.Load(w + (3 * stride));
                Step4(x0 + k, wa, wb, wc, wd, ref a0, ref b0, ref c0, ref d0);
                Step4(x1 + k, wa, wb, wc, wd, ref a1, ref b1, ref c1, ref d1);
                Step4(x2 + k, wa, wb, wc, wd, ref a2, ref b2, ref c2, ref d2);
                Step4(x3 + k, wa, wb, wc, wd, ref a3, ref b3, ref c3, ref d3);
                Step4(x4 + k, wa, wb, wc, wd, ref a4, ref b4, ref c4, ref d4);
                Step4(x5 + k, wa, wb, wc, wd, ref a5, ref b5, ref c5, ref d5);
            }
        }
        a0.Store(target); b0.Store(target + 16); c0.Store(target + 32); d0.Store(target + 48);
        a1.Store(target + next); b1.Store(target + next + 16); c1.Store(target + next + 32); d1.Store(target + next + 48);
        a2.Store(target + (2 * next)); b2.Store(target + (2 * next) + 16); c2.Store(target + (2 * next) + 32); d2.Store(target + (2 * next) + 48);
        a3.Store(target + (3 * next)); b3.Store(target + (3 * next) + 16); c3.Store(target + (3 * next) + 32); d3.Store(target + (3 * next) + 48);
        a4.Store(target + (4 * next)); b4.Store(target + (4 * next) + 16); c4.Store(target + (4 * next) + 32); d4.Store(target + (4 * next) + 48);
        a5.Store(target + (5 * next)); b5.Store(target + (5 * next) + 16); c5.Store(target + (5 * next) + 32); d5.Store(target + (5 * next) + 48);
    }

    /// <summary>Eight pixels, 48 outputs.</summary>
    public static void EightByThree(float** pixels, ReadOnlySpan<Run> runs, float* w, long stride, float* bias,
        float* target, long next)
    {
        Vector512<float> a0 = Vector512.Load(bias);
        Vector512<float> b0 = Vector512.Load(bias + 16);
        Vector512<float> c0 = Vector512.Load(bias + 32);
        Vector512<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0;
        Vector512<float> a7 = a0;
        Vector512<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0;
        Vector512<float> b7 = b0;
        Vector512<float> c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0;
        Vector512<float> c7 = c0;
        foreach (Run run in runs)
        {
            float* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            float* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            float* x6 = pixels[6] + run.Offset, x7 = pixels[7] + run.Offset;
            for (long k = 0; k < run.Steps; k++, w += 16)
            {
                Vector512<float> wa = Vector512.Load(w), wb = Vector512.Load(w + stride), wc = Vector512.Load(w + (2 * stride));
                Step3(x0 + k, wa, wb, wc, ref a0, ref b0, ref c0);
                Step3(x1 + k, wa, wb, wc, ref a1, ref b1, ref c1);
                Step3(x2 + k, wa, wb, wc, ref a2, ref b2, ref c2);
                Step3(x3 + k, wa, wb, wc, ref a3, ref b3, ref c3);
                Step3(x4 + k, wa, wb, wc, ref a4, ref b4, ref c4);
                Step3(x5 + k, wa, wb, wc, ref a5, ref b5, ref c5);
                Step3(x6 + k, wa, wb, wc, ref a6, ref b6, ref c6);
                Step3(x7 + k, wa, wb, wc, ref a7, ref b7, ref c7);
            }
        }
        a0.Store(target); b0.Store(target + 16); c0.Store(target + 32);
        a1.Store(target + next); b1.Store(target + next + 16); c1.Store(target + next + 32);
        a2.Store(target + (2 * next)); b2.Store(target + (2 * next) + 16); c2.Store(target + (2 * next) + 32);
        a3.Store(target + (3 * next)); b3.Store(target + (3 * next) + 16); c3.Store(target + (3 * next) + 32);
        a4.Store(target + (4 * next)); b4.Store(target + (4 * next) + 16); c4.Store(target + (4 * next) + 32);
        a5.Store(target + (5 * next)); b5.Store(target + (5 * next) + 16); c5.Store(target + (5 * next) + 32);
        a6.Store(target + (6 * next)); b6.Store(target + (6 * next) + 16); c6.Store(target + (6 * next) + 32);
        a7.Store(target + (7 * next)); b7.Store(target + (7 * next) + 16); c7.Store(target + (7 * next) + 32);
    }

    /// <summary>Twelve pixels, 32 outputs.</summary>
    public static void TwelveByTwo(float** pixels, ReadOnlySpan<Run> runs, float* w, long stride, float* bias,
        float* target, long next)
    {
        Vector512<float> a0 = Vector512.Load(bias);
        Vector512<float> b0 = Vector512.Load(bias + 16);
        Vector512<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0;
        Vector512<float> a7 = a0, a8 = a0, a9 = a0, a10 = a0, a11 = a0;
        Vector512<float> b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0, b6 = b0;
        Vector512<float> b7 = b0, b8 = b0, b9 = b0, b10 = b0, b11 = b0;
        foreach (Run run in runs)
        {
            float* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            float* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            float* x6 = pixels[6] + run.Offset, x7 = pixels[7] + run.Offset, x8 = pixels[8] + run.Offset;
            float* x9 = pixels[9] + run.Offset, x10 = pixels[10] + run.Offset, x11 = pixels[11] + run.Offset;
            for (long k = 0; k < run.Steps; k++, w += 16)
            {
                Vector512<float> wa = Vector512.Load(w), wb = Vector512.Load(w + stride);
                Step2(x0 + k, wa, wb, ref a0, ref b0);
                Step2(x1 + k, wa, wb, ref a1, ref b1);
                Step2(x2 + k, wa, wb, ref a2, ref b2);
                Step2(x3 + k, wa, wb, ref a3, ref b3);
                Step2(x4 + k, wa, wb, ref a4, ref b4);
                Step2(x5 + k, wa, wb, ref a5, ref b5);
                Step2(x6 + k, wa, wb, ref a6, ref b6);
                Step2(x7 + k, wa, wb, ref a7, ref b7);
                Step2(x8 + k, wa, wb, ref a8, ref b8);
                Step2(x9 + k, wa, wb, ref a9, ref b9);
                Step2(x10 + k, wa, wb, ref a10, ref b10);
                Step2(x11 + k, wa, wb, ref a11, ref b11);
            }
        }
        a0.Store(target); b0.Store(target + 16);
        a1.Store(target + next); b1.Store(target + next + 16);
        a2.Store(target + (2 * next)); b2.Store(target + (2 * next) + 16);
        a3.Store(target + (3 * next)); b3.Store(target + (3 * next) + 16);
        a4.Store(target + (4 * next)); b4.Store(target + (4 * next) + 16);
        a5.Store(target + (5 * next)); b5.Store(target + (5 * next) + 16);
        a6.Store(target + (6 * next)); b6.Store(target + (6 * next) + 16);
        a7.Store(target + (7 * next)); b7.Store(target + (7 * next) + 16);
        a8.Store(target + (8 * next)); b8.Store(target + (8 * next) + 16);
        a9.Store(target + (9 * next)); b9.Store(target + (9 * next) + 16);
        a10.Store(target + (10 * next)); b10.Store(target + (10 * next) + 16);
        a11.Store(target + (11 * next)); b11.Store(target + (11 * next) + 16);
    }

    /// <summary>Twelve pixels, 16 outputs.</summary>
    public static void TwelveByOne(float** pixels, ReadOnlySpan<Run> runs, float* w, long stride, float* bias,
        float* target, long next)
    {
        Vector512<float> a0 = Vector512.Load(bias);
        Vector512<float> a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0, a6 = a0;
        Vector512<float> a7 = a0, a8 = a0, a9 = a0, a10 = a0, a11 = a0;
        foreach (Run run in runs)
        {
            float* x0 = pixels[0] + run.Offset, x1 = pixels[1] + run.Offset, x2 = pixels[2] + run.Offset;
            float* x3 = pixels[3] + run.Offset, x4 = pixels[4] + run.Offset, x5 = pixels[5] + run.Offset;
            float* x6 = pixels[6] + run.Offset, x7 = pixels[7] + run.Offset, x8 = pixels[8] + run.Offset;
            float* x9 = pixels[9] + run.Offset, x10 = pixels[10] + run.Offset, x11 = pixels[11] + run.Offset;
            for (long k = 0; k < run.Steps; k++, w += 16)
            {
                Vector512<float> wa = Vector512.Load(w);
                Step1(x0 + k, wa, ref a0);
                Step1(x1 + k, wa, ref a1);
                Step1(x2 + k, wa, ref a2);
                Step1(x3 + k, wa, ref a3);
                Step1(x4 + k, wa, ref a4);
                Step1(x5 + k, wa, ref a5);
                Step1(x6 + k, wa, ref a6);
                Step1(x7 + k, wa, ref a7);
                Step1(x8 + k, wa, ref a8);
                Step1(x9 + k, wa, ref a9);
                Step1(x10 + k, wa, ref a10);
                Step1(x11 + k, wa, ref a11);
            }
        }
        a0.Store(target);
        a1.Store(target + next);
        a2.Store(target + (2 * next));
        a3.Store(target + (3 * next));
        a4.Store(target + (4 * next));
        a5.Store(target + (5 * next));
        a6.Store(target + (6 * next));
        a7.Store(target + (7 * next));
        a8.Store(target + (8 * next));
        a9.Store(target + (9 * next));
        a10.Store(target + (10 * next));
        a11.Store(target + (11 * next));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step4(float* x, Vector512<float> wa, Vector512<float> wb, Vector512<float> wc, Vector512<float> wd,
        ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c, ref Vector512<float> d)
    {
        Vector512<float> value = Vector512.Create(*x);
        a = Avx512F.FusedMultiplyAdd(value, wa, a);
        b = Avx512F.FusedMultiplyAdd(value, wb, b);
        c = Avx512F.FusedMultiplyAdd(value, wc, c);
        d = Avx512F.FusedMultiplyAdd(value, wd, d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step3(float* x, Vector512<float> wa, Vector512<float> wb, Vector512<float> wc,
        ref Vector512<float> a, ref Vector512<float> b, ref Vector512<float> c)
    {
        Vector512<float> value = Vector512.Create(*x);
        a = Avx512F.FusedMultiplyAdd(value, wa, a);
        b = Avx512F.FusedMultiplyAdd(value, wb, b);
        c = Avx512F.FusedMultiplyAdd(value, wc, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step2(float* x, Vector512<float> wa, Vector512<float> wb,
        ref Vector512<float> a, ref Vector512<float> b)
    {
        Vector512<float> value = Vector512.Create(*x);
        a = Avx512F.FusedMultiplyAdd(value, wa, a);
        b = Avx512F.FusedMultiplyAdd(value, wb, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step1(float* x, Vector512<float> wa,
        ref Vector512<float> a)
    {
        Vector512<float> value = Vector512.Create(*x);
        a = Avx512F.FusedMultiplyAdd(value, wa, a);
    }
}
