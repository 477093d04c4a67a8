using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>One frame's computation on one board.</summary>
/// <param name="Frame">Number of the frame, from 0.</param>
/// <param name="Stage">Index of the stage.</param>
/// <param name="Board">The board.</param>
/// <param name="ArrivesNs">When the last byte of its input had arrived.</param>
/// <param name="StartNs">Start of the computation.</param>
/// <param name="EndNs">End of the computation.</param>
public readonly record struct FrameSlot(int Frame, int Stage, BoardId Board, long ArrivesNs, long StartNs, long EndNs);

/// <summary>
/// Plays a plan with its modelled times: the client always has a next frame, each board receives, computes and sends
/// one frame at a time, and the three overlap. It is the Gantt picture of a plan, and a check of its predicted interval
/// by another route than the planner's formula.
/// </summary>
public static class PlanTimeline
{
    /// <summary>When the client has the result of each of the first frames.</summary>
    /// <inheritdoc cref="Of"/>
    public static ImmutableArray<long> DeliveriesNs(Plan plan, ClusterView view, NetworkCosts costs, int frames)
    {
        Dictionary<BoardId, Member> members = view.Members.ToDictionary(member => member.Id);
        long bytes = costs.OutputTensors.Sum(tensor => costs.Tensors[tensor].Bytes);
        long clientNs = LinkCosts.TransferNs(bytes, members.Values.Max(member => member.LinkBitsPerSecond));
        Dictionary<BoardId, long> sendFreeNs = view.Members.ToDictionary(member => member.Id, _ => 0L);
        long clientFreeNs = 0;
        var deliveries = ImmutableArray.CreateBuilder<long>(frames);
        foreach (FrameSlot slot in Of(plan, view, costs, frames).Where(slot => slot.Stage == plan.Stages.Length - 1))
        {
            long begin = Math.Max(slot.EndNs, Math.Max(sendFreeNs[slot.Board], clientFreeNs));
            clientFreeNs = begin + clientNs;
            sendFreeNs[slot.Board] = begin + LinkCosts.TransferNs(bytes, members[slot.Board].LinkBitsPerSecond);
            deliveries.Add(sendFreeNs[slot.Board]);
        }
        return deliveries.MoveToImmutable();
    }

    /// <summary>The slots of the first frames, in the order of frames and stages.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="view">A view that holds its boards.</param>
    /// <param name="costs">The network's costs.</param>
    /// <param name="frames">How many frames, at least one.</param>
    public static ImmutableArray<FrameSlot> Of(Plan plan, ClusterView view, NetworkCosts costs, int frames)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frames, 1);
        Dictionary<BoardId, Member> members = view.Members.ToDictionary(member => member.Id);
        Dictionary<BoardId, BoardClock> clocks = view.Members.ToDictionary(member => member.Id, _ => new BoardClock());
        var workload = new Workload((new NetworkProfile(costs), 1));
        var slots = ImmutableArray.CreateBuilder<FrameSlot>(frames * plan.Stages.Length);
        long clientNs = LinkCosts.TransferNs(
            workload.ReceivedBytes(0, workload.NodeCount), members.Values.Max(member => member.LinkBitsPerSecond));
        var client = new BoardClock();
        for (int frame = 0; frame < frames; frame++)
        {
            BoardClock from = client;
            long ready = 0;
            for (int stage = 0; stage < plan.Stages.Length; stage++)
            {
                PlanStage at = plan.Stages[stage];
                BoardId id = at.Boards[frame % at.Boards.Length];
                BoardClock clock = clocks[id];
                long begin = Math.Max(ready, Math.Max(from.SendFreeNs, clock.ReceiveFreeNs));
                long arrives = begin + at.TransferNs;
                from.SendFreeNs = stage == 0 ? begin + clientNs : arrives;
                clock.ReceiveFreeNs = arrives;
                long start = Math.Max(arrives, clock.ComputeFreeNs);
                ready = start + BoardClass.Of([members[id]], workload)[0].ComputeNs(at.FirstNode, at.LastNode);
                clock.ComputeFreeNs = ready;
                slots.Add(new FrameSlot(frame, stage, id, arrives, start, ready));
                from = clock;
            }
        }
        return slots.MoveToImmutable();
    }

    /// <summary>When each resource of a board is free again.</summary>
    private sealed class BoardClock
    {
        public long ReceiveFreeNs { get; set; }

        public long ComputeFreeNs { get; set; }

        public long SendFreeNs { get; set; }
    }
}
