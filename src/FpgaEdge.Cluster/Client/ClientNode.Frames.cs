using System.Text;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Requests and frames: sent under the current plan, sent again when lost, delivered once and in
/// order.</content>
public sealed partial class ClientNode
{
    private const int TransfersPerBoard = 4;
    private const int MissesToResend = 2;
    private readonly StageStatistics[] statistics = new StageStatistics[WireLimits.Stages];
    private uint nextEpoch = 1;
    private uint nextGrant = 1;
    private uint nextRound = 1;

    /// <summary>Opens a request: a row of frames through one network.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="ClusterException">Too many requests are open.</exception>
    public uint OpenRequest(long nowNs, PackageHash package, IClientEffects effects)
    {
        if (requests.Count >= ClientHelloMessage.MaximumRequests)
        {
            throw new ClusterException(
                $"expected at most {ClientHelloMessage.MaximumRequests} open requests, found one more: "
                + "close one first");
        }

        ClientPackage used = PackageOf(package);
        requests.Add(new ClientRequest(++newestRequest, used, options.FramesInFlight));
        membership.HelloSoon(nowNs);
        Evaluate(nowNs, used, effects);
        return newestRequest;
    }

    /// <summary>
    /// Submits the next frame of a request. May be called before there is a plan: the frame waits. Deadlines of a
    /// request should not decrease from frame to frame, because frames end in order.
    /// </summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="request">From <see cref="OpenRequest"/>.</param>
    /// <param name="input">The network's input tensors; copied.</param>
    /// <param name="deadlineNs">On the same clock: by then the frame ends in a result or a named error.</param>
    /// <param name="effects">Sink.</param>
    /// <param name="frame">Number of the frame.</param>
    /// <returns>False when the request's window is full; <see cref="IClientEffects.RequestWritable"/>
    /// follows.</returns>
    /// <exception cref="ClusterException">No such request.</exception>
    public bool TrySubmit(
        long nowNs, uint request, ReadOnlySpan<byte> input, long deadlineNs, IClientEffects effects, out uint frame)
    {
        ClientRequest open = FindRequest(request)
            ?? throw new ClusterException($"expected an open request, found {request}: open it first");
        frame = open.NextFrame;
        if (!open.HasRoom)
        {
            open.WantsWritable = true;
            return false;
        }

        open.SlotOf(open.NextFrame).Submit(nowNs, open.NextFrame, input, deadlineNs);
        open.NextFrame++;
        FollowPlan(nowNs, open.Package, effects);
        return true;
    }

    /// <summary>Ends a request: frames without result fail with <see cref="FrameErrorCode.Cancelled"/>.</summary>
    public void CancelRequest(long nowNs, uint request, IClientEffects effects)
    {
        if (FindRequest(request) is not { } open)
        {
            return;
        }

        for (uint frame = open.NextDelivery; frame < open.NextFrame; frame++)
        {
            ClientFrame slot = open.SlotOf(frame);
            if (slot.Stage != FrameStage.Done)
            {
                slot.Fail(nowNs, FrameErrorCode.Cancelled, "the request was cancelled");
            }
        }

        open.WantsWritable = false;
        Deliver(open, effects);
        requests.Remove(open);
        membership.HelloSoon(nowNs);
    }

    private ClientRequest? FindRequest(uint number)
    {
        foreach (ClientRequest request in requests)
        {
            if (request.Number == number)
            {
                return request;
            }
        }

        return null;
    }

    /// <summary>
    /// Frames of plans that are gone go back to the queue; queued frames are sent under the current plan.
    /// </summary>
    private void FollowPlan(long nowNs, ClientPackage package, IClientEffects effects)
    {
        foreach (ClientRequest request in requests)
        {
            if (request.Package != package)
            {
                continue;
            }

            int sending = 0;
            for (uint number = request.NextDelivery; number < request.NextFrame; number++)
            {
                ClientFrame frame = request.SlotOf(number);
                Requeue(nowNs, package, frame);
                sending += frame.Stage == FrameStage.Sending ? 1 : 0;
            }

            StartQueued(nowNs, request, sending, effects);
        }
    }

    private void Requeue(long nowNs, ClientPackage package, ClientFrame frame)
    {
        if (frame.Stage is not (FrameStage.Sending or FrameStage.Accepted) || frame.Plan == package.Active
            || options.PlantedBug == PlantedBug.ForgetResend)
        {
            return;
        }

        bool waiting = frame.Stage == FrameStage.Sending && frame.Outgoing.IsWaiting && package.Active is not null;
        if (waiting || !package.IsAlive(frame.Plan!, membership.Peers))
        {
            Resend(nowNs, frame);
        }
    }

