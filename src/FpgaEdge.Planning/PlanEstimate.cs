using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Modelled figures of a plan, computed from the plan and the costs alone, however the plan was found.
/// </summary>
/// <param name="IntervalNs">Time between two results once the pipeline is full.</param>
/// <param name="LatencyNs">
/// Time of one frame from its first byte to its result, with nothing else in the pipeline.
/// </param>
/// <param name="EnergyNanojoules">
/// Energy of one frame at full rate: every board of the plan, idle share included.
/// </param>
/// <param name="Stages">One entry per stage.</param>
public sealed record PlanEstimate(
    long IntervalNs, long LatencyNs, long EnergyNanojoules, ImmutableArray<StageEstimate> Stages)
{
    /// <summary>Figures of a plan for the boards of a view.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="view">A view that holds its boards.</param>
    /// <param name="costs">The network's costs.</param>
    /// <param name="clientLinkBitsPerSecond">The client's link; null is the fastest board's.</param>
    public static PlanEstimate Of(Plan plan, ClusterView view, NetworkCosts costs, long? clientLinkBitsPerSecond = null)
    {
        Dictionary<BoardId, Member> members = view.Members.ToDictionary(member => member.Id);
        var workload = new Workload((new NetworkProfile(costs), 1));
        long clientLink = clientLinkBitsPerSecond ?? view.Members.Max(member => member.LinkBitsPerSecond);
        long clientBytes = Math.Max(workload.ClientSendsBytes, workload.ClientReceivesBytes);
        long intervalNs = LinkCosts.TransferNs(clientBytes, clientLink);
        long latencyNs = 0;
        var stages = ImmutableArray.CreateBuilder<StageEstimate>(plan.Stages.Length);
        foreach (PlanStage stage in plan.Stages)
        {
            StageEstimate estimate = Stage(stage, [.. stage.Boards.Select(board => members[board])], workload);
            stages.Add(estimate);
            intervalNs = Math.Max(intervalNs, estimate.IntervalNs);
            latencyNs += stage.TransferNs + estimate.ComputeNs;
        }
        long lastLink = plan.Stages[^1].Boards.Min(board => members[board].LinkBitsPerSecond);
        latencyNs += LinkCosts.TransferNs(workload.SentBytes(0, workload.NodeCount), lastLink);
        long picojoules = stages.Sum(stage => stage.BusyPicojoules + (stage.IdleMilliwatts * intervalNs));
        return new PlanEstimate(intervalNs, latencyNs, (picojoules + 999) / 1000, stages.MoveToImmutable());
    }

    private static StageEstimate Stage(PlanStage stage, ImmutableArray<Member> boards, Workload workload)
    {
        int count = boards.Length;
        long receivedBytes = workload.ReceivedBytes(stage.FirstNode, stage.LastNode);
        long sentBytes = workload.SentBytes(stage.FirstNode, stage.LastNode);
        long computeNs = 0;
        long linkNs = 0;
        long energy = 0;
        long idle = 0;
        foreach (Member board in boards)
        {
            long time = BoardClass.Of([board], workload)[0].ComputeNs(stage.FirstNode, stage.LastNode);
            BoardPower power = BoardPower.Of(board.Board);
            computeNs = Math.Max(computeNs, time);
            linkNs = Math.Max(
                linkNs, LinkCosts.TransferNs(Math.Max(receivedBytes, sentBytes), board.LinkBitsPerSecond));
            energy += time * power.BusyMilliwatts;
            idle += power.IdleMilliwatts;
        }
        long intervalNs = (Math.Max(computeNs, linkNs) + count - 1) / count;
        return new StageEstimate(
            intervalNs, computeNs, linkNs, receivedBytes, sentBytes,
            workload.MemoryBytes(stage.FirstNode, stage.LastNode), energy / count, idle);
    }
}

/// <summary>Modelled figures of one stage, for one frame.</summary>
/// <param name="IntervalNs">Time between two frames that leave the stage.</param>
/// <param name="ComputeNs">Computation on the slowest board of the stage.</param>
/// <param name="LinkNs">Use of a board's link: the larger of receiving and sending.</param>
/// <param name="ReceivedBytes">Tensor bytes that arrive.</param>
/// <param name="SentBytes">Tensor bytes that leave.</param>
/// <param name="MemoryBytes">DMA window bytes needed on each board.</param>
/// <param name="BusyPicojoules">What computing one frame draws beyond idling.</param>
/// <param name="IdleMilliwatts">What the stage's boards draw when idle.</param>
public sealed record StageEstimate(
    long IntervalNs, long ComputeNs, long LinkNs, long ReceivedBytes, long SentBytes, long MemoryBytes,
    long BusyPicojoules, long IdleMilliwatts);
