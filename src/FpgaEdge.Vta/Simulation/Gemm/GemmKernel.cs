namespace FpgaEdge.Vta.Simulation.Gemm;

/// <summary>What a kernel works on. Pointers are to the scratchpads; nothing is checked here any more.</summary>
internal unsafe struct GemmOperands
{
    public int* Acc;
    public short* Inp;
    public short* Wgt;
    public GemmTerm* Terms;
    public int TermCount;

    /// <summary>Pairs of input channels in a weight element.</summary>
    public int Pairs;

    /// <summary>Weight values from one pair to the next: twice the output channels.</summary>
    public int PairStride;

    /// <summary>Accumulator and activation offsets of the rows of one call.</summary>
    public int* RowDst;
    public int* RowSrc;

    /// <summary>Accumulator and weight offsets of the columns of one call.</summary>
    public int* ColDst;
    public int* ColWgt;
}

/// <summary>
/// Adds products for a few rows and columns that are kept in registers meanwhile. One implementation per instruction
/// set; all give the same bits.
/// </summary>
internal abstract unsafe class GemmKernel
{
    /// <summary>Output channels a column has.</summary>
    public abstract int Lanes { get; }

    /// <summary>Rows of a block.</summary>
    public abstract int Rows { get; }

    /// <summary>Columns of a block.</summary>
    public abstract int Columns { get; }

    /// <summary>Processes blocks of <see cref="Rows"/> x <see cref="Columns"/> accumulators one after the other. Those
    /// of a block must be distinct.</summary>
    /// <param name="operands">Rows of all blocks, columns of one.</param>
    /// <param name="count">Number of blocks.</param>
    public abstract void Blocks(in GemmOperands operands, int count);

    /// <summary>Processes one row of one column.</summary>
    public abstract void Single(in GemmOperands operands);
}
