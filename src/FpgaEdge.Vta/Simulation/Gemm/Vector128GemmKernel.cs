using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>128-bit vectors, on x86 and on 64-bit ARM: 2 rows of 4 columns in 8 of 16 registers.</summary>
internal sealed unsafe class Vector128GemmKernel : GemmKernel
{
    public override int Lanes => 4;

    public override int Rows => 2;

    public override int Columns => 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Blocks(in GemmOperands operands, int count)
    {
        int* d0 = operands.Acc + operands.ColDst[0];
        int* d1 = operands.Acc + operands.ColDst[1];
        int* d2 = operands.Acc + operands.ColDst[2];
        int* d3 = operands.Acc + operands.ColDst[3];
        short* column = operands.Wgt + operands.ColWgt[0];
        nint toColumn1 = operands.ColWgt[1] - operands.ColWgt[0];
        nint toColumn2 = operands.ColWgt[2] - operands.ColWgt[0];
        nint toColumn3 = operands.ColWgt[3] - operands.ColWgt[0];
        nint stride = operands.PairStride;
        GemmTerm* end = operands.Terms + operands.TermCount;
        int* rowDst = operands.RowDst;
        int* rowSrc = operands.RowSrc;
        for (; count > 0; count--, rowDst += Rows, rowSrc += Rows)
        {
            short* r0 = operands.Inp + rowSrc[0];
            short* r1 = operands.Inp + rowSrc[1];
            Vector128<int> a00 = Vector128.Load(d0 + rowDst[0]);
            Vector128<int> a01 = Vector128.Load(d0 + rowDst[1]);
            Vector128<int> a10 = Vector128.Load(d1 + rowDst[0]);
            Vector128<int> a11 = Vector128.Load(d1 + rowDst[1]);
            Vector128<int> a20 = Vector128.Load(d2 + rowDst[0]);
            Vector128<int> a21 = Vector128.Load(d2 + rowDst[1]);
            Vector128<int> a30 = Vector128.Load(d3 + rowDst[0]);
            Vector128<int> a31 = Vector128.Load(d3 + rowDst[1]);
            for (GemmTerm* term = operands.Terms; term < end; term++)
            {
                nint k = term->Src;
                nint kEnd = k + (2 * operands.Pairs);
                for (short* w = column + term->Wgt; k < kEnd; k += 2, w += stride)
                {
                    Vector128<short> w0 = Vector128.Load(w);
                    Vector128<short> w1 = Vector128.Load(w + toColumn1);
                    Vector128<short> w2 = Vector128.Load(w + toColumn2);
                    Vector128<short> w3 = Vector128.Load(w + toColumn3);
                    Vector128<short> x0 = Pair(r0 + k);
                    a00 = MultiplyAdd(a00, x0, w0);
                    a10 = MultiplyAdd(a10, x0, w1);
                    a20 = MultiplyAdd(a20, x0, w2);
                    a30 = MultiplyAdd(a30, x0, w3);
                    Vector128<short> x1 = Pair(r1 + k);
                    a01 = MultiplyAdd(a01, x1, w0);
                    a11 = MultiplyAdd(a11, x1, w1);
                    a21 = MultiplyAdd(a21, x1, w2);
                    a31 = MultiplyAdd(a31, x1, w3);
                }
            }
            a00.Store(d0 + rowDst[0]);
            a01.Store(d0 + rowDst[1]);
            a10.Store(d1 + rowDst[0]);
            a11.Store(d1 + rowDst[1]);
            a20.Store(d2 + rowDst[0]);
            a21.Store(d2 + rowDst[1]);
            a30.Store(d3 + rowDst[0]);
            a31.Store(d3 + rowDst[1]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Single(in GemmOperands operands)
    {
        short* row = operands.Inp + *operands.RowSrc;
        short* column = operands.Wgt + *operands.ColWgt;
        int* destination = operands.Acc + *operands.RowDst + *operands.ColDst;
        nint stride = operands.PairStride;
        // Two sums, so that one addition need not wait for the one before.
        Vector128<int> even = Vector128.Load(destination);
        Vector128<int> odd = Vector128<int>.Zero;
        GemmTerm* end = operands.Terms + operands.TermCount;
        for (GemmTerm* term = operands.Terms; term < end; term++)
        {
            short* x = row + term->Src;
            short* w = column + term->Wgt;
            for (int pair = 0; pair < operands.Pairs; pair += 2, x += 4, w += 2 * stride)
            {
                even = MultiplyAdd(even, Pair(x), Vector128.Load(w));
                odd = MultiplyAdd(odd, Pair(x + 2), Vector128.Load(w + stride));
            }
        }
        (even + odd).Store(destination);
    }

    /// <summary>One pair of input channels in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> Pair(short* source) => Vector128.Create(*(int*)source).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> MultiplyAdd(Vector128<int> sum, Vector128<short> x, Vector128<short> w)
    {
        if (Sse2.IsSupported)
        {
            return sum + Sse2.MultiplyAddAdjacent(x, w);
        }
        if (AdvSimd.Arm64.IsSupported)
        {
            return sum + AdvSimd.Arm64.AddPairwise(
                AdvSimd.MultiplyWideningLower(x.GetLower(), w.GetLower()), AdvSimd.MultiplyWideningUpper(x, w));
        }
        // The halves of each 32-bit lane, sign-extended.
        Vector128<int> xEven = (x.AsInt32() << 16) >> 16;
        Vector128<int> wEven = (w.AsInt32() << 16) >> 16;
        return sum + (xEven * wEven) + ((x.AsInt32() >> 16) * (w.AsInt32() >> 16));
    }
}
