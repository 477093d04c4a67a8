using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>One stage of one plan on this board: its slots, who waits for one, and what was done lately.</summary>
internal sealed class StageRuntime
{
    private const int Waiters = 64;
    private const int Remembered = 256;
    private readonly Waiter[] waiters = new Waiter[Waiters];
    private readonly FrameAddress[] done = new FrameAddress[Remembered];
    private int firstWaiter;
    private int waiterCount;
    private int doneCount;

    public required Plan Plan { get; init; }

    public required int Stage { get; init; }

    public required int InputBytes { get; init; }

    public required int OutputBytes { get; init; }

    public required FrameSlot[] Slots { get; init; }

    /// <summary>The plan's boards as they were when it was made.</summary>
    public required ImmutableArray<(BoardId Id, uint Incarnation)> Boards { get; init; }

    public PlanStage PlanStage => Plan.Stages[Stage];

    public bool IsLast => Stage == Plan.Stages.Length - 1;

    public bool IsReady { get; set; }

    /// <summary>Why the stage cannot execute; frames then fail with this text.</summary>
    public string? Failure { get; set; }

    /// <summary>When a frame last arrived.</summary>
    public long DataNs { get; set; } = long.MinValue / 2;

    /// <summary>When another plan took its place, or long.MaxValue while it is current.</summary>
    public long ReplacedNs { get; set; } = long.MaxValue;

    public bool HasWaiters => waiterCount > 0;

    /// <summary>Bytes of a whole input transfer.</summary>
    public int InputTransferBytes => InputBytes + StatisticsCodec.Bytes(Stage);

    public FrameSlot? FindFree()
    {
        foreach (FrameSlot slot in Slots)
        {
            if (slot.State == SlotState.Free)
            {
                return slot;
            }
        }

        return null;
    }

    public FrameSlot? Find(in FrameAddress address)
    {
        foreach (FrameSlot slot in Slots)
        {
            if (slot.HoldsFrame(address))
            {
                return slot;
            }
        }

        return null;
    }

    /// <summary>True while all boards of the plan are in the view and have not been restarted.</summary>
    public bool StillWhole(ClusterView view)
    {
        foreach ((BoardId id, uint incarnation) in Boards)
        {
            if (!view.Members.Any(member => member.Id == id && member.Incarnation == incarnation))
            {
                return false;
            }
        }

        return true;
    }

    public bool IsIdle()
    {
        foreach (FrameSlot slot in Slots)
        {
            if (slot.State != SlotState.Free)
            {
                return false;
            }
        }

        return true;
    }

    public void Remember(in FrameAddress address) => done[doneCount++ % Remembered] = address;

    public bool IsDone(in FrameAddress address) => Array.IndexOf(done, address) >= 0;

    /// <summary>
    /// Lets a sender wait for a slot; false when it is not among the waiting because there are too many.
    /// </summary>
    public bool Wait(in Waiter waiter)
    {
        for (int i = 0; i < waiterCount; i++)
        {
            ref Waiter known = ref waiters[(firstWaiter + i) % Waiters];
            if (known.Address == waiter.Address)
            {
                known = waiter;
                return true;
            }
        }

        if (waiterCount == Waiters)
        {
            return false;
        }

        waiters[(firstWaiter + waiterCount++) % Waiters] = waiter;
        return true;
    }

    public bool TryTakeWaiter(out Waiter waiter)
    {
        waiter = default;
        if (waiterCount == 0)
        {
            return false;
        }

        waiter = waiters[firstWaiter];
        firstWaiter = (firstWaiter + 1) % Waiters;
        waiterCount--;
        return true;
    }
}

/// <summary>A sender that was told that no slot is free.</summary>
internal readonly record struct Waiter(FrameAddress Address, PeerAddress From, long SinceNs);
