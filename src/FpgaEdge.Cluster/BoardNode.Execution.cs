using System.Text;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>What becomes of a frame after it was executed.</content>
public sealed partial class BoardNode
{
    /// <summary>A frame was executed; its output is in <see cref="FrameWork.Output"/>.</summary>
    public void OnFrameExecuted(long nowNs, FrameToken token, in FrameExecution execution, IBoardEffects effects)
    {
        ReportLate(nowNs, token, execution, effects);
        if (!TryFinish(nowNs, token, effects, out FrameSlot slot))
        {
            return;
        }

        StageRuntime runtime = slot.Runtime!;
        Span<byte> statistics = slot.Output.AsSpan(runtime.OutputBytes);
        int earlier = StatisticsCodec.Bytes(runtime.Stage);
        slot.Input.Buffer.AsSpan(runtime.InputBytes, earlier).CopyTo(statistics);
        StatisticsCodec.Write(statistics[earlier..], new StageStatistics(
            options.Self.Id, execution.ComputeNs, execution.ModelledNs,
            Math.Max(0, nowNs - slot.TouchedNs - execution.ComputeNs), runtime.InputBytes, runtime.OutputBytes,
            execution.EnergyNanojoules));
        int total = runtime.OutputBytes + StatisticsCodec.Bytes(runtime.Stage + 1);
        FrameAddress address = slot.Address with { Stage = (uint)runtime.Stage + 1 };
        BoardId destination = default;
        if (!runtime.IsLast)
        {
            PlanStage next = runtime.Plan.Stages[runtime.Stage + 1];
            destination = next.Boards[(int)(address.Frame % (uint)next.Boards.Length)];
        }

        slot.Outgoing.Start(nowNs, address, runtime.Plan.Hash, destination, slot.Output, total, DataFlags.None,
            slot.DeadlineNs);
        PumpSlot(nowNs, slot, effects);
    }

    /// <summary>A frame could not be executed; the client is told.</summary>
    public void OnFrameFailed(
        long nowNs, FrameToken token, string reason, IBoardEffects effects,
        FrameErrorCode code = FrameErrorCode.ExecutionFailed)
    {
        if (TryFinish(nowNs, token, effects, out FrameSlot slot))
        {
            Fail(nowNs, slot, code, reason, effects);
        }
    }

    /// <summary>Frames in this board's slots, from their first chunk until the next stage has them.</summary>
    public int FramesHeld
    {
        get
        {
            int held = 0;
            foreach (FrameSlot slot in slots)
            {
                held += slot.State is SlotState.Receiving or SlotState.Executing or SlotState.Sending ? 1 : 0;
            }

            return held;
        }
    }

    /// <summary>
    /// Ask before executing a frame that has waited. When nobody wants it any more, because its request was cancelled or its plan
    /// or client is gone, its slot is free at once and nothing is to be executed or reported.
    /// </summary>
    public bool IsWanted(long nowNs, FrameToken token, IBoardEffects effects)
    {
        if (token.Slot < 0 || token.Slot >= slots.Count || slots[token.Slot].Generation != token.Generation)
        {
            return false;
        }

        return !slots[token.Slot].Abandoned || TryFinish(nowNs, token, effects, out _);
    }

    private bool TryFinish(long nowNs, FrameToken token, IBoardEffects effects, out FrameSlot slot)
    {
        slot = null!;
        if (token.Slot < 0 || token.Slot >= slots.Count || slots[token.Slot].Generation != token.Generation
            || slots[token.Slot].State != SlotState.Executing)
        {
            return false;
        }

        slot = slots[token.Slot];
        if (!slot.Abandoned)
        {
            slot.State = SlotState.Sending;
            return true;
        }

        slot.State = SlotState.Free;
        slot.Abandoned = false;
        slot.Generation++;
        if (slot.Orphaned)
        {
            slot.Orphaned = false;
            slot.Runtime = null;
            spareSlots.Push(slot);
        }
        else
        {
            GrantWaiting(nowNs, slot.Runtime!, effects);
        }

        return false;
    }

    /// <summary>Sends the error to the client the way a result would go: until it is acknowledged.</summary>
    private void Fail(long nowNs, FrameSlot slot, FrameErrorCode code, string text, IBoardEffects effects)
    {
        slot.State = SlotState.Sending;
        slot.MissReported = true;
        slot.Output[0] = (byte)code;
        Encoding.UTF8.TryGetBytes(text.AsSpan(0, Math.Min(text.Length, WireLimits.ErrorTextBytes / 3)),
            slot.Output.AsSpan(1), out int length);
        FrameAddress address = slot.Address with { Stage = (uint)slot.Runtime!.Plan.Stages.Length };
        slot.Outgoing.Start(nowNs, address, slot.Runtime.Plan.Hash, default, slot.Output, 1 + length,
            DataFlags.Error, slot.DeadlineNs);
        PumpSlot(nowNs, slot, effects);
    }
}
