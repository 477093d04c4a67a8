namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>One addend of every accumulator of a block, as offsets in lanes from the row's and the column's
/// place.</summary>
internal readonly record struct GemmTerm(int Src, int Wgt);

/// <summary>
/// A product of rows, columns and terms: acc[row.Dst + col.Dst] += Σ over terms inp[row.Src + term.Src] · wgt[col.Wgt +
/// term.Wgt]. All offsets are in lanes (values, not elements).
/// </summary>
/// <param name="RowDst">Accumulator offset of each row.</param>
/// <param name="RowSrc">Activation offset of each row.</param>
/// <param name="ColDst">Accumulator offset of each column.</param>
/// <param name="ColWgt">Weight offset of each column.</param>
/// <param name="RowCount">Rows that exist. More may follow that only fill the kernel's last block: they read what
/// another row reads, and write where nobody looks.</param>
/// <param name="ColumnCount">Columns that exist, likewise.</param>
/// <param name="Terms">What is summed.</param>
/// <param name="Distinct">Whether no two (row, column) pairs meet in one accumulator, so that several may be kept in
/// registers at once.</param>
internal sealed record GemmBlock(
    int[] RowDst,
    int[] RowSrc,
    int[] ColDst,
    int[] ColWgt,
    int RowCount,
    int ColumnCount,
    GemmTerm[] Terms,
    bool Distinct);

/// <summary>A loop around blocks: extent and what an iteration adds, in lanes.</summary>
internal readonly record struct GemmLoop(int Count, int Dst, int Src, int Wgt)
{
    /// <summary>A loop of one iteration.</summary>
    public static GemmLoop Once { get; } = new(1, 0, 0, 0);
}

/// <summary>How one GEMM instruction is executed: every block in every iteration of two loops that are neither row,
/// column nor term; usually both are <see cref="GemmLoop.Once"/>.</summary>
internal sealed record GemmPlan(GemmBlock[] Blocks, GemmLoop OuterLoop, GemmLoop InnerLoop);
