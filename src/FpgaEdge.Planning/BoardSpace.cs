using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// The states a search can be in as to which boards are still free, and the groups it may take in each. State
/// numbers have no meaning outside.
/// </summary>
internal sealed class BoardSpace
{
    private BoardSpace(
        ImmutableArray<BoardClass> classes, int start, BoardMove[][] moves, int[][] left, GroupShape? shape)
    {
        Classes = classes;
        Start = start;
        Moves = moves;
        Left = left;
        Shape = shape;
    }

    /// <summary>In canonical order.</summary>
    public ImmutableArray<BoardClass> Classes { get; }

    /// <summary>The state in which every board is free.</summary>
    public int Start { get; }

    /// <summary>For each state the groups that may be taken, in canonical order.</summary>
    public BoardMove[][] Moves { get; }

    /// <summary>For each state the boards of each class that are still free.</summary>
    public int[][] Left { get; }

    /// <summary>The shape of which every group can be reached in every order; null when only one order is.</summary>
    public GroupShape? Shape { get; }

    /// <summary>
    /// Moves of all states of a multiset space, known before anything is built: what one pass costs per pair of cuts.
    /// </summary>
    public static long MultisetMoves(ImmutableArray<BoardClass> classes, GroupShape shape)
    {
        long states = 1;
        long pairs = 1;
        foreach (BoardClass board in classes)
        {
            long count = board.Boards.Length;
            states = Math.Min(states * (count + 1), int.MaxValue);
            pairs = Math.Min(pairs * ((count + 1) * (count + 2) / 2), int.MaxValue);
        }
        return shape switch
        {
            GroupShape.OneBoard => states * classes.Length,
            GroupShape.OneClass => states * classes.Sum(board => (long)board.Boards.Length),
            _ => pairs,
        };
    }

    /// <summary>
    /// Counts of free boards per class, numbered in mixed radix; every group of the shape that the free boards allow.
    /// </summary>
    public static BoardSpace Multiset(ImmutableArray<BoardClass> classes, GroupShape shape)
    {
        var radix = new int[classes.Length];
        int states = 1;
        for (int index = 0; index < classes.Length; index++)
        {
            radix[index] = states;
            states *= classes[index].Boards.Length + 1;
        }
        var left = new int[states][];
        for (int state = 0; state < states; state++)
        {
            left[state] = [.. classes.Select((board, index) => state / radix[index] % (board.Boards.Length + 1))];
        }
        (BoardGroup Group, int Code)[] groups =
        [
            .. left.Select((counts, code) => (Counts: counts, Code: code))
                .Where(group => Fits(group.Counts, shape))
                .Select(group => (new BoardGroup(classes, group.Counts), group.Code)),
        ];
        var moves = new BoardMove[states][];
        for (int state = 0; state < states; state++)
        {
            int[] free = left[state];
            moves[state] =
            [
                .. groups.Where(group => Holds(free, group.Group)).Select(
                    group => new BoardMove(group.Group, state - group.Code)),
            ];
        }
        return new BoardSpace(classes, states - 1, moves, left, shape);
    }

    /// <summary>
    /// Single boards without end of every class: one state. What is best here is best everywhere, if it needs no
    /// more boards than there are.
    /// </summary>
    public static BoardSpace Endless(ImmutableArray<BoardClass> classes)
    {
        BoardMove[] moves =
        [
            .. Enumerable.Range(0, classes.Length).Select(
                index => new BoardMove(new BoardGroup(classes, Counts(classes.Length, [index])), 0)),
        ];
        return new BoardSpace(classes, 0, [moves], [Boards(classes)], shape: null);
    }

    /// <summary>
    /// A fixed order of the boards, given by class: a stage takes the next boards in it, after skipping any. Used when
    /// there are too many classes for <see cref="Multiset"/>; the best order is not searched here.
    /// </summary>
    public static BoardSpace Ordered(ImmutableArray<BoardClass> classes, int[] order, GroupShape shape, bool maySkip)
    {
        var moves = new BoardMove[order.Length + 1][];
        var left = new int[order.Length + 1][];
        for (int state = 0; state <= order.Length; state++)
        {
            left[state] = Counts(classes.Length, order.AsSpan(state));
            var list = new List<BoardMove> { new(new BoardGroup(classes, new int[classes.Length]), state) };
            for (int from = state; from < (maySkip ? order.Length : Math.Min(state + 1, order.Length)); from++)
            {
                for (int to = from + 1; to <= order.Length; to++)
                {
                    int[] counts = Counts(classes.Length, order.AsSpan(from, to - from));
                    if (Fits(counts, shape))
                    {
                        list.Add(new BoardMove(new BoardGroup(classes, counts), to));
                    }
                }
            }
            moves[state] = [.. list];
        }
        return new BoardSpace(classes, 0, moves, left, shape: null);
    }

    private static int[] Boards(ImmutableArray<BoardClass> classes) =>
        [.. classes.Select(board => board.Boards.Length)];

    private static int[] Counts(int classCount, ReadOnlySpan<int> boards)
    {
        var counts = new int[classCount];
        foreach (int board in boards)
        {
            counts[board]++;
        }
        return counts;
    }

    private static bool Fits(int[] counts, GroupShape shape) => shape switch
    {
        GroupShape.OneBoard => counts.Sum() <= 1,
        GroupShape.OneClass => counts.Count(count => count > 0) <= 1,
        _ => true,
    };

    private static bool Holds(int[] free, BoardGroup group)
    {
        foreach (int index in group.Used)
        {
            if (group.Counts[index] > free[index])
            {
                return false;
            }
        }
        return true;
    }
}

/// <summary>Which groups of boards a stage may have; each holds the ones before it.</summary>
internal enum GroupShape
{
    /// <summary>One board.</summary>
    OneBoard,

    /// <summary>Any number of boards of one class.</summary>
    OneClass,

    /// <summary>Any boards.</summary>
    Any,
}
