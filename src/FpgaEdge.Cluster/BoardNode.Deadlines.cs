using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Frames whose deadline passed here: the client is told how long each stage had them.</content>
public sealed partial class BoardNode
{
    /// <summary>The client ends a frame a little before its boards, whose clocks count from its arrival.</summary>
    private const long EarlyDropNs = 100_000_000;
    private readonly byte[] lateStatistics = new byte[StatisticsCodec.Bytes(FrameMissedMessage.MaximumStages)];

    /// <summary>Before a frame is let go that its client no longer wants: says so if its deadline is why.</summary>
    private void ReportDropped(long nowNs, FrameSlot slot, IBoardEffects effects)
    {
        if (nowNs >= slot.DeadlineNs - EarlyDropNs)
        {
            ReportMiss(nowNs, slot, effects);
        }
    }

    /// <summary>An execution took until after the deadline: now it is known how long.</summary>
    private void ReportLate(long nowNs, FrameToken token, in FrameExecution execution, IBoardEffects effects)
    {
        if (token.Slot >= 0 && token.Slot < slots.Count && slots[token.Slot] is { State: SlotState.Executing } slot
            && slot.Generation == token.Generation && (slot.MissReported || nowNs >= slot.DeadlineNs))
        {
            SendMiss(slot, execution.ComputeNs, Math.Max(0, nowNs - slot.TouchedNs - execution.ComputeNs), effects);
        }
    }

    /// <summary>Once for each frame that is executing or waits for the next stage.</summary>
    private void ReportMiss(long nowNs, FrameSlot slot, IBoardEffects effects)
    {
        if (slot.MissReported)
        {
            return;
        }

        if (slot.State == SlotState.Executing)
        {
            SendMiss(slot, -1, nowNs - slot.TouchedNs, effects);
        }
        else if (slot.State == SlotState.Sending)
        {
            StageRuntime runtime = slot.Runtime!;
            Span<byte> own = slot.Output.AsSpan(runtime.OutputBytes + StatisticsCodec.Bytes(runtime.Stage));
            StageStatistics took = StatisticsCodec.Read(own);
            SendMiss(slot, took.ComputeNs, took.QueueNs, effects);
        }
    }

    private void SendMiss(FrameSlot slot, long computeNs, long queueNs, IBoardEffects effects)
    {
        slot.MissReported = true;
        StageRuntime runtime = slot.Runtime!;
        if (clients.Find(slot.Address.Client) is not { } client)
        {
            return;
        }

        int earlier = Math.Min(runtime.Stage, FrameMissedMessage.MaximumStages - 1);
        Span<byte> statistics = lateStatistics.AsSpan(0, StatisticsCodec.Bytes(earlier + 1));
        slot.Input.Buffer.AsSpan(runtime.InputBytes + StatisticsCodec.Bytes(runtime.Stage - earlier), StatisticsCodec.Bytes(earlier))
            .CopyTo(statistics);
        StatisticsCodec.Write(statistics[StatisticsCodec.Bytes(earlier)..], new StageStatistics(
            options.Self.Id, computeNs, -1, queueNs, runtime.InputBytes, runtime.OutputBytes, -1));
        MessagePackWriter writer = port.Begin();
        new FrameMissedMessage
        {
            Address = slot.Address with { Stage = (uint)runtime.Stage },
            PlanTag = runtime.Plan.Hash.Tag(),
            Statistics = statistics,
        }.Write(ref writer, port.Header(MessageKind.FrameMissed));
        port.Send(writer, client.Address, effects);
    }
}
