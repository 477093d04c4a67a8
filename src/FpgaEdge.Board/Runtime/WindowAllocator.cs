namespace FpgaEdge.Board;

/// <summary>
/// Shares the DMA window out among the stages that are loaded at the same time: the one in use and, while plans change,
/// the next. First fit, in whole pages. Not safe for concurrent use.
/// </summary>
internal sealed class WindowAllocator(long windowBytes)
{
    private const long PageBytes = 4096;

    private readonly SortedList<long, long> taken = [];

    /// <summary>Whether nothing is taken.</summary>
    public bool IsEmpty => taken.Count == 0;

    /// <summary>Takes a range; false when there is none of that size now.</summary>
    public bool TryTake(long bytes, out long offset)
    {
        long length = Math.Max(PageBytes, (bytes + PageBytes - 1) / PageBytes * PageBytes);
        offset = 0;
        foreach ((long start, long size) in taken)
        {
            if (start - offset >= length)
            {
                break;
            }
            offset = start + size;
        }
        if (windowBytes - offset < length)
        {
            return false;
        }
        taken.Add(offset, length);
        return true;
    }

    /// <summary>Gives a range back.</summary>
    public void Free(long offset) => taken.Remove(offset);
}
