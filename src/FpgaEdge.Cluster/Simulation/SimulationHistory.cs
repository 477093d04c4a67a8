using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>What a simulated cluster did, for tables and pictures; kept only when it was asked for.</summary>
/// <param name="Entries">What happened to boards, in order.</param>
/// <param name="Executions">Every execution of a stage for a frame, in the order of their ends.</param>
/// <param name="Frames">Every frame that ended, in the order of their ends.</param>
public sealed record SimulationHistory(
    ImmutableArray<HistoryEntry> Entries, ImmutableArray<HistoryExecution> Executions, ImmutableArray<HistoryFrame> Frames);

/// <summary>Something that happened to a board.</summary>
/// <param name="AtNs">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Board">To which board, by number.</param>
/// <param name="Other">The other board where two are concerned, else −1.</param>
/// <param name="Network">The network where one is concerned, else −1.</param>
/// <param name="Plan">The plan where one is concerned; also null when a board has no plan any more.</param>
public readonly record struct HistoryEntry(
    long AtNs, HistoryKind Kind, int Board, int Other = -1, int Network = -1, Plan? Plan = null);

/// <summary>Kinds of <see cref="HistoryEntry"/>.</summary>
public enum HistoryKind : byte
{
    /// <summary>The board's program started.</summary>
    Listens,

    /// <summary>Every running board lists it.</summary>
    InView,

    /// <summary>It has a package whole.</summary>
    PackageWhole,

    /// <summary>It follows a plan from now on.</summary>
    Planned,

    /// <summary>Its stage of a plan is compiled.</summary>
    StageReady,

    /// <summary>Its stage of a plan was dropped.</summary>
    StageReleased,

    /// <summary>It stopped without a word.</summary>
    Killed,

    /// <summary>It said goodbye and stopped.</summary>
    Left,

    /// <summary>It pings <see cref="HistoryEntry.Other"/>, of which it heard nothing.</summary>
    Suspects,

    /// <summary>It removed <see cref="HistoryEntry.Other"/> from its view.</summary>
    Misses,

    /// <summary>It computes slowly from now on.</summary>
    Slowed,

    /// <summary>Nothing gets from it to <see cref="HistoryEntry.Other"/> any more.</summary>
    Cut,

    /// <summary>The opposite of <see cref="Cut"/>.</summary>
    Mended,

    /// <summary>Its interface went.</summary>
    Unplugged,

    /// <summary>Its interface is back.</summary>
    Plugged,
}

/// <summary>A stage executed for a frame.</summary>
public readonly record struct HistoryExecution(
    int Board, int Network, PlanHash Plan, int Stage, uint Frame, long StartNs, long EndNs);

/// <summary>A frame that ended.</summary>
/// <param name="Client">Whose, by number; client i uses network i.</param>
/// <param name="Frame">Its number.</param>
/// <param name="SubmittedNs">When it was submitted.</param>
/// <param name="EndedNs">When it ended.</param>
/// <param name="Error">Zero for a result.</param>
/// <param name="Attempts">How often it was started; 0 for errors.</param>
/// <param name="Plan">The plan that gave the result.</param>
/// <param name="IsRepeated">The frame had ended before: must never happen.</param>
public readonly record struct HistoryFrame(
    int Client, uint Frame, long SubmittedNs, long EndedNs, FrameErrorCode Error, uint Attempts, PlanHash Plan,
    bool IsRepeated);

/// <summary>Writes the history while the simulation runs.</summary>
internal sealed class HistoryRecorder(ClusterSimulation simulation)
{
    private readonly ImmutableArray<HistoryEntry>.Builder entries = ImmutableArray.CreateBuilder<HistoryEntry>();
    private readonly ImmutableArray<HistoryExecution>.Builder executions = ImmutableArray.CreateBuilder<HistoryExecution>();
    private readonly ImmutableArray<HistoryFrame>.Builder frames = ImmutableArray.CreateBuilder<HistoryFrame>();
    private readonly Dictionary<(int Board, int Network), PlanHash?> followed = [];
    private readonly HashSet<(int Client, uint Frame)> ended = [];
    private readonly HashSet<(int Board, int Life)> seen = [];

    public SimulationHistory ToHistory() =>
        new(entries.ToImmutable(), executions.ToImmutable(), frames.ToImmutable());

    public void Add(HistoryKind kind, int board, int other = -1, int network = -1, Plan? plan = null) =>
        entries.Add(new HistoryEntry(simulation.NowNs, kind, board, other, network, plan));

    public void OnExecuted(SimulatedBoard board, in FrameWork work, long startNs) => executions.Add(new HistoryExecution(
        board.Index, simulation.IndexOf(work.Package), work.Plan, work.Stage, work.Key.Frame, startNs, simulation.NowNs));

    public void OnResult(SimulatedClient client, in FrameResult result) => frames.Add(new HistoryFrame(
        client.Number, result.Key.Frame, simulation.NowNs - result.LatencyNs, simulation.NowNs, default, result.Attempts,
        result.Plan, !ended.Add((client.Number, result.Key.Frame))));

    public void OnFailure(SimulatedClient client, FrameKey key, FrameErrorCode code) => frames.Add(new HistoryFrame(
        client.Number, key.Frame, client.TimesOf(key.Frame).SubmittedNs, simulation.NowNs, code, 0, default,
        !ended.Add((client.Number, key.Frame))));

    public void OnBoardEvent(SimulatedBoard board, in ClusterEvent entry)
    {
        int subject = simulation.BoardOf(entry.Board)?.Index ?? -1;
        switch (entry.Kind)
        {
            case ClusterEventKind.BoardJoined or ClusterEventKind.BoardRestarted:
                simulation.Soon(-1, _ => LookForViews());
                break;
            case ClusterEventKind.BoardSuspected:
                Add(HistoryKind.Suspects, board.Index, subject);
                break;
            case ClusterEventKind.BoardLost or ClusterEventKind.BoardLeft:
                Add(HistoryKind.Misses, board.Index, subject);
                simulation.Soon(-1, _ => LookForViews());
                break;
            case ClusterEventKind.PlanChanged:
                OnPlanChanged(board);
                break;
        }
    }

    public void OnStart(SimulatedBoard board)
    {
        Add(HistoryKind.Listens, board.Index);
        for (int network = 0; network < simulation.Networks; network++)
        {
            followed.Remove((board.Index, network));
        }

        simulation.Soon(-1, _ => LookForViews());
    }

    private void OnPlanChanged(SimulatedBoard board)
    {
        for (int network = 0; network < simulation.Networks; network++)
        {
            Plan? plan = board.Node!.PlanOf(simulation.NetworkAt(network).Hash);
            if (followed.GetValueOrDefault((board.Index, network)) != plan?.Hash)
            {
                followed[(board.Index, network)] = plan?.Hash;
                Add(HistoryKind.Planned, board.Index, -1, network, plan);
            }
        }
    }

    private void LookForViews()
    {
        foreach (SimulatedBoard board in simulation.Boards)
        {
            if (board.IsRunning && !seen.Contains((board.Index, board.Life)) && simulation.Boards.All(observer =>
                observer.Node is null || observer.Node.View.Members.Any(member => member.Id == board.Description.Id
                    && member.Incarnation == board.Description.Incarnation)))
            {
                seen.Add((board.Index, board.Life));
                Add(HistoryKind.InView, board.Index);
            }
        }
    }
}