    private void Resend(long nowNs, ClientFrame frame)
    {
        frame.Outgoing.Stop();
        frame.Stage = FrameStage.Queued;
        frame.TouchedNs = nowNs;
        frame.Misses = 0;
        Counters.FramesResent++;
    }

    private void StartQueued(long nowNs, ClientRequest request, int sending, IClientEffects effects)
    {
        if (request.Package.Active is not { } plan)
        {
            return;
        }

        bool failed = false;
        int limit = TransfersPerBoard * plan.Stages[0].Boards.Length;
        for (uint number = request.NextDelivery; number < request.NextFrame && sending < limit; number++)
        {
            ClientFrame frame = request.SlotOf(number);
            if (frame.Stage != FrameStage.Queued)
            {
                continue;
            }

            if (frame.InputBytes != plan.Stages[0].InputBytes)
            {
                frame.Fail(nowNs, FrameErrorCode.InputSize,
                    $"expected {plan.Stages[0].InputBytes} bytes of input, found {frame.InputBytes}");
                failed = true;
                continue;
            }

            sending++;
            Start(nowNs, request, frame, plan, effects);
        }

        if (failed)
        {
            Deliver(request, effects);
        }
    }

    private void Start(long nowNs, ClientRequest request, ClientFrame frame, ClientPlan plan, IClientEffects effects)
    {
        frame.Stage = FrameStage.Sending;
        frame.Plan = plan;
        frame.Epoch = nextEpoch++;
        frame.Attempts++;
        frame.TouchedNs = nowNs;
        frame.Misses = 0;
        var address = new FrameAddress(options.ClientId, request.Number, frame.Number, frame.Epoch, 0);
        BoardId head = plan.Stages[0].Boards[(int)(frame.Number % (uint)plan.Stages[0].Boards.Length)];
        frame.Outgoing.Start(nowNs, address, plan.Hash, head, frame.Input, frame.InputBytes, DataFlags.None,
            frame.DeadlineNs);
        Pump(nowNs, frame, effects);
    }

    private void Pump(long nowNs, ClientFrame frame, IClientEffects effects)
    {
        if (membership.Peers.Find(frame.Outgoing.Destination.Value) is { } peer)
        {
            frame.Outgoing.Pump(nowNs, port, peer.Address, peer.RoundTrip,
                Math.Min(options.LinkBitsPerSecond, peer.Member.LinkBitsPerSecond), options.Timing, effects);
        }
        else
        {
            frame.Outgoing.Defer(nowNs);
        }
    }

    private bool OnAck(
        long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements, IClientEffects effects)
    {
        if (!AckMessage.TryRead(ref reader, elements, out AckMessage ack) || !reader.End)
        {
            return false;
        }

        if (FindRequest(ack.Address.Request) is not { } request
            || request.Find(ack.Address.Frame) is not { Stage: FrameStage.Sending } frame
            || !frame.Outgoing.Matches(ack.Address, ack.PlanTag)
            || header.Sender != frame.Outgoing.Destination.Value
            || membership.Peers.Find(header.Sender) is not { } peer)
        {
            return true;
        }

        if (!frame.Outgoing.OnAck(nowNs, ack, header.Incarnation, peer.RoundTrip, Counters))
        {
            Pump(nowNs, frame, effects);
            return true;
        }

        frame.Stage = FrameStage.Accepted;
        frame.TouchedNs = nowNs;
        frame.NextQueryNs = nowNs + options.Timing.FrameQueryNs;
        FollowPlan(nowNs, request.Package, effects);
        return true;
    }

    private bool OnStale(long nowNs, ref MessagePackReader reader, int elements)
    {
        if (!StaleMessage.TryRead(ref reader, elements, out StaleMessage stale) || !reader.End)
        {
            return false;
        }

        if (FindRequest(stale.Address.Request)?.Find(stale.Address.Frame) is { Stage: FrameStage.Sending } frame
            && frame.Outgoing.Matches(stale.Address, stale.PlanTag))
        {
            frame.Outgoing.OnStale(nowNs);
        }

        return true;
    }

    private bool OnData(
        long nowNs, PeerAddress from, ref MessagePackReader reader, int elements, IClientEffects effects)
    {
        if (!DataMessage.TryRead(ref reader, elements, out DataMessage data) || !reader.End)
        {
            return false;
        }

        if (data.Address.Client != options.ClientId)
        {
            return false;
        }

        ClientRequest? request = FindRequest(data.Address.Request);
        ClientFrame? frame = request?.Find(data.Address.Frame);
        if (frame is null || frame.Stage == FrameStage.Done)
        {
            Counters.DuplicateFrames++;
            Reply(from, data, AckStatus.Complete, effects);
            return true;
        }

        if (request!.Package.Find(data.Plan.ToPlan()) is not { } plan || !FitsPlan(data, plan))
        {
            Reply(from, data, AckStatus.Unwanted, effects);
            return true;
        }

        if (!Bind(frame, plan, data))
        {
            Reply(from, data, AckStatus.Busy, effects);
            return true;
        }

        frame.TouchedNs = nowNs;
        Receive(nowNs, from, request, frame, data, effects);
        return true;
    }

