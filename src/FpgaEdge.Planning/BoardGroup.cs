using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Boards for one stage as the search sees them: how many of each class, without the boards that pins add. Frames go
/// round-robin over them, so the slowest sets the pace and the number of boards divides it.
/// </summary>
internal sealed class BoardGroup
{
    /// <param name="classes">All classes, in canonical order.</param>
    /// <param name="counts">How many boards of each.</param>
    public BoardGroup(ImmutableArray<BoardClass> classes, int[] counts)
    {
        Counts = counts;
        Used = [.. Enumerable.Range(0, classes.Length).Where(index => counts[index] > 0)];
        BoardCount = counts.Sum();
        LinkBitsPerSecond = Used.Length == 0 ? long.MaxValue : Used.Min(index => classes[index].LinkBitsPerSecond);
        ClassMask = Used.Aggregate(0ul, (mask, index) => mask | (1ul << index));
        IdleMilliwatts = Used.Sum(index => (long)counts[index] * classes[index].Power.IdleMilliwatts);
    }

    /// <summary>Boards of each class.</summary>
    public int[] Counts { get; }

    /// <summary>Indices of the classes with a board, ascending.</summary>
    public int[] Used { get; }

    /// <summary>All boards of the group; none only where pins name a stage's boards.</summary>
    public int BoardCount { get; }

    /// <summary>Slowest link; the largest number when there is no board.</summary>
    public long LinkBitsPerSecond { get; }

    /// <summary>A bit for each class with a board; limits classes to 64, which is also the limit of boards.</summary>
    public ulong ClassMask { get; }

    /// <summary>Index of the slowest link, once <see cref="StageTables"/> has looked it up; negative before.</summary>
    public int LinkIndex { get; set; } = -1;

    /// <summary>The times of the group's classes, once <see cref="StageTables"/> has looked them up.</summary>
    public StageTimes? Times { get; set; }

    /// <summary>What the boards draw when they do nothing.</summary>
    public long IdleMilliwatts { get; }
}

/// <summary>Taking a group's boards in a state of a <see cref="BoardSpace"/> leads to another.</summary>
internal readonly record struct BoardMove(BoardGroup Group, int Next);
