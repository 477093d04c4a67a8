using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Deadlines, retransmission, and the search for frames from which nothing is heard.</content>
public sealed partial class ClientNode
{
    private void OnFrameTimer(long nowNs, IClientEffects effects)
    {
        deadlines.Settle(nowNs, membership.Peers);
        for (int i = requests.Count - 1; i >= 0; i--)
        {
            ClientRequest request = requests[i];
            bool ended = false;
            for (uint number = request.NextDelivery; number < request.NextFrame; number++)
            {
                ClientFrame frame = request.SlotOf(number);
                if (frame.Stage == FrameStage.Done)
                {
                    continue;
                }

                if (nowNs >= frame.DeadlineNs)
                {
                    deadlines.OnMissed(nowNs, request.Number, number, frame.Plan ?? request.Package.Active, membership.Peers);
                    Expire(nowNs, frame);
                    ended = true;
                }
                else if (frame.Stage == FrameStage.Sending)
                {
                    Pump(nowNs, frame, effects);
                }
                else if (frame.Stage == FrameStage.Accepted && nowNs >= frame.NextQueryNs)
                {
                    Search(nowNs, request, frame, effects);
                }
            }

            if (ended)
            {
                Deliver(request, effects);
                membership.HelloSoon(nowNs);
            }

            FollowPlan(nowNs, request.Package, effects);
        }
    }

    private static void Expire(long nowNs, ClientFrame frame)
    {
        if (frame.Attempts == 0)
        {
            frame.Fail(nowNs, FrameErrorCode.NoPlan, "no boards with an agreed and prepared plan before the deadline");
        }
        else
        {
            frame.Fail(nowNs, FrameErrorCode.DeadlineExceeded, "the deadline passed before the result came");
        }
    }

    private long NextFrameTimerNs()
    {
        long next = long.MaxValue;
        foreach (ClientRequest request in requests)
        {
            for (uint number = request.NextDelivery; number < request.NextFrame; number++)
            {
                ClientFrame frame = request.SlotOf(number);
                long at = frame.Stage switch
                {
                    FrameStage.Sending => Math.Min(frame.DeadlineNs, frame.Outgoing.NextTimerNs),
                    FrameStage.Accepted => Math.Min(frame.DeadlineNs, frame.NextQueryNs),
                    FrameStage.Queued => frame.DeadlineNs,
                    _ => long.MaxValue,
                };
                next = Math.Min(next, at);
            }
        }

        return next;
    }

    /// <summary>
    /// Nothing was heard of a frame for a while: asks every board of its plan. When all said no, or are gone, in two
    /// rounds, the frame is lost and is sent again.
    /// </summary>
    private void Search(long nowNs, ClientRequest request, ClientFrame frame, IClientEffects effects)
    {
        if (nowNs - frame.TouchedNs < options.Timing.FrameQueryNs)
        {
            frame.NextQueryNs = frame.TouchedNs + options.Timing.FrameQueryNs;
            return;
        }

        if (frame.QueryRound != 0 && AllDenied(frame) && ++frame.Misses >= MissesToResend
            && options.PlantedBug != PlantedBug.ForgetResend)
        {
            frame.QueryRound = 0;
            Resend(nowNs, frame);
            effects.Log(new ClusterEvent(nowNs, ClusterEventKind.FramesResent, default, $"frame {frame.Number}"));
            return;
        }

        frame.QueryRound = nextRound++;
        frame.Denied = 0;
        frame.NextQueryNs = nowNs + options.Timing.FrameQueryNs;
        var address = new FrameAddress(options.ClientId, request.Number, frame.Number, frame.Epoch, 0);
        foreach (ClientStage stage in frame.Plan!.Stages)
        {
            foreach (BoardId board in stage.Boards)
            {
                if (membership.Peers.Find(board.Value) is { } peer)
                {
                    MessagePackWriter writer = port.Begin();
                    new FrameQueryMessage(address, false, frame.QueryRound)
                        .Write(ref writer, port.Header(MessageKind.FrameQuery));
                    port.Send(writer, peer.Address, effects);
                }
            }
        }
    }

    private bool AllDenied(ClientFrame frame)
    {
        int index = 0;
        foreach (ClientStage stage in frame.Plan!.Stages)
        {
            foreach (BoardId board in stage.Boards)
            {
                if (membership.Peers.Find(board.Value) is not null && (frame.Denied & (1UL << index)) == 0)
                {
                    return false;
                }

                index = (index + 1) & 63;
            }
        }

        return true;
    }

    private bool OnFrameState(long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements)
    {
        if (!FrameQueryMessage.TryRead(ref reader, elements, out FrameQueryMessage state) || !reader.End)
        {
            return false;
        }

        if (FindRequest(state.Address.Request)?.Find(state.Address.Frame) is not { Stage: FrameStage.Accepted } frame
            || state.Round != frame.QueryRound)
        {
            return true;
        }

        if (state.Held)
        {
            frame.TouchedNs = nowNs;
            frame.Misses = 0;
            frame.QueryRound = 0;
            return true;
        }

        int index = 0;
        foreach (ClientStage stage in frame.Plan!.Stages)
        {
            foreach (BoardId board in stage.Boards)
            {
                frame.Denied |= board.Value == header.Sender ? 1UL << index : 0;
                index = (index + 1) & 63;
            }
        }

        return true;
    }
}
