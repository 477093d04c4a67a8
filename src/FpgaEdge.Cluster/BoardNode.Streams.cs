using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Frames in and out: slots, credit, acknowledgement, retransmission.</content>
public sealed partial class BoardNode
{
    private const long ReservationNs = 250_000_000;
    private const long SilentSenderNs = 3_000_000_000;
    private readonly List<FrameSlot> slots = [];
    private readonly Stack<FrameSlot> spareSlots = new();
    private uint nextGrant = 1;

    private bool OnData(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IBoardEffects effects)
    {
        if (!DataMessage.TryRead(ref reader, elements, out DataMessage data) || !reader.End
            || (data.Flags & DataFlags.Error) != 0)
        {
            return false;
        }

        if (!IsKnownSender(nowNs, from, header, data, effects))
        {
            Counters.IgnoredStranger++;
            return true;
        }

        StageRuntime? runtime = FindRuntimeFor(data);
        if (runtime is null)
        {
            RefuseStale(from, data, effects);
            return true;
        }

        PlanStage stage = runtime.PlanStage;
        if (stage.Boards[(int)(data.Address.Frame % (uint)stage.Boards.Length)] != options.Self.Id
            || data.TotalBytes != runtime.InputTransferBytes)
        {
            return false;
        }

        runtime.DataNs = nowNs;
        FrameSlot? slot = SlotFor(nowNs, from, runtime, data, effects);
        if (slot is not null)
        {
            Receive(nowNs, from, slot, data, effects);
        }

        return true;
    }

    /// <summary>
    /// Data is taken from members and clients only; a client's first frame may come before its greeting.
    /// </summary>
    private bool IsKnownSender(
        long nowNs, PeerAddress from, in MessageHeader header, in DataMessage data, IBoardEffects effects)
    {
        if (header.Sender == data.Address.Client && data.Address.Stage == 0)
        {
            return FindOrAddClient(nowNs, from, header, effects) is not null;
        }

        return membership.Peers.Find(header.Sender)?.Member.Incarnation == header.Incarnation;
    }

    private StageRuntime? FindRuntimeFor(in DataMessage data)
    {
        StageRuntime? runtime = FindRuntime(data.Plan.ToPlan());
        return runtime?.Stage == (int)data.Address.Stage ? runtime : null;
    }

    private void RefuseStale(PeerAddress from, in DataMessage data, IBoardEffects effects)
    {
        Counters.StalePlan++;
        if ((data.Flags & DataFlags.AckNow) == 0)
        {
            return;
        }

        Plan? current = null;
        foreach (PackagePlans decided in plans)
        {
            current ??= decided.Current;
        }

        MessagePackWriter writer = port.Begin();
        new StaleMessage(data.Address, data.Plan.ToPlan().Tag(), current?.Hash.ToWire() ?? default, viewHash)
            .Write(ref writer, port.Header(MessageKind.Stale));
        port.Send(writer, from, effects);
    }

