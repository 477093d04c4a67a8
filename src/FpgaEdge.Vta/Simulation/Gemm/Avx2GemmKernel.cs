using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>AVX2: 4 rows of 2 columns in 8 of the 16 registers.</summary>
internal sealed unsafe class Avx2GemmKernel : GemmKernel
{
    public override int Lanes => 8;

    public override int Rows => 4;

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
            Vector256<int> a00 = Vector256.Load(d0 + rowDst[0]);
            Vector256<int> a01 = Vector256.Load(d0 + rowDst[1]);
            Vector256<int> a02 = Vector256.Load(d0 + rowDst[2]);
            Vector256<int> a03 = Vector256.Load(d0 + rowDst[3]);
            Vector256<int> a10 = Vector256.Load(d1 + rowDst[0]);
            Vector256<int> a11 = Vector256.Load(d1 + rowDst[1]);
            Vector256<int> a12 = Vector256.Load(d1 + rowDst[2]);
            Vector256<int> a13 = Vector256.Load(d1 + rowDst[3]);
            for (GemmTerm* term = operands.Terms; term < end; term++)
            {
                nint k = term->Src;
                nint kEnd = k + (2 * operands.Pairs);
                for (short* w = column + term->Wgt; k < kEnd; k += 2, w += stride)
                {
                    Vector256<short> w0 = Vector256.Load(w);
                    Vector256<short> w1 = Vector256.Load(w + toColumn1);
                    Vector256<short> x0 = Pair(r0 + k);
                    a00 = MultiplyAdd(a00, x0, w0);
                    a10 = MultiplyAdd(a10, x0, w1);
                    Vector256<short> x1 = Pair(r1 + k);
                    a01 = MultiplyAdd(a01, x1, w0);
                    a11 = MultiplyAdd(a11, x1, w1);
                    Vector256<short> x2 = Pair(r2 + k);
                    a02 = MultiplyAdd(a02, x2, w0);
                    a12 = MultiplyAdd(a12, x2, w1);
                    Vector256<short> x3 = Pair(r3 + k);
                    a03 = MultiplyAdd(a03, x3, w0);
                    a13 = MultiplyAdd(a13, x3, w1);
                }
            }
            a00.Store(d0 + rowDst[0]);
            a01.Store(d0 + rowDst[1]);
            a02.Store(d0 + rowDst[2]);
            a03.Store(d0 + rowDst[3]);
            a10.Store(d1 + rowDst[0]);
            a11.Store(d1 + rowDst[1]);
            a12.Store(d1 + rowDst[2]);
            a13.Store(d1 + rowDst[3]);
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
        Vector256<int> even = Vector256.Load(destination);
        Vector256<int> odd = Vector256<int>.Zero;
        GemmTerm* end = operands.Terms + operands.TermCount;
        for (GemmTerm* term = operands.Terms; term < end; term++)
        {
            short* x = row + term->Src;
            short* w = column + term->Wgt;
            for (int pair = 0; pair < operands.Pairs; pair += 2, x += 4, w += 2 * stride)
            {
                even = MultiplyAdd(even, Pair(x), Vector256.Load(w));
                odd = MultiplyAdd(odd, Pair(x + 2), Vector256.Load(w + stride));
            }
        }
        (even + odd).Store(destination);
    }

    /// <summary>One pair of input channels in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pair(short* source) => Vector256.Create(*(int*)source).AsInt16();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> MultiplyAdd(Vector256<int> sum, Vector256<short> x, Vector256<short> w) =>
        sum + Avx2.MultiplyAddAdjacent(x, w);
}
