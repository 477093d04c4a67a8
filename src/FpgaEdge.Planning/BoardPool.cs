using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// All boards of a view as counts per class, numbered in mixed radix: a state is one number, and removing a group of
/// boards is one subtraction.
/// </summary>
internal sealed class BoardPool
{
    private readonly int[] radix;

    public BoardPool(ImmutableArray<BoardClass> classes)
    {
        Classes = classes;
        LinkSpeeds = [.. classes.Select(board => board.LinkBitsPerSecond).Distinct().Order()];
        radix = new int[classes.Length];
        long states = 1;
        for (int index = 0; index < classes.Length; index++)
        {
            radix[index] = (int)states;
            states = Math.Min(states * (classes[index].Boards.Length + 1), int.MaxValue / 128);
        }
        StateCount = (int)states;
    }

    /// <summary>In canonical order.</summary>
    public ImmutableArray<BoardClass> Classes { get; }

    /// <summary>Distinct link speeds, ascending.</summary>
    public ImmutableArray<long> LinkSpeeds { get; }

    /// <summary>Number of states; saturates, so that it can be compared with a limit.</summary>
    public int StateCount { get; }

    /// <summary>The state in which no board is used yet.</summary>
    public int Full => StateCount - 1;

    /// <summary>Boards left of a class in a state.</summary>
    public int Left(int state, int boardClass) => state / radix[boardClass] % (Classes[boardClass].Boards.Length + 1);

    /// <summary>One group per class, of one board.</summary>
    public ImmutableArray<BoardGroup> SingleBoards() => [.. Enumerable.Range(0, Classes.Length).Select(Single)];

    /// <summary>Whether the state still holds the group's boards.</summary>
    public bool Holds(int state, BoardGroup group)
    {
        for (int index = 0; index < group.Counts.Length; index++)
        {
            if (group.Counts[index] > 0 && group.Counts[index] > Left(state, index))
            {
                return false;
            }
        }
        return true;
    }

    private BoardGroup Single(int boardClass)
    {
        var counts = new int[Classes.Length];
        counts[boardClass] = 1;
        return new BoardGroup(Classes, counts, radix[boardClass], LinkSpeeds);
    }
}
