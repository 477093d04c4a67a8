using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Everything a GEMM micro-op sequence depends on. The order is input block, kernel row, kernel column, then the
/// accumulator lines of the group, so that a line comes back only after all others of its group.
/// </summary>
internal readonly record struct ProductKey(
    int Destination, int Source, int Weight, int TapRows, int TapColumns, int OutputBlocks, int InputBlocks,
        bool FoldInputs, int GroupOutputs,
    int GroupRows, int GroupColumns, int TileWidth, int TilePixels, int InputWidth, int InputPixels)
{
    /// <summary>Appends the sequence.</summary>
    public void Write(List<VtaMicroOp> list, ConvolutionProblem problem, int trash)
    {
        for (int input = 0; input < (FoldInputs ? 1 : InputBlocks); input++)
        {
            for (int tap = 0; tap < TapRows * TapColumns; tap++)
            {
                WriteGroup(list, problem, input, tap / TapColumns, tap % TapColumns, trash);
            }
        }
    }

    private void WriteGroup(
        List<VtaMicroOp> list, ConvolutionProblem problem, int input, int tapRow, int tapColumn, int trash)
    {
        int tapCell = (tapRow * problem.Rows.Dilation * InputWidth) + (tapColumn * problem.Columns.Dilation);
        int source = Source + (input * InputPixels) + tapCell;
        int weight = Weight + (input * problem.Taps) + (tapRow * problem.Columns.Kernel) + tapColumn;
        for (int block = 0; block < OutputBlocks; block++)
        {
            int blockSource = source + (block / GroupOutputs * InputBlocks * InputPixels);
            for (int cell = 0; cell < GroupRows * GroupColumns; cell++)
            {
                int row = cell / GroupColumns;
                int column = cell % GroupColumns;
                list.Add(new VtaMicroOp(
                    Destination + (block * TilePixels) + (row * TileWidth) + column,
                    blockSource + (row * problem.Rows.Stride * InputWidth) + (column * problem.Columns.Stride),
                    weight + (block * InputBlocks * problem.Taps)));
            }
        }
        for (int lines = OutputBlocks * GroupRows * GroupColumns; lines < PixelGroup.MinimumLines; lines++)
        {
            list.Add(new VtaMicroOp(trash + lines - 1, source, weight));
        }
    }
}

/// <summary>
/// How many pixels a GEMM micro-op sequence covers so that consecutive micro-ops write different accumulator lines:
/// the hardware's pipeline needs a line to rest for two micro-ops (SPEC section 9.6).
/// </summary>
internal static class PixelGroup
{
    /// <summary>Least accumulator lines of a sequence.</summary>
    public const int MinimumLines = 3;

    /// <summary>The smallest group that divides the segment and has enough lines; the whole segment when there are
    /// too few.</summary>
    public static (int Rows, int Columns) Choose(int rows, int columns, int outputBlocks)
    {
        int need = (MinimumLines + outputBlocks - 1) / outputBlocks;
        (int Rows, int Columns) best = (rows, columns);
        for (int groupRows = 1; groupRows <= rows && groupRows <= need; groupRows++)
        {
            for (int groupColumns = 1; groupColumns <= columns; groupColumns++)
            {
                bool divides = rows % groupRows == 0 && columns % groupColumns == 0;
                if (divides && groupRows * groupColumns >= need && groupRows * groupColumns < best.Rows * best.Columns)
                {
                    best = (groupRows, groupColumns);
                }
            }
        }
        return best;
    }
}