    private static bool FitsPlan(in DataMessage data, ClientPlan plan) =>
        data.Address.Stage == plan.Stages.Length
        && ((data.Flags & DataFlags.Error) != 0
            ? data.TotalBytes <= 1 + WireLimits.ErrorTextBytes
            : data.TotalBytes == plan.Stages[^1].OutputBytes + StatisticsCodec.Bytes(plan.Stages.Length));

    /// <summary>
    /// Chunks of two copies of a result are never mixed: the first copy that arrives is received, a newer one replaces
    /// it, an older one waits.
    /// </summary>
    private bool Bind(ClientFrame frame, ClientPlan plan, in DataMessage data)
    {
        bool isError = (data.Flags & DataFlags.Error) != 0;
        if (frame.ResultPlan is not null && frame.ResultAddress == data.Address && frame.ResultPlan == plan
            && frame.ResultIsError == isError)
        {
            return true;
        }

        if (frame.ResultPlan is not null && data.Address.Epoch < frame.ResultAddress.Epoch)
        {
            return false;
        }

        frame.ResultPlan = plan;
        frame.ResultAddress = data.Address;
        frame.ResultIsError = isError;
        frame.Result.Start(data.TotalBytes, nextGrant++);
        return true;
    }

    private void Receive(
        long nowNs, PeerAddress from, ClientRequest request, ClientFrame frame, in DataMessage data,
        IClientEffects effects)
    {
        bool due = frame.Result.Add(data, Counters);
        bool complete = frame.Result.IsComplete;
        if (due)
        {
            frame.Result.SendAck(data.Address, data.Plan.ToPlan().Tag(),
                complete ? AckStatus.Complete : AckStatus.Receiving, port, from, effects);
        }

        if (!complete)
        {
            return;
        }

        frame.Outgoing.Stop();
        frame.Stage = FrameStage.Done;
        frame.DoneNs = nowNs;
        if (frame.ResultIsError)
        {
            ReadOnlySpan<byte> bytes = frame.Result.Buffer.AsSpan(0, frame.Result.TotalBytes);
            frame.Fail(nowNs, (FrameErrorCode)bytes[0], Encoding.UTF8.GetString(bytes[1..]));
        }

        if (options.PlantedBug == PlantedBug.DeliverWithoutOrder)
        {
            Deliver(request, frame, effects);
        }

        Deliver(request, effects);
        FollowPlan(nowNs, request.Package, effects);
    }

    private void Reply(PeerAddress from, in DataMessage data, AckStatus status, IClientEffects effects)
    {
        if ((data.Flags & DataFlags.AckNow) != 0)
        {
            IncomingTransfer.SendStatus(
                data.Address, data.Plan.ToPlan().Tag(), status, data.SentUs, port, from, effects);
        }
    }

    private void Deliver(ClientRequest request, IClientEffects effects)
    {
        bool any = false;
        while (request.Find(request.NextDelivery) is { Stage: FrameStage.Done } frame)
        {
            Deliver(request, frame, effects);
            request.NextDelivery++;
            frame.Stage = FrameStage.Empty;
            any = true;
        }

        if (any && request.WantsWritable)
        {
            request.WantsWritable = false;
            effects.RequestWritable(request.Number);
        }
    }

    private void Deliver(ClientRequest request, ClientFrame frame, IClientEffects effects)
    {
        var key = new FrameKey(options.ClientId, request.Number, frame.Number);
        if (frame.Error != default)
        {
            effects.FrameFailed(key, frame.Error, frame.ErrorText);
            return;
        }

        ClientPlan plan = frame.ResultPlan!;
        int outputBytes = plan.Stages[^1].OutputBytes;
        ReadOnlySpan<byte> bytes = frame.Result.Buffer;
        for (int i = 0; i < plan.Stages.Length; i++)
        {
            statistics[i] = StatisticsCodec.Read(bytes[(outputBytes + StatisticsCodec.Bytes(i))..]);
            deadlines.Learn(plan, statistics[i]);
        }

        effects.FrameCompleted(new FrameResult
        {
            Key = key,
            Plan = plan.Hash,
            Output = bytes[..outputBytes],
            Statistics = statistics.AsSpan(0, plan.Stages.Length),
            LatencyNs = frame.DoneNs - frame.SubmittedNs,
            Attempts = frame.Attempts,
        });
    }
}