    /// <summary>
    /// The slot that takes this chunk, or null after the sender was told why there is none: done already, not wanted,
    /// too late, or no slot free.
    /// </summary>
    private FrameSlot? SlotFor(
        long nowNs, PeerAddress from, StageRuntime runtime, in DataMessage data, IBoardEffects effects)
    {
        FrameSlot? slot = runtime.Find(data.Address);
        if (slot is not null && options.PlantedBug != PlantedBug.SkipDuplicateSuppression)
        {
            if (slot.State is SlotState.Reserved or SlotState.Receiving)
            {
                return TakeNewerEpoch(nowNs, slot, data.Address)
                    ? slot : Reply(from, data, AckStatus.Unwanted, effects);
            }

            // Executed or being executed: the same frame started again needs no second execution.
            Counters.DuplicateFrames++;
            return Reply(from, data, AckStatus.Complete, effects);
        }

        if (slot is { State: SlotState.Reserved or SlotState.Receiving } && slot.Address == data.Address)
        {
            return slot;
        }

        if (options.PlantedBug != PlantedBug.SkipDuplicateSuppression && runtime.IsDone(data.Address))
        {
            Counters.DuplicateFrames++;
            return Reply(from, data, AckStatus.Complete, effects);
        }

        if (data.BudgetUs == 0
            || clients.Find(data.Address.Client)?.Wants(data.Address.Request, data.Address.Frame) == false)
        {
            Counters.FramesExpired += data.BudgetUs == 0 ? 1 : 0;
            return Reply(from, data, AckStatus.Unwanted, effects);
        }

        FrameSlot? free = runtime.IsReady && !runtime.HasWaiters ? runtime.FindFree() : null;
        if (free is null && options.PlantedBug == PlantedBug.IgnoreCredit && runtime.IsReady)
        {
            free = runtime.Slots[0];
        }

        if (free is null)
        {
            Counters.FramesWaited++;
            runtime.Wait(new Waiter(data.Address, from, nowNs));
            return Reply(from, data, AckStatus.Busy, effects);
        }

        Reserve(nowNs, free, data.Address, from);
        return free;
    }

    private bool TakeNewerEpoch(long nowNs, FrameSlot slot, in FrameAddress address)
    {
        if (address.Epoch < slot.Address.Epoch)
        {
            return false;
        }

        if (address.Epoch > slot.Address.Epoch)
        {
            Reserve(nowNs, slot, address, slot.From);
        }

        return true;
    }

    private void Reserve(long nowNs, FrameSlot slot, in FrameAddress address, PeerAddress from)
    {
        slot.State = SlotState.Reserved;
        slot.Abandoned = false;
        slot.Generation++;
        slot.Address = address;
        slot.From = from;
        slot.TouchedNs = nowNs;
        slot.DeadlineNs = long.MaxValue;
        slot.MissReported = false;
        slot.Input.Reserve(slot.Runtime!.InputTransferBytes);
        slot.Input.Start(slot.Runtime.InputTransferBytes, nextGrant++);
    }

    private void Receive(long nowNs, PeerAddress from, FrameSlot slot, in DataMessage data, IBoardEffects effects)
    {
        slot.State = SlotState.Receiving;
        slot.From = from;
        slot.TouchedNs = nowNs;
        slot.DeadlineNs = nowNs + (long)Math.Min(data.BudgetUs * 1000, long.MaxValue / 4);
        bool due = slot.Input.Add(data, Counters);
        bool complete = slot.Input.IsComplete;
        if (due)
        {
            slot.Input.SendAck(data.Address, data.Plan.ToPlan().Tag(),
                complete ? AckStatus.Complete : AckStatus.Receiving, port, from, effects);
        }

        if (complete)
        {
            Execute(nowNs, slot, effects);
        }
    }

    private void Execute(long nowNs, FrameSlot slot, IBoardEffects effects)
    {
        StageRuntime runtime = slot.Runtime!;
        runtime.Remember(slot.Address);
        slot.State = SlotState.Executing;
        slot.TouchedNs = nowNs;
        int outputBytes = Math.Max(runtime.OutputBytes, WireLimits.ErrorTextBytes + 1)
            + StatisticsCodec.Bytes(runtime.Stage + 1);
        if (slot.Output.Length < outputBytes)
        {
            slot.Output = new byte[outputBytes];
        }

        if (runtime.Failure is { } failure)
        {
            Fail(nowNs, slot, FrameErrorCode.StageFailed, failure, effects);
            return;
        }

        Counters.FramesExecuted++;
        FrameAddress address = slot.Address;
        effects.FrameReady(new FrameWork(slot.Token, new FrameKey(address.Client, address.Request, address.Frame),
            runtime.Plan.Package, runtime.Plan.Hash, runtime.Stage,
            slot.Input.Buffer.AsMemory(0, runtime.InputBytes), slot.Output.AsMemory(0, runtime.OutputBytes))
        {
            DeadlineNs = slot.DeadlineNs,
            ArrivedNs = nowNs,
        });
    }

