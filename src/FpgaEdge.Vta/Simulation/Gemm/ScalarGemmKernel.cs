namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>Any block size, any processor: one row of a whole weight element at a time.</summary>
internal sealed unsafe class ScalarGemmKernel(int block) : GemmKernel
{
    public override int Lanes => block;

    public override int Rows => 1;

    public override int Columns => 1;

    public override void Blocks(in GemmOperands operands, int count)
    {
        GemmOperands row = operands;
        for (; count > 0; count--, row.RowDst++, row.RowSrc++)
        {
            Single(row);
        }
    }

    public override void Single(in GemmOperands operands)
    {
        int* sums = operands.Acc + *operands.RowDst + *operands.ColDst;
        for (int t = 0; t < operands.TermCount; t++)
        {
            short* inputs = operands.Inp + *operands.RowSrc + operands.Terms[t].Src;
            short* weights = operands.Wgt + *operands.ColWgt + operands.Terms[t].Wgt;
            for (int k = 0; k < block; k++)
            {
                short* pair = weights + ((k >> 1) * operands.PairStride) + (k & 1);
                for (int o = 0; o < block; o++)
                {
                    sums[o] = unchecked(sums[o] + (inputs[k] * pair[2 * o]));
                }
            }
        }
    }
}
