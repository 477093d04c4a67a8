using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Boards that the planner cannot tell apart: same kind, link and memory. Searching over classes and counts instead
/// of single boards is what keeps the search small; boards of a class are handed out in ascending order of identity.
/// </summary>
internal sealed class BoardClass
{
    private readonly Workload workload;
    private readonly long[] timeNs;
    private readonly int[] impossible;

    private BoardClass(Workload workload, BoardKind kind, long link, long memory, ImmutableArray<Member> boards)
    {
        this.workload = workload;
        LinkBitsPerSecond = link;
        MemoryBytes = memory;
        Boards = boards;
        Power = BoardPower.Of(kind.Board);
        (timeNs, impossible) = workload.TimesOn(kind);
    }

    public long LinkBitsPerSecond { get; }

    public long MemoryBytes { get; }

    public BoardPower Power { get; }

    /// <summary>Ascending by identity.</summary>
    public ImmutableArray<Member> Boards { get; }

    /// <summary>The classes of some members in canonical order: kind, then link, then memory.</summary>
    public static ImmutableArray<BoardClass> Of(IEnumerable<Member> members, Workload workload) =>
    [
        .. members
            .GroupBy(member => (Kind: BoardKind.Of(member), member.LinkBitsPerSecond, member.MemoryBytes))
            .OrderBy(group => group.Key)
            .Select(group => new BoardClass(
                workload, group.Key.Kind, group.Key.LinkBitsPerSecond, group.Key.MemoryBytes,
                [.. group.OrderBy(member => member.Id)])),
    ];

    /// <summary>
    /// Whether every node of the range has a time on this kind; once false, longer ranges are false too.
    /// </summary>
    public bool CanExecute(int first, int last) => impossible[last] == impossible[first];

    /// <summary>Whether a board of this class can hold and execute nodes [first, last).</summary>
    public bool CanRun(int first, int last) =>
        CanExecute(first, last) && workload.MemoryBytes(first, last) <= MemoryBytes;

    /// <summary>Time to compute nodes [first, last).</summary>
    public long ComputeNs(int first, int last) => timeNs[last] - timeNs[first];

    /// <summary>
    /// Time one board is busy with one frame. Receiving, computing and sending overlap, each on its own resource
    /// (links are full duplex), so the longest of the three counts.
    /// </summary>
    public long BusyNs(int first, int last)
    {
        long mostBytes = Math.Max(workload.ReceivedBytes(first, last), workload.SentBytes(first, last));
        return Math.Max(ComputeNs(first, last), LinkCosts.TransferNs(mostBytes, LinkBitsPerSecond));
    }
}
