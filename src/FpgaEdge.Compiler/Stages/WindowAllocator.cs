namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// Gives buffers with known lifetimes places in one memory, so that buffers whose lifetimes overlap do not: first
/// fit, in order of birth.
/// </summary>
internal sealed class WindowAllocator(long first, int alignment)
{
    private readonly long start = first;
    private readonly List<(long First, long End, int Birth, int Death)> placed = [];

    /// <summary>One past the last byte in use.</summary>
    public long End { get; private set; } = first;

    /// <summary>Places a buffer that is written at step <paramref name="birth"/> and last read at step
    /// <paramref name="death"/>.
    /// </summary>
    public long Place(long bytes, int birth, int death)
    {
        long offset = Align(start);
        foreach ((long taken, long end, _, _) in placed
            .Where(other => other.Birth <= death && birth <= other.Death).OrderBy(other => other.First))
        {
            if (offset + bytes <= taken)
            {
                break;
            }
            offset = Math.Max(offset, Align(end));
        }
        placed.Add((offset, offset + bytes, birth, death));
        End = Math.Max(End, offset + bytes);
        return offset;
    }

    private long Align(long offset) => (offset + alignment - 1) / alignment * alignment;
}
