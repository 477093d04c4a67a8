namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>Executes GEMM instructions whose indices were checked. Plans are kept until the micro-ops change, because
/// programs repeat the same few instructions for every tile.</summary>
internal sealed unsafe class GemmEngine(VtaConfiguration configuration, Scratchpads pads, VtaKernel kernelKind)
{
    private const int MaxPlans = 256;

    private readonly GemmKernel kernel = GemmKernels.Create(kernelKind, configuration.BlockOut);
    private readonly Dictionary<VtaGemm, GemmPlan> plans = [];
    private GemmPlanner? planner;

    /// <summary>To be called when micro-ops may have changed.</summary>
    public void ForgetPlans() => plans.Clear();

    /// <summary>Executes one instruction.</summary>
    public void Execute(VtaGemm gemm, ReadOnlySpan<VtaMicroOp> microOps)
    {
        VtaGemm key = gemm with { Dependencies = VtaDependencies.None };
        if (!plans.TryGetValue(key, out GemmPlan? plan))
        {
            if (plans.Count >= MaxPlans)
            {
                plans.Clear();
            }
            planner ??= new GemmPlanner(configuration, kernel);
            plan = planner.Plan(gemm, microOps);
            plans.Add(key, plan);
        }
        for (int y = 0; y < plan.OuterLoop.Count; y++)
        {
            for (int x = 0; x < plan.InnerLoop.Count; x++)
            {
                int dst = (y * plan.OuterLoop.Dst) + (x * plan.InnerLoop.Dst);
                int src = (y * plan.OuterLoop.Src) + (x * plan.InnerLoop.Src);
                int wgt = (y * plan.OuterLoop.Wgt) + (x * plan.InnerLoop.Wgt);
                foreach (GemmBlock block in plan.Blocks)
                {
                    Execute(block, dst, src, wgt);
                }
            }
        }
    }

    private void Execute(GemmBlock block, int dst, int src, int wgt)
    {
        fixed (int* rowDst = block.RowDst, rowSrc = block.RowSrc, colDst = block.ColDst, colWgt = block.ColWgt)
        fixed (GemmTerm* terms = block.Terms)
        {
            var operands = new GemmOperands
            {
                Acc = pads.Acc.Pointer + dst,
                Inp = pads.Inp.Pointer + src,
                Wgt = pads.Wgt.Pointer + wgt,
                Terms = terms,
                TermCount = block.Terms.Length,
                Pairs = Math.Max(1, configuration.BlockIn / 2),
                PairStride = configuration.BlockOut * 2,
            };
            int wideColumns = block.Distinct ? block.ColDst.Length / kernel.Columns * kernel.Columns : 0;
            int blocks = block.RowDst.Length / kernel.Rows;
            for (int column = 0; column < block.ColumnCount;)
            {
                bool wide = column < wideColumns;
                int columns = wide ? kernel.Columns : 1;
                operands.ColDst = colDst + column;
                operands.ColWgt = colWgt + column;
                operands.RowDst = rowDst;
                operands.RowSrc = rowSrc;
                int row = 0;
                if (wide)
                {
                    kernel.Blocks(operands, blocks);
                    row = blocks * kernel.Rows;
                }
                for (; row < block.RowCount; row++)
                {
                    operands.RowDst = rowDst + row;
                    operands.RowSrc = rowSrc + row;
                    Singles(ref operands, columns);
                }
                column += columns;
            }
        }
    }

    private void Singles(ref GemmOperands operands, int columns)
    {
        int* colDst = operands.ColDst;
        int* colWgt = operands.ColWgt;
        for (int column = 0; column < columns; column++)
        {
            operands.ColDst = colDst + column;
            operands.ColWgt = colWgt + column;
            kernel.Single(operands);
        }
        operands.ColDst = colDst;
        operands.ColWgt = colWgt;
    }
}
