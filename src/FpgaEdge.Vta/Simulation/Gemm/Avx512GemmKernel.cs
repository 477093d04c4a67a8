using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>AVX-512BW: 8 rows of 2 columns in 16 of the 32 registers. Each activation pair is broadcast once for both
/// columns, each weight vector read once for 8 rows.</summary>
internal sealed unsafe class Avx512GemmKernel : GemmKernel
{
    public override int Lanes => 16;

    public override int Rows => 8;

    public override int Columns => 2;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Blocks(in GemmOperands operands, int count)
    {
        int* d0 = operands.Acc + operands.ColDst[0];
        int* d1 = operands.Acc + operands.ColDst[1];
        short* column = operands.Wgt + operands.ColWgt[0];
        nint toColumn1 = operands.ColWgt[1] - operands.ColWgt[0];
        nint stride = operands.PairStride;
        GemmTerm* end = operands.Terms + operands.TermCount;
        int* rowDst = operands.RowDst;
        int* rowSrc = operands.RowSrc;
        for (; count > 0; count--, rowDst += Rows, rowSrc += Rows)
        {
            short* r0 = operands.Inp + rowSrc[0];
            short* r1 = operands.Inp + rowSrc[1];
            short* r2 = operands.Inp + rowSrc[2];
            short* r3 = operands.Inp + rowSrc[3];
            short* r4 = operands.Inp + rowSrc[4];
            short* r5 = operands.Inp + rowSrc[5];
            short* r6 = operands.Inp + rowSrc[6];
            short* r7 = operands.Inp + rowSrc[7];
            Vector512<int> a00 = Vector512.Load(d0 + rowDst[0]);
            Vector512<int> a01 = Vector512.Load(d0 + rowDst[1]);
            Vector512<int> a02 = Vector512.Load(d0 + rowDst[2]);
            Vector512<int> a03 = Vector512.Load(d0 + rowDst[3]);
            Vector512<int> a04 = Vector512.Load(d0 + rowDst[4]);
            Vector512<int> a05 = Vector512.Load(d0 + rowDst[5]);
            Vector512<int> a06 = Vector512.Load(d0 + rowDst[6]);
            Vector512<int> a07 = Vector512.Load(d0 + rowDst[7]);
            Vector512<int> a10 = Vector512.Load(d1 + rowDst[0]);
            Vector512<int> a11 = Vector512.Load(d1 + rowDst[1]);
            Vector512<int> a12 = Vector512.Load(d1 + rowDst[2]);
            Vector512<int> a13 = Vector512.Load(d1 + rowDst[3]);
            Vector512<int> a14 = Vector512.Load(d1 + rowDst[4]);
            Vector512<int> a15 = Vector512.Load(d1 + rowDst[5]);
            Vector512<int> a16 = Vector512.Load(d1 + rowDst[6]);
            Vector512<int> a17 = Vector512.Load(d1 + rowDst[7]);
            for (GemmTerm* term = operands.Terms; term < end; term++)
            {
                nint k = term->Src;
                nint kEnd = k + (2 * operands.Pairs);
                for (short* w = column + term->Wgt; k < kEnd; k += 2, w += stride)
                {
                    Vector512<short> w0 = Vector512.Load(w);
                    Vector512<short> w1 = Vector512.Load(w + toColumn1);
                    Vector512<short> x0 = Pair(r0 + k);
                    a00 = MultiplyAdd(a00, x0, w0);
                    a10 = MultiplyAdd(a10, x0, w1);
                    Vector512<short> x1 = Pair(r1 + k);
                    a01 = MultiplyAdd(a01, x1, w0);
                    a11 = MultiplyAdd(a11, x1, w1);
                    Vector512<short> x2 = Pair(r2 + k);
                    a02 = MultiplyAdd(a02, x2, w0);
                    a12 = MultiplyAdd(a12, x2, w1);
                    Vector512<short> x3 = Pair(r3 + k);
                    a03 = MultiplyAdd(a03, x3, w0);
                    a13 = MultiplyAdd(a13, x3, w1);
                    Vector512<short> x4 = Pair(r4 + k);
                    a04 = MultiplyAdd(a04, x4, w0);
                    a14 = MultiplyAdd(a14, x4, w1);
                    Vector512<short> x5 = Pair(r5 + k);
                    a05 = MultiplyAdd(a05, x5, w0);
                    a15 = MultiplyAdd(a15, x5, w1);
                    Vector512<short> x6 = Pair(r6 + k);
                    a06 = MultiplyAdd(a06, x6, w0);
                    a16 = MultiplyAdd(a16, x6, w1);
                    Vector512<short> x7 = Pair(r7 + k);
                    a07 = MultiplyAdd(a07, x7, w0);
                    a17 = MultiplyAdd(a17, x7, w1);
                }
            }
            a00.Store(d0 + rowDst[0]);
            a01.Store(d0 + rowDst[1]);
            a02.Store(d0 + rowDst[2]);
            a03.Store(d0 + rowDst[3]);
            a04.Store(d0 + rowDst[4]);
            a05.Store(d0 + rowDst[5]);
            a06.Store(d0 + rowDst[6]);
            a07.Store(d0 + rowDst[7]);
            a10.Store(d1 + rowDst[0]);
            a11.Store(d1 + rowDst[1]);
            a12.Store(d1 + rowDst[2]);
            a13.Store(d1 + rowDst[3]);
            a14.Store(d1 + rowDst[4]);
            a15.Store(d1 + rowDst[5]);
            a16.Store(d1 + rowDst[6]);
            a17.Store(d1 + rowDst[7]);
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
        Vector512<int> even = Vector512.Load(destination);
        Vector512<int> odd = Vector512<int>.Zero;
        GemmTerm* end = operands.Terms + operands.TermCount;
        for (GemmTerm* term = operands.Terms; term < end; term++)
        {
            short* x = row + term->Src;
            short* w = column + term->Wgt;
            for (int pair = 0; pair < operands.Pairs; pair += 2, x += 4, w += 2 * stride)
            {
                even = MultiplyAdd(even, Pair(x), Vector512.Load(w));
                odd = MultiplyAdd(odd, Pair(x + 2), Vector512.Load(w + stride));
            }
        }
        (even + odd).Store(destination);
    }

    /// <summary>One pair of input channels in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Pair(short* source) => Vector512.Create(*(int*)source).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> MultiplyAdd(Vector512<int> sum, Vector512<short> x, Vector512<short> w) =>
        sum + Avx512BW.MultiplyAddAdjacent(x, w);
}
