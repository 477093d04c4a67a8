namespace FpgaEdge.Compiler.Lowering;

/// <summary>Neighbouring outputs of a tile's axis whose taps [FirstTap, LastTap) lie inside the image.</summary>
/// <param name="First">First output, counted from the tile's first.</param>
/// <param name="Count">Outputs.</param>
/// <param name="FirstTap">First tap that counts.</param>
/// <param name="LastTap">One past the last tap that counts.</param>
internal readonly record struct TapSegment(int First, int Count, int FirstTap, int LastTap)
{
    /// <summary>
    /// Cuts a tile's outputs into segments of equal taps. Without skipping there is one segment with all taps, and
    /// the padding is loaded as zeros.
    /// </summary>
    public static List<TapSegment> Of(ConvolutionAxis axis, Span1 tile, bool skipPadding)
    {
        var segments = new List<TapSegment>();
        for (int i = 0; i < tile.Count; i++)
        {
            (int first, int last) = skipPadding ? ValidTaps(axis, tile.First + i) : (0, axis.Kernel);
            if (segments.Count > 0 && segments[^1].FirstTap == first && segments[^1].LastTap == last)
            {
                segments[^1] = segments[^1] with { Count = segments[^1].Count + 1 };
            }
            else
            {
                segments.Add(new TapSegment(i, 1, first, last));
            }
        }
        return segments;
    }

    /// <summary>Whether some output has no tap inside the image, so that skipping would leave it without a
    /// product.</summary>
    public static bool HasEmptyOutput(ConvolutionAxis axis)
    {
        for (int output = 0; output < axis.Output; output++)
        {
            (int first, int last) = ValidTaps(axis, output);
            if (first >= last)
            {
                return true;
            }
        }
        return false;
    }

    private static (int First, int Last) ValidTaps(ConvolutionAxis axis, int output)
    {
        int first = 0;
        while (first < axis.Kernel && axis.Position(output, first) < 0)
        {
            first++;
        }
        int last = axis.Kernel;
        while (last > first && axis.Position(output, last - 1) >= axis.Input)
        {
            last--;
        }
        return (first, last);
    }
}
