using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Times of every possible stage: those of the group's boards from tables, and what the boards that pins add change.
/// </summary>
internal sealed class StageTables
{
    private readonly Workload workload;
    private readonly ImmutableArray<BoardClass> classes;
    private readonly PinTable? pins;
    private readonly int width;
    private readonly Dictionary<ulong, StageTimes> times = [];
    private readonly long[] crossingNs;
    private readonly ImmutableArray<long> linkSpeeds;

    /// <param name="workload">What is cut.</param>
    /// <param name="classes">Classes of the boards that are not pinned.</param>
    /// <param name="pins">Demands, or null.</param>
    /// <param name="mostBoards">Largest number of boards of one stage.</param>
    public StageTables(Workload workload, ImmutableArray<BoardClass> classes, PinTable? pins, int mostBoards)
    {
        this.workload = workload;
        this.classes = classes;
        this.pins = pins;
        MostBoards = mostBoards;
        width = workload.NodeCount + 1;
        IEnumerable<BoardClass> all = pins is null ? classes : classes.Concat(pins.Pinned.Select(board => board.Class));
        linkSpeeds = [.. all.Select(board => board.LinkBitsPerSecond).Distinct().Order()];
        crossingNs = CrossingTable();
    }

    /// <summary>Largest number of boards of one stage.</summary>
    public int MostBoards { get; }

    /// <summary>Whether ranges have demands of their own.</summary>
    public bool HasPins => pins is not null;

    /// <summary>Number of distinct link speeds.</summary>
    public int LinkCount => linkSpeeds.Length;

    /// <summary>
    /// The client is taken to be as fast as the fastest board, so the board's end of its transfers counts.
    /// </summary>
    public int ClientLink => linkSpeeds.Length - 1;

    /// <summary>Time between two frames that leave the stage, rounded up; unreachable when it is no stage.</summary>
    public long IntervalNs(BoardGroup group, int first, int last)
    {
        int count = group.BoardCount;
        long longest = count == 0 ? 0 : TimesOf(group).BusyNs[(first * width) + last];
        if (pins is not null)
        {
            if (!pins.Allows(first, last, count))
            {
                return StageSearch.Unreachable;
            }
            PinnedBoards pinned = pins.At(first, last);
            count += pinned.Count;
            longest = Math.Max(longest, pinned.BusyNs);
        }
        return longest >= StageSearch.Unreachable || count > MostBoards
            ? StageSearch.Unreachable
            : (longest + count - 1) / count;
    }

    /// <summary>Longest time a frame computes in the stage.</summary>
    public long ComputeNs(BoardGroup group, int first, int last)
    {
        long pinned = pins?.At(first, last).ComputeNs ?? 0;
        return group.BoardCount == 0 ? pinned : Math.Max(pinned, TimesOf(group).ComputeNs[(first * width) + last]);
    }

    /// <summary>
    /// Longest time a frame spends in the stage, exchanges with the client at inner network boundaries included.
    /// </summary>
    public long LatencyNs(BoardGroup group, int first, int last) =>
        ComputeNs(group, first, last) + workload.InsideNs(first, last, linkSpeeds[LinkOf(group, first, last)]);

    /// <summary>Index of the stage's slowest link.</summary>
    public int LinkOf(BoardGroup group, int first, int last) =>
        pins is null
            ? LinkOf(group)
            : LinkIndex(Math.Min(group.LinkBitsPerSecond, pins.At(first, last).LinkBitsPerSecond));

    /// <summary>Index of a group's slowest link.</summary>
    public int LinkOf(BoardGroup group)
    {
        if (group.LinkIndex < 0)
        {
            group.LinkIndex = LinkIndex(group.LinkBitsPerSecond);
        }
        return group.LinkIndex;
    }

    private int LinkIndex(long bitsPerSecond)
    {
        int index = 0;
        while (linkSpeeds[index] < bitsPerSecond && index < linkSpeeds.Length - 1)
        {
            index++;
        }
        return index;
    }

    /// <summary>Time to move one frame over a cut between stages of these links.</summary>
    public long CrossingNs(int cut, int fromLink, int toLink) =>
        crossingNs[(((cut * LinkCount) + fromLink) * LinkCount) + toLink];

    /// <summary>
    /// Times of the slowest of a group's boards for every range, in rows by first node. They depend on which classes
    /// the group has, not on how many of each, so a few tables serve all groups.
    /// </summary>
    public StageTimes TimesOf(BoardGroup group)
    {
        if (group.Times is not null)
        {
            return group.Times;
        }
        if (!times.TryGetValue(group.ClassMask, out StageTimes? found))
        {
            found = new StageTimes(new long[width * width], new long[width * width]);
            foreach (int index in group.Used)
            {
                Add(found, classes[index]);
            }
            times.Add(group.ClassMask, found);
        }
        return group.Times = found;
    }

    private void Add(StageTimes found, BoardClass board)
    {
        for (int first = 0; first < workload.NodeCount; first++)
        {
            for (int last = first + 1; last < width; last++)
            {
                int index = (first * width) + last;
                long compute = board.CanExecute(first, last) ? board.ComputeNs(first, last) : StageSearch.Unreachable;
                long busy = board.CanRun(first, last) ? board.BusyNs(first, last) : StageSearch.Unreachable;
                found.ComputeNs[index] = Math.Max(found.ComputeNs[index], compute);
                found.BusyNs[index] = Math.Max(found.BusyNs[index], busy);
            }
        }
    }

    private long[] CrossingTable()
    {
        var table = new long[width * LinkCount * LinkCount];
        for (int index = 0; index < table.Length; index++)
        {
            int cut = index / (LinkCount * LinkCount);
            long from = linkSpeeds[index / LinkCount % LinkCount];
            table[index] = workload.CrossingNs(cut, from, linkSpeeds[index % LinkCount]);
        }
        return table;
    }
}

/// <summary>Compute and busy times of one combination of classes, indexed first · (nodes + 1) + last.</summary>
internal sealed record StageTimes(long[] ComputeNs, long[] BusyNs);
