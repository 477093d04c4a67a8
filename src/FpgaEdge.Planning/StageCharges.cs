using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>Charges a stage the bytes it takes from the stage before it: what the fused strategy makes least.</summary>
internal sealed class TrafficCharge(Workload workload) : IStageCharge
{
    /// <inheritdoc />
    public long Of(BoardGroup group, int first, int last) => workload.CutTrafficBytes(first);
}

/// <summary>
/// Charges a stage its energy per frame in picojoules (one milliwatt for one nanosecond), if the plan had the given
/// interval: what the board that computes the frame draws more, and what all boards of the stage draw anyway.
/// </summary>
internal sealed class EnergyCharge(ImmutableArray<BoardClass> classes, PinTable? pins, long intervalNs) : IStageCharge
{
    /// <inheritdoc />
    public long Of(BoardGroup group, int first, int last)
    {
        long busy = 0;
        long idleMilliwatts = group.IdleMilliwatts;
        int count = group.BoardCount;
        foreach (int index in group.Used)
        {
            BoardClass board = classes[index];
            busy += group.Counts[index] * board.ComputeNs(first, last) * board.Power.BusyMilliwatts;
        }
        foreach (PinnedBoard board in pins?.Pinned ?? [])
        {
            if (board.LiesIn(first, last))
            {
                busy += board.Class.ComputeNs(first, last) * board.Class.Power.BusyMilliwatts;
                idleMilliwatts += board.Class.Power.IdleMilliwatts;
                count++;
            }
        }
        return (busy / Math.Max(1, count)) + (idleMilliwatts * intervalNs);
    }
}
