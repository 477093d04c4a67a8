using System.Runtime.CompilerServices;

namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>
/// 4 rows of 2 columns in 8 registers: each pair of activations is broadcast once for both columns, each vector of
/// weights read once for four rows. Eight sums are enough to hide the latency of an addition, and leave room in the
/// sixteen registers that every instruction set here has.
/// </summary>
internal sealed unsafe class VectorGemmKernel<TLanes> : GemmKernel
    where TLanes : unmanaged, IGemmLanes<TLanes>
{
    public override int Lanes => TLanes.Count;

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
            TLanes a00 = TLanes.Load(d0 + rowDst[0]);
            TLanes a01 = TLanes.Load(d0 + rowDst[1]);
            TLanes a02 = TLanes.Load(d0 + rowDst[2]);
            TLanes a03 = TLanes.Load(d0 + rowDst[3]);
            TLanes a10 = TLanes.Load(d1 + rowDst[0]);
            TLanes a11 = TLanes.Load(d1 + rowDst[1]);
            TLanes a12 = TLanes.Load(d1 + rowDst[2]);
            TLanes a13 = TLanes.Load(d1 + rowDst[3]);
            for (GemmTerm* term = operands.Terms; term < end; term++)
            {
                nint k = term->Src;
                nint kEnd = k + (2 * operands.Pairs);
                for (short* w = column + term->Wgt; k < kEnd; k += 2, w += stride)
                {
                    TLanes w0 = TLanes.Load(w);
                    TLanes w1 = TLanes.Load(w + toColumn1);
                    TLanes x0 = TLanes.Broadcast(r0 + k);
                    a00 = TLanes.MultiplyAdd(a00, x0, w0);
                    a10 = TLanes.MultiplyAdd(a10, x0, w1);
                    TLanes x1 = TLanes.Broadcast(r1 + k);
                    a01 = TLanes.MultiplyAdd(a01, x1, w0);
                    a11 = TLanes.MultiplyAdd(a11, x1, w1);
                    TLanes x2 = TLanes.Broadcast(r2 + k);
                    a02 = TLanes.MultiplyAdd(a02, x2, w0);
                    a12 = TLanes.MultiplyAdd(a12, x2, w1);
                    TLanes x3 = TLanes.Broadcast(r3 + k);
                    a03 = TLanes.MultiplyAdd(a03, x3, w0);
                    a13 = TLanes.MultiplyAdd(a13, x3, w1);
                }
            }
            TLanes.Store(a00, d0 + rowDst[0]);
            TLanes.Store(a01, d0 + rowDst[1]);
            TLanes.Store(a02, d0 + rowDst[2]);
            TLanes.Store(a03, d0 + rowDst[3]);
            TLanes.Store(a10, d1 + rowDst[0]);
            TLanes.Store(a11, d1 + rowDst[1]);
            TLanes.Store(a12, d1 + rowDst[2]);
            TLanes.Store(a13, d1 + rowDst[3]);
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
        TLanes even = TLanes.Load(destination);
        TLanes odd = default;
        GemmTerm* end = operands.Terms + operands.TermCount;
        for (GemmTerm* term = operands.Terms; term < end; term++)
        {
            short* x = row + term->Src;
            short* w = column + term->Wgt;
            for (int pair = 0; pair < operands.Pairs; pair += 2, x += 4, w += 2 * stride)
            {
                even = TLanes.MultiplyAdd(even, TLanes.Broadcast(x), TLanes.Load(w));
                odd = TLanes.MultiplyAdd(odd, TLanes.Broadcast(x + 2), TLanes.Load(w + stride));
            }
        }
        TLanes.Store(TLanes.Add(even, odd), destination);
    }
}
