namespace FpgaEdge.Compiler.Lowering;

/// <summary>Input cells of one axis that a tile reads, and the zeros around them.</summary>
/// <param name="First">First cell inside the image.</param>
/// <param name="Count">Cells inside the image.</param>
/// <param name="PadBefore">Zeros before.</param>
/// <param name="PadAfter">Zeros after.</param>
internal readonly record struct InputRegion(int First, int Count, int PadBefore, int PadAfter)
{
    /// <summary>Cells in the scratchpad.</summary>
    public int Total => PadBefore + Count + PadAfter;

    /// <summary>Whether there are zeros.</summary>
    public bool Padded => (PadBefore | PadAfter) != 0;

    /// <summary>Position of the first cell in the scratchpad; negative inside the padding.</summary>
    public int Origin => First - PadBefore;

    /// <summary>What the outputs of a tile read.</summary>
    public static InputRegion Of(ConvolutionAxis axis, Span1 tile, bool skipPadding)
    {
        int first = axis.Position(tile.First, 0);
        int last = axis.Position(tile.First + tile.Count - 1, axis.Kernel - 1);
        int inside = Math.Max(first, 0);
        int insideLast = Math.Min(last, axis.Input - 1);
        return new InputRegion(
            inside, insideLast - inside + 1, skipPadding ? 0 : inside - first, skipPadding ? 0 : last - insideLast);
    }
}
