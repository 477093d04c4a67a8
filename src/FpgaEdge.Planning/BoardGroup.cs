using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// The boards of one stage as the search sees them: how many of each class. Frames go round-robin over them, so the
/// slowest sets the pace and the number of boards divides it.
/// </summary>
internal sealed class BoardGroup
{
    private readonly BoardClass[] used;

    /// <param name="classes">All classes, in canonical order.</param>
    /// <param name="counts">How many boards of each.</param>
    /// <param name="code">The group's number in the mixed radix of <see cref="BoardPool"/>.</param>
    /// <param name="linkSpeeds">Distinct link speeds, ascending.</param>
    public BoardGroup(ImmutableArray<BoardClass> classes, int[] counts, int code, ImmutableArray<long> linkSpeeds)
    {
        Counts = counts;
        Code = code;
        BoardCount = counts.Sum();
        used = [.. classes.Where((_, index) => counts[index] > 0)];
        LinkIndex = linkSpeeds.IndexOf(used.Min(board => board.LinkBitsPerSecond));
    }

    /// <summary>Boards of each class.</summary>
    public int[] Counts { get; }

    /// <summary>Subtracting it from a pool's state removes these boards.</summary>
    public int Code { get; }

    /// <summary>All boards of the group.</summary>
    public int BoardCount { get; }

    /// <summary>Index of the slowest link among the distinct link speeds.</summary>
    public int LinkIndex { get; }

    /// <summary>Whether every board of the group has times for all nodes of [first, last).</summary>
    public bool CanExecute(int first, int last)
    {
        foreach (BoardClass board in used)
        {
            if (!board.CanExecute(first, last))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Whether the range also fits the memory of every board of the group.</summary>
    public bool CanRun(int first, int last)
    {
        foreach (BoardClass board in used)
        {
            if (!board.CanRun(first, last))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Longest time a frame computes in this stage.</summary>
    public long ComputeNs(int first, int last)
    {
        long longest = 0;
        foreach (BoardClass board in used)
        {
            longest = Math.Max(longest, board.ComputeNs(first, last));
        }
        return longest;
    }

    /// <summary>Time between two frames that leave this stage, rounded up.</summary>
    public long IntervalNs(int first, int last)
    {
        long longest = 0;
        foreach (BoardClass board in used)
        {
            longest = Math.Max(longest, board.BusyNs(first, last));
        }
        return PerBoard(longest);
    }

    /// <summary>The part of <see cref="IntervalNs"/> that only grows when nodes are added to the range.</summary>
    public long ComputeIntervalNs(int first, int last) => PerBoard(ComputeNs(first, last));

    private long PerBoard(long busyNs) => (busyNs + BoardCount - 1) / BoardCount;
}