    private bool OnAck(
        long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!AckMessage.TryRead(ref reader, elements, out AckMessage ack) || !reader.End)
        {
            return false;
        }

        foreach (FrameSlot slot in slots)
        {
            if (slot.State != SlotState.Sending || !slot.Outgoing.Matches(ack.Address, ack.PlanTag))
            {
                continue;
            }

            ulong expected = slot.Outgoing.Destination == default
                ? slot.Address.Client : slot.Outgoing.Destination.Value;
            if (header.Sender != expected || RoundTripOf(slot) is not { } roundTrip)
            {
                continue;
            }

            if (slot.Outgoing.OnAck(nowNs, ack, header.Incarnation, roundTrip, Counters))
            {
                StageRuntime runtime = slot.Runtime!;
                Free(slot);
                GrantWaiting(nowNs, runtime, effects);
            }
            else
            {
                PumpSlot(nowNs, slot, effects);
            }
        }

        return true;
    }

    private bool OnStale(long nowNs, ref MessagePackReader reader, int elements)
    {
        if (!StaleMessage.TryRead(ref reader, elements, out StaleMessage stale) || !reader.End)
        {
            return false;
        }

        foreach (FrameSlot slot in slots)
        {
            if (slot.State == SlotState.Sending && slot.Outgoing.Matches(stale.Address, stale.PlanTag))
            {
                slot.Outgoing.OnStale(nowNs);
            }
        }

        return true;
    }

    private bool OnFrameQuery(PeerAddress from, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!FrameQueryMessage.TryRead(ref reader, elements, out FrameQueryMessage query) || !reader.End)
        {
            return false;
        }

        bool held = false;
        foreach (FrameSlot slot in slots)
        {
            held |= slot.HoldsFrame(query.Address);
        }

        MessagePackWriter writer = port.Begin();
        (query with { Held = held }).Write(ref writer, port.Header(MessageKind.FrameState));
        port.Send(writer, from, effects);
        return true;
    }

    /// <summary>Once for each burst: to the chunk that asks for an answer.</summary>
    private FrameSlot? Reply(PeerAddress from, in DataMessage data, AckStatus status, IBoardEffects effects)
    {
        if ((data.Flags & DataFlags.AckNow) != 0)
        {
            IncomingTransfer.SendStatus(
                data.Address, data.Plan.ToPlan().Tag(), status, data.SentUs, port, from, effects);
        }

        return null;
    }

    /// <summary>Gives free slots to those who wait, in the order in which they came.</summary>
    private void GrantWaiting(long nowNs, StageRuntime runtime, IBoardEffects effects)
    {
        if (!runtime.IsReady)
        {
            return;
        }

        while (runtime.HasWaiters && runtime.FindFree() is { } slot && runtime.TryTakeWaiter(out Waiter waiter))
        {
            FrameAddress address = waiter.Address;
            if (clients.Find(address.Client)?.Wants(address.Request, address.Frame) == false
                || runtime.Find(address) is not null || nowNs - waiter.SinceNs > SilentSenderNs)
            {
                continue;
            }

            Reserve(nowNs, slot, address, waiter.From);
            slot.Input.SendAck(address, runtime.Plan.Hash.Tag(), AckStatus.Ready, port, waiter.From, effects);
        }
    }

    private RoundTrip? RoundTripOf(FrameSlot slot) => slot.Outgoing.Destination == default
        ? clients.Find(slot.Address.Client)?.RoundTrip
        : membership.Peers.Find(slot.Outgoing.Destination.Value)?.RoundTrip;

    private void PumpSlot(long nowNs, FrameSlot slot, IBoardEffects effects)
    {
        BoardId to = slot.Outgoing.Destination;
        if (to == default && clients.Find(slot.Address.Client) is { } client)
        {
            slot.Outgoing.Pump(nowNs, port, client.Address, client.RoundTrip, options.Self.LinkBitsPerSecond,
                options.Timing, effects);
        }
        else if (to != default && membership.Peers.Find(to.Value) is { } peer)
        {
            slot.Outgoing.Pump(nowNs, port, peer.Address, peer.RoundTrip,
                Math.Min(options.Self.LinkBitsPerSecond, peer.Member.LinkBitsPerSecond), options.Timing, effects);
        }
        else
        {
            slot.Outgoing.Defer(nowNs);
        }
    }

    private void OnStreamTimer(long nowNs, IBoardEffects effects)
    {
        foreach (FrameSlot slot in slots)
        {
            if (slot.State is SlotState.Free)
            {
                continue;
            }

            if (nowNs >= slot.DeadlineNs)
            {
                ReportMiss(nowNs, slot, effects);
            }

            if (slot.State is SlotState.Executing)
            {
                continue;
            }

            if (nowNs >= ExpiryNs(slot))
            {
                Counters.FramesExpired += nowNs >= slot.DeadlineNs ? 1 : 0;
                Counters.FramesDropped += nowNs >= slot.DeadlineNs ? 0 : 1;
                Free(slot);
                GrantWaiting(nowNs, slot.Runtime!, effects);
            }
            else if (slot.State == SlotState.Sending)
            {
                PumpSlot(nowNs, slot, effects);
            }
        }

        ReleaseDrained(nowNs, effects);
    }

    private static long ExpiryNs(FrameSlot slot) => slot.State switch
    {
        SlotState.Reserved => slot.TouchedNs + ReservationNs,
        SlotState.Receiving => Math.Min(slot.DeadlineNs, slot.TouchedNs + SilentSenderNs),
        _ => slot.DeadlineNs,
    };

    private long NextStreamTimerNs()
    {
        long next = long.MaxValue;
        foreach (FrameSlot slot in slots)
        {
            if (slot.State is SlotState.Free || (slot.State is SlotState.Executing && slot.MissReported))
            {
                continue;
            }

            next = Math.Min(next, ExpiryNs(slot));
            if (slot.State == SlotState.Sending)
            {
                next = Math.Min(next, slot.Outgoing.NextTimerNs);
            }
        }

        return next;
    }

    private void DropUnwanted(long nowNs, ClientLink client, IBoardEffects effects)
    {
        foreach (FrameSlot slot in slots)
        {
            if (slot.State != SlotState.Free && slot.Address.Client == client.Id
                && !client.Wants(slot.Address.Request, slot.Address.Frame))
            {
                ReportDropped(nowNs, slot, effects);
                Free(slot);
                GrantWaiting(nowNs, slot.Runtime!, effects);
            }
        }
    }

    private void DropFramesOf(long nowNs, ulong client, IBoardEffects effects)
    {
        foreach (FrameSlot slot in slots)
        {
            if (slot.State != SlotState.Free && slot.Address.Client == client)
            {
                Counters.FramesDropped++;
                Free(slot);
                GrantWaiting(nowNs, slot.Runtime!, effects);
            }
        }
    }

    /// <summary>Frees a slot, or leaves it to the end of the execution that uses its buffers.</summary>
    private static void Free(FrameSlot slot)
    {
        if (slot.State == SlotState.Executing)
        {
            slot.Abandoned = true;
            return;
        }

        slot.Outgoing.Stop();
        slot.State = SlotState.Free;
        slot.Generation++;
    }

    private FrameSlot TakeSlot()
    {
        if (spareSlots.TryPop(out FrameSlot? spare))
        {
            return spare;
        }

        var slot = new FrameSlot(slots.Count);
        slots.Add(slot);
        return slot;
    }

    private void ReturnSlot(FrameSlot slot)
    {
        if (slot.State == SlotState.Free)
        {
            slot.Runtime = null;
            spareSlots.Push(slot);
        }
        else
        {
            slot.Orphaned = true;
        }
    }
}
