using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary>
/// A board that is killed in mid-stream, and what the client sees of it: when the board is missed, and when answers
/// come again under a plan without it. All times are measured by this client, from the moment of the kill.
/// </summary>
internal sealed class PulledPlug
{
    private static readonly TimeSpan NoticeLimit = TimeSpan.FromSeconds(30);

    private readonly ClusterSession session;
    private readonly long pulled = TimeProvider.System.GetTimestamp();
    private readonly Task noticed;

    private PulledPlug(ClusterSession session, BoardId board, int stage, int frame, CancellationToken cancellation)
    {
        this.session = session;
        Board = board;
        Stage = stage;
        Frame = frame;
        noticed = WatchAsync(cancellation);
    }

    /// <summary>The board that went.</summary>
    public BoardId Board { get; }

    /// <summary>The stage that it ran, from 0.</summary>
    public int Stage { get; }

    /// <summary>Frames that had been answered when it went.</summary>
    public int Frame { get; }

    /// <summary>Until the board was missing from the client's view; null when it never was.</summary>
    public TimeSpan? NoticedAfter { get; private set; }

    /// <summary>Until the first answer under another plan; null when none came.</summary>
    public TimeSpan? FlowingAfter { get; private set; }

    /// <summary>Frames that had to be started again.</summary>
    public int FramesStartedAgain { get; private set; }

    /// <summary>Kills the board of the stage in the middle.</summary>
    public static PulledPlug Pull(ClusterSession session, int frame, CancellationToken cancellation)
    {
        IOwnBoards local = session.Local ?? throw new InvalidOperationException("only boards started here can be killed");
        int stage = session.Plan.Stages.Length / 2;
        BoardId board = session.Plan.Stages[stage].Boards[0];
        local.Kill(local.IndexOf(board));
        return new PulledPlug(session, board, stage, frame, cancellation);
    }

    /// <summary>Takes note of a frame that ended after the kill.</summary>
    public void Add(FrameOutcome outcome)
    {
        FramesStartedAgain += outcome.Attempts > 1 ? 1 : 0;
        if (outcome.Output is not null && outcome.Plan != session.Plan.Hash)
        {
            FlowingAfter ??= TimeProvider.System.GetElapsedTime(pulled);
        }
    }

    /// <summary>Waits until the board is missed.</summary>
    public Task NoticedAsync() => noticed;

    /// <summary>One line for people.</summary>
    /// <param name="what">What was done to the board.</param>
    /// <param name="lost">Frames without an answer.</param>
    public string Describe(string what, int lost) =>
        $"{session.Client.Names.Of(Board)} (stage {Stage + 1}) {what} after frame {Frame}: missed after {Milliseconds(NoticedAfter)}, " +
        $"answers under a new plan after {Milliseconds(FlowingAfter)}, {FramesStartedAgain} frames started again, {lost} lost (measured)";

    /// <summary>The "pulled" object of a report.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("pulled");
        json.WriteString("board", $"{Board}");
        json.WriteString("name", session.Client.Names.Of(Board));
        json.WriteNumber("stage", Stage + 1);
        json.WriteNumber("afterFrame", Frame);
        json.WriteOptional("missedAfterMsMeasured", NoticedAfter?.TotalMilliseconds);
        json.WriteOptional("flowingAfterMsMeasured", FlowingAfter?.TotalMilliseconds);
        json.WriteNumber("framesStartedAgain", FramesStartedAgain);
        json.WriteEndObject();
    }

    private static string Milliseconds(TimeSpan? time) => time is TimeSpan known ? $"{known.TotalMilliseconds:F0} ms" : "n/a";

    private async Task WatchAsync(CancellationToken cancellation)
    {
        bool missed = await session.Client.WaitAsync(
            node => !node.View.Members.Any(member => member.Id == Board), NoticeLimit, cancellation);
        NoticedAfter = missed ? TimeProvider.System.GetElapsedTime(pulled) : null;
    }
}
