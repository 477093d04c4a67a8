using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Chooses how much of the space of board groups a search can afford. What is not complete is still searched, and
/// the plan then says how far from the best it may be.
/// </summary>
internal sealed class SpaceChooser
{
    /// <summary>Steps (pairs of cuts times moves) up to which a pass that nothing prunes is affordable.</summary>
    private const long UnprunedSteps = 2_000_000;

    /// <summary>Moves a space may have in memory; building more would take longer than searching.</summary>
    private const long MostMoves = 100_000;

    /// <summary>With more boards than this an order uses all of them in turn; the moves would be too many.</summary>
    private const int MostBoardsToSkip = 10;

    private readonly ImmutableArray<BoardClass> classes;
    private readonly GroupShape shape;
    private readonly long pairsOfCuts;
    private readonly int nodes;

    public SpaceChooser(ImmutableArray<BoardClass> classes, GroupShape shape, int nodes)
    {
        this.classes = classes;
        this.shape = shape;
        this.nodes = nodes;
        pairsOfCuts = ((long)nodes * nodes / 2) + 1;
    }

    /// <summary>
    /// The complete spaces for the pruned search of the least interval, cheap ones first: each tightens the bound
    /// for the next.
    /// </summary>
    public IEnumerable<BoardSpace> ForInterval()
    {
        if (shape == GroupShape.Any && classes.Length > 1 && Affordable(GroupShape.OneClass, long.MaxValue))
        {
            yield return BoardSpace.Multiset(classes, GroupShape.OneClass);
        }
        if (Affordable(shape, long.MaxValue))
        {
            yield return BoardSpace.Multiset(classes, shape);
        }
    }

    /// <summary>
    /// For one stage over everything: the boards by how long they are busy with it. A group of r boards is as slow
    /// as its slowest, so the r quickest are as good as any r.
    /// </summary>
    public BoardSpace ForOneStage()
    {
        int[] order =
        [
            .. Enumerable.Range(0, classes.Length)
                .OrderBy(index => classes[index].CanRun(0, nodes) ? classes[index].BusyNs(0, nodes) : long.MaxValue)
                .ThenBy(index => classes[index].ComputeNs(0, nodes))
                .SelectMany(index => Enumerable.Repeat(index, classes[index].Boards.Length)),
        ];
        return BoardSpace.Ordered(classes, order, GroupShape.Any, maySkip: false);
    }

    /// <summary>The richest complete space for a pass that nothing prunes; null when none is affordable.</summary>
    public BoardSpace? ForSum()
    {
        foreach (GroupShape candidate in (GroupShape[])[GroupShape.Any, GroupShape.OneClass, GroupShape.OneBoard])
        {
            long steps = candidate == GroupShape.OneBoard ? 10 * UnprunedSteps : UnprunedSteps;
            if (candidate <= shape && Affordable(candidate, steps))
            {
                return BoardSpace.Multiset(classes, candidate);
            }
        }
        return null;
    }

    /// <summary>Whether a multiset space of the wanted shape holds every group.</summary>
    public bool IsComplete(GroupShape? searched) =>
        searched == shape || (shape == GroupShape.Any && searched == GroupShape.OneClass && classes.Length <= 1);

    /// <summary>
    /// Orders of single boards to try when no complete space is affordable: fastest first, slowest first, then the
    /// best so far with two boards of different classes exchanged.
    /// </summary>
    public IEnumerable<BoardSpace> ForTrials(Func<bool> lastWasBest)
    {
        int[] best = FastestFirst();
        bool maySkip = best.Length <= MostBoardsToSkip || shape == GroupShape.OneBoard;
        yield return BoardSpace.Ordered(classes, best, shape, maySkip);
        int[] candidate = [.. Enumerable.Reverse(best)];
        yield return BoardSpace.Ordered(classes, candidate, shape, maySkip);
        best = lastWasBest() ? candidate : best;
        for (int distance = 1; distance < best.Length; distance++)
        {
            for (int left = 0; left + distance < best.Length; left++)
            {
                if (best[left] == best[left + distance])
                {
                    continue;
                }
                candidate = [.. best];
                (candidate[left], candidate[left + distance]) = (candidate[left + distance], candidate[left]);
                yield return BoardSpace.Ordered(classes, candidate, shape, maySkip);
                best = lastWasBest() ? candidate : best;
            }
        }
    }

    private int[] FastestFirst() =>
    [
        .. Enumerable.Range(0, classes.Length)
            .OrderBy(index => classes[index].CanExecute(0, nodes) ? classes[index].ComputeNs(0, nodes) : long.MaxValue)
            .SelectMany(index => Enumerable.Repeat(index, classes[index].Boards.Length)),
    ];

    private bool Affordable(GroupShape candidate, long steps)
    {
        long moves = BoardSpace.MultisetMoves(classes, candidate);
        return moves <= MostMoves && moves * pairsOfCuts <= steps;
    }
}
