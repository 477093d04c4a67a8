namespace FpgaEdge.Compiler.Lowering;

/// <summary>The distinct ranges of taps inside the image that outputs of an axis have, in order of first
/// appearance.</summary>
internal sealed class PaddingClasses
{
    private readonly List<(int First, int Last)> ranges = [];

    public PaddingClasses(ConvolutionAxis axis)
    {
        foreach (TapSegment segment in TapSegment.Of(axis, new Span1(0, axis.Output), true))
        {
            if (!ranges.Contains((segment.FirstTap, segment.LastTap)))
            {
                ranges.Add((segment.FirstTap, segment.LastTap));
            }
        }
    }

    /// <summary>Number of classes.</summary>
    public int Count => ranges.Count;

    /// <summary>Taps of a class: first, and one past the last.</summary>
    public (int First, int Last) this[int index] => ranges[index];

    /// <summary>Class of a segment.</summary>
    public int IndexOf(TapSegment segment) => ranges.IndexOf((segment.FirstTap, segment.LastTap));
}
