using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// What pins and replica counts demand of every range of nodes. A board runs one stage, so a pinned board belongs to
/// exactly those ranges that hold all nodes pinned to it, and a range that holds only some of them is no stage.
/// </summary>
internal sealed class PinTable
{
    private const int Forbidden = -1;
    private const int AnyNumber = 0;

    private readonly int width;
    private readonly int[] required;
    private readonly PinnedBoards[] boards;

    private PinTable(Workload workload, ImmutableArray<PinnedBoard> pinned, ImmutableArray<NodeReplicas> demands)
    {
        Pinned = pinned;
        width = workload.NodeCount + 1;
        required = new int[width * width];
        boards = new PinnedBoards[width * width];
        for (int first = 0; first < workload.NodeCount; first++)
        {
            for (int last = first + 1; last <= workload.NodeCount; last++)
            {
                int index = (first * width) + last;
                boards[index] = BoardsOf(first, last);
                required[index] = Required(first, last, demands);
            }
        }
    }

    /// <summary>The pinned boards, ascending by identity.</summary>
    public ImmutableArray<PinnedBoard> Pinned { get; }

    /// <summary>The demands of the options; null when there are none.</summary>
    /// <exception cref="PlanningException">A demand that no plan can meet whatever the search finds.</exception>
    public static PinTable? Of(ImmutableArray<Member> members, Workload workload, PlannerOptions options)
    {
        if (options.Pins.IsEmpty && options.Replicas.IsEmpty)
        {
            return null;
        }
        PinCheck.Check(members, workload, options);
        ImmutableArray<PinnedBoard> pinned =
        [
            .. options.Pins.GroupBy(pin => pin.Board).OrderBy(group => group.Key).Select(group => new PinnedBoard(
                BoardClass.Of(members.Where(member => member.Id == group.Key), workload)[0],
                [.. group.Select(pin => pin.Node).Distinct().Order()])),
        ];
        return new PinTable(workload, pinned, Demands(options));
    }

    /// <summary>Whether the range may be a stage of that many boards besides the pinned ones.</summary>
    public bool Allows(int first, int last, int otherBoards)
    {
        int index = (first * width) + last;
        int count = boards[index].Count + otherBoards;
        return count > 0 && (required[index] == AnyNumber || required[index] == count);
    }

    /// <summary>The boards that pins put into the range's stage.</summary>
    public PinnedBoards At(int first, int last) => boards[(first * width) + last];

    /// <summary>
    /// Replica counts asked for, and for pinned nodes without one the number of boards they are pinned to.
    /// </summary>
    private static ImmutableArray<NodeReplicas> Demands(PlannerOptions options) =>
    [
        .. options.Replicas,
        .. options.Pins.Distinct().GroupBy(pin => pin.Node).OrderBy(group => group.Key)
            .Where(group => !options.Replicas.Any(demand => demand.Node == group.Key))
            .Select(group => new NodeReplicas(group.Key, group.Count())),
    ];

    private PinnedBoards BoardsOf(int first, int last)
    {
        var found = new PinnedBoards { LinkBitsPerSecond = long.MaxValue };
        foreach (PinnedBoard board in Pinned)
        {
            if (board.LiesIn(first, last))
            {
                found.Count++;
                found.ComputeNs = Math.Max(found.ComputeNs, board.Class.ComputeNs(first, last));
                found.BusyNs = Math.Max(found.BusyNs, BusyNs(board.Class, first, last));
                found.LinkBitsPerSecond = Math.Min(found.LinkBitsPerSecond, board.Class.LinkBitsPerSecond);
            }
        }
        return found;
    }

    private static long BusyNs(BoardClass board, int first, int last) =>
        board.CanRun(first, last) ? board.BusyNs(first, last) : StageSearch.Unreachable;

    private int Required(int first, int last, ImmutableArray<NodeReplicas> demands)
    {
        if (Pinned.Any(board => board.IsSplitBy(first, last)))
        {
            return Forbidden;
        }
        int count = AnyNumber;
        foreach (NodeReplicas demand in demands)
        {
            if (demand.Node >= first && demand.Node < last)
            {
                if (count != AnyNumber && count != demand.Boards)
                {
                    return Forbidden;
                }
                count = demand.Boards;
            }
        }
        return count;
    }
}

/// <summary>A board named by pins, as a class of its own, and the nodes pinned to it, ascending.</summary>
internal sealed record PinnedBoard(BoardClass Class, ImmutableArray<int> Nodes)
{
    /// <summary>Whether the range holds every node pinned to the board.</summary>
    public bool LiesIn(int first, int last) => Nodes[0] >= first && Nodes[^1] < last;

    /// <summary>Whether the range holds some but not all of them.</summary>
    public bool IsSplitBy(int first, int last) =>
        !LiesIn(first, last) && Nodes.Any(node => node >= first && node < last);
}

/// <summary>What the pinned boards of one range add to its stage.</summary>
internal struct PinnedBoards
{
    /// <summary>How many.</summary>
    public int Count;

    /// <summary>Time of the slowest.</summary>
    public long ComputeNs;

    /// <summary>Busy time of the slowest, unreachable when one cannot run the range.</summary>
    public long BusyNs;

    /// <summary>Slowest link; the largest number when there is none.</summary>
    public long LinkBitsPerSecond;
}
