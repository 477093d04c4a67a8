using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>Frames of a client that missed their deadline, by the board that made them late.</summary>
/// <param name="Missed">Frames that missed it.</param>
/// <param name="Boards">Boards at fault with their frames, worst first.</param>
/// <param name="NoBoard">Frames for which no board is at fault: every stage took the time its plan gives, so the deadline
/// is too short for the plan or for the rate of frames; or there was no plan, or nothing was heard.</param>
public sealed record DeadlineReport(long Missed, ImmutableArray<(BoardId Board, long Frames)> Boards, long NoBoard);

/// <summary>
/// Says which board made a frame late. Stages stop their predecessors when they are slow, so where a frame was when its
/// time was up says little: the board at fault is the one that computes longest beyond what the plan gives it, by what
/// it last took, or one that vanished under the frame. A frame is accounted a little later than it ended, when the
/// boards' reports on it are here.
/// </summary>
internal sealed class DeadlineAccount
{
    private const long SettleNs = 500_000_000;
    private const int MostPending = 1024;
    private const int MostKnown = 512;

    /// <summary>Frames that a board may have before the one that is late.</summary>
    private const int Slots = 4;

    /// <summary>Times beyond the plan's by less than a quarter are nobody's fault.</summary>
    private const int ToleranceDivisor = 4;

    private readonly Dictionary<(ulong Plan, BoardId Board), long> tookNs = [];
    private readonly Dictionary<BoardId, long> faults = [];
    private readonly List<Pending> pending = [];
    private long missed;
    private long noBoard;

    /// <summary>Accounts for everything, and gives the sums.</summary>
    public DeadlineReport Report(PeerTable peers)
    {
        Settle(long.MaxValue, peers);
        return new DeadlineReport(
            missed, [.. faults.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key)
                .Select(entry => (entry.Key, entry.Value))],
            noBoard);
    }

    /// <summary>What a stage took for a frame, answered or not.</summary>
    public void Learn(ClientPlan plan, in StageStatistics took)
    {
        if (took.ComputeNs >= 0 && (tookNs.Count < MostKnown || tookNs.ContainsKey((plan.Hash.Tag(), took.Board))))
        {
            tookNs[(plan.Hash.Tag(), took.Board)] = took.ComputeNs;
        }
    }

    /// <summary>A board reports that it has a late frame since a while, unfinished.</summary>
    public void OnHeld(uint request, uint frame, BoardId board, long heldNs)
    {
        int index = pending.FindIndex(entry => entry.Request == request && entry.Frame == frame);
        if (index >= 0)
        {
            pending[index] = pending[index] with { Holder = board, HeldNs = heldNs };
        }
    }

    /// <summary>A frame ended because its deadline passed.</summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="request">Its request.</param>
    /// <param name="frame">Its number.</param>
    /// <param name="plan">The plan it was sent under; null when it never was.</param>
    /// <param name="peers">The boards that are there.</param>
    public void OnMissed(long nowNs, uint request, uint frame, ClientPlan? plan, PeerTable peers)
    {
        missed++;
        if (plan is null)
        {
            noBoard++;
            return;
        }

        pending.Add(new Pending(nowNs, request, frame, plan, default, 0));
        if (pending.Count > MostPending)
        {
            Account(pending[0], peers);
            pending.RemoveAt(0);
        }
    }

    /// <summary>Accounts for frames that ended a while ago.</summary>
    public void Settle(long nowNs, PeerTable peers)
    {
        int count = 0;
        while (count < pending.Count && pending[count].EndedNs <= nowNs - SettleNs)
        {
            Account(pending[count++], peers);
        }

        pending.RemoveRange(0, count);
        if (tookNs.Count >= MostKnown && pending.Count == 0)
        {
            tookNs.Clear();
        }
    }

    private void Account(in Pending late, PeerTable peers)
    {
        BoardId fault = default;
        long worstNs = 0;
        foreach (ClientStage stage in late.Plan.Stages)
        {
            BoardId board = stage.Boards[(int)(late.Frame % (uint)stage.Boards.Length)];
            long beyondNs = BeyondPlanNs(late, stage, board, peers);
            if (beyondNs > worstNs)
            {
                (fault, worstNs) = (board, beyondNs);
            }
        }

        if (fault == default)
        {
            noBoard++;
        }
        else
        {
            faults[fault] = faults.GetValueOrDefault(fault) + 1;
        }
    }

    private long BeyondPlanNs(in Pending late, ClientStage stage, BoardId board, PeerTable peers)
    {
        if (peers.Find(board.Value) is null)
        {
            return long.MaxValue;
        }

        long allowedNs = stage.ComputeNs + (stage.ComputeNs / ToleranceDivisor);
        long beyondNs = tookNs.GetValueOrDefault((late.Plan.Hash.Tag(), board)) - allowedNs;

        // The frame waited there behind others, as many as a stage has slots, or is still being computed.
        return late.Holder == board ? Math.Max(beyondNs, late.HeldNs - (Slots * allowedNs)) : beyondNs;
    }

    private readonly record struct Pending(
        long EndedNs, uint Request, uint Frame, ClientPlan Plan, BoardId Holder, long HeldNs);
}
