using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>A simulated story in words and tables.</summary>
internal static class StoryText
{
    /// <summary>The whole report.</summary>
    public static string Of(Story story)
    {
        var text = new StringBuilder();
        text.AppendLine(Assumptions(story)).AppendLine();
        text.Append(Chronicle(story)).AppendLine();
        text.Append(Boards(story)).AppendLine();
        text.Append(Phases(story)).AppendLine();
        foreach (StoryLoss loss in story.Losses)
        {
            text.AppendLine(Describe(story, loss));
        }

        foreach (string violation in story.Result.Violations)
        {
            text.AppendLine($"BROKEN PROMISE: {violation}");
        }

        return text.AppendLine(Totals(story)).ToString();
    }

    /// <summary>What the figures rest on.</summary>
    public static string Assumptions(Story story) =>
        $"modelled: {story.Options.Boards.Length} boards, {string.Join(", ", story.Networks)}; stages take the cycle model's " +
        $"time, links {story.Options.Boards[0].LinkBitsPerSecond / 1e6:0.##} Mbit/s, 0.1 ms of switch, " +
        $"{story.Request.LossPercent} % loss, compiling a stage {Seconds(story.Options.CompileNs)} s (assumed, --compile); " +
        "everything else is the boards' own code";

    /// <summary>One line: frames in, frames out.</summary>
    public static string Totals(Story story)
    {
        long[] latencies = Latencies(story.History.Frames);
        string latency = latencies.Length == 0 ? "n/a"
            : $"p50 {Ms(latencies, 50)}, p99 {Ms(latencies, 99)}, p99.9 {Ms(latencies, 99.9)}, longest {Ms(latencies, 100)} ms";
        return $"{story.History.Frames.Length} frames ended: {story.Result.Completed} answered bit-exactly, {story.Result.Failed} in a " +
            $"named error, {story.AnsweredTwice} answered twice, {story.StartedAgain} started again, " +
            $"{story.Result.Deadlines.Sum(report => report.Missed)} too late " +
            $"({story.Result.Deadlines.Sum(report => report.NoBoard)} of them no board's fault), " +
            $"{story.Result.Violations.Length} promises broken; latency {latency}; {story.Result.Datagrams} datagrams (all modelled)";
    }

    /// <summary>What a lost board meant, in one line.</summary>
    public static string Describe(Story story, StoryLoss loss)
    {
        string network = story.Networks.Length == 1 ? "" : $", {story.Networks[loss.Network]}";
        string missed = loss.MissedNs < 0 ? "missed by nobody" : $"missed by all after {Millis(loss.MissedNs - loss.AtNs)}";
        string next = loss.Before is null ? "no frame needed it"
            : loss.Next is null ? "no frame was answered any more"
            : $"answers under {story.PlanName(loss.Next)} after {Millis(loss.FlowNs - loss.AtNs)}";
        return $"board {loss.Board} stopped at {Seconds(loss.AtNs)} s{network}: {missed}, {next} (modelled)";
    }

    /// <summary>Latencies of results, sorted.</summary>
    public static long[] Latencies(IEnumerable<HistoryFrame> frames) => [.. frames.Where(frame => frame.Error == default)
        .Select(frame => frame.EndedNs - frame.SubmittedNs).Order()];

    /// <summary>Numbers, runs of neighbours shortened: 0-3, 5.</summary>
    public static string Numbers(IEnumerable<int> several)
    {
        int[] sorted = [.. several.Distinct().Order()];
        var parts = new List<string>();
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[end - 1] + 1)
            {
                end++;
            }

            parts.Add(end - start > 1 ? $"{sorted[start]}-{sorted[end - 1]}" : $"{sorted[start]}");
        }

        return string.Join(", ", parts);
    }

    /// <summary>Seconds with milliseconds.</summary>
    public static string Seconds(long ns) => (ns / 1e9).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Millis(long ns) => $"{ns / 1_000_000} ms";

    private static string Ms(long[] sorted, double percent) =>
        (SimCommand.Percentile(sorted, percent) / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>What happened, in order; what several boards did between two things that happened is one line.</summary>
    private static string Chronicle(Story story)
    {
        var table = new TextTable("from s", "to s", "boards", "what happened");
        var rows = story.History.Entries.Where(entry => Words(story, entry).Length > 0)
            .GroupBy(entry => (Words(story, entry), story.EventsNs.Count(at => at <= entry.AtNs)))
            .OrderBy(group => group.First().AtNs);
        foreach (IGrouping<(string Words, int), HistoryEntry> row in rows)
        {
            table.Add(Seconds(row.First().AtNs), Seconds(row.Last().AtNs), Numbers(row.Select(entry => entry.Board)), row.Key.Words);
        }

        return table.ToString();
    }

    /// <summary>What an entry says; empty for what is only noise in a table.</summary>
    public static string Words(Story story, HistoryEntry entry)
    {
        string network = story.Networks.Length > 1 && entry.Network >= 0 ? $" of {story.Networks[entry.Network]}" : "";
        string plan = story.Find(entry.Plan?.Hash) is { } known ? story.PlanName(known) : "";
        return entry.Kind switch
        {
            HistoryKind.Listens => "listens",
            HistoryKind.InView => "in everybody's view",
            HistoryKind.PackageWhole => $"has the package{network}",
            HistoryKind.Planned when plan.Length > 0 =>
                $"follows {plan}: {entry.Plan!.Stages.Length} stages on {entry.Plan.Stages.Sum(stage => stage.Boards.Length)} boards",
            HistoryKind.StageReady when plan.Length > 0 => $"has compiled its stage of {plan}",
            HistoryKind.Killed => "KILLED",
            HistoryKind.Left => "says goodbye and stops",
            HistoryKind.Suspects => $"suspects board {entry.Other}, pings it",
            HistoryKind.Misses => $"misses board {entry.Other}: removed",
            HistoryKind.Slowed => "computes ten times as long from now on",
            HistoryKind.Cut => $"can no longer reach board {entry.Other}",
            HistoryKind.Mended => $"can reach board {entry.Other} again",
            HistoryKind.Unplugged => "loses its interface",
            HistoryKind.Plugged => "has its interface back",
            _ => "",
        };
    }

    private static string Boards(Story story)
    {
        var table = new TextTable("board", "listens s", "in view s", "package s", "compiled s", "stages", "frames", "busy", "made late",
            "stopped s", "missed by all s");
        for (int board = 0; board < story.Options.Boards.Length; board++)
        {
            table.Add(story.BoardName(board), Times(story, board, HistoryKind.Listens), Times(story, board, HistoryKind.InView),
                Times(story, board, HistoryKind.PackageWhole), Compiled(story, board), Stages(story, board),
                $"{story.History.Executions.Count(entry => entry.Board == board)}", Share(story.BusyShare(board)), $"{story.MadeLate(board)}",
                Times(story, board, HistoryKind.Killed, HistoryKind.Left), Missed(story, board));
        }

        return table.ToString();
    }

    private static string Times(Story story, int board, params HistoryKind[] kinds) => Joined(story.History.Entries
        .Where(entry => entry.Board == board && kinds.Contains(entry.Kind)).Select(entry => entry.AtNs));

    private static string Compiled(Story story, int board) => Joined(story.History.Entries.Where(entry => entry.Board == board
        && entry.Kind == HistoryKind.StageReady && story.Find(entry.Plan!.Hash) is not null).Select(entry => entry.AtNs));

    private static string Missed(Story story, int board) => Joined(story.Losses
        .Where(loss => loss.Board == board && loss.Network == 0 && loss.MissedNs >= 0).Select(loss => loss.MissedNs));

    /// <summary>Stage of each plan in turn, from 1; a dash where a plan does without the board.</summary>
    private static string Stages(Story story, int board) => string.Join(' ', story.Plans.Select(plan =>
    {
        BoardId id = story.Options.Boards[board].Id;
        int stage = plan.Plan.Stages.ToList().FindIndex(part => part.Boards.Contains(id));
        return stage < 0 ? "-" : $"{stage + 1}";
    }).DefaultIfEmpty("n/a"));

    private static string Joined(IEnumerable<long> times) => string.Join(' ', times.Select(Seconds).DefaultIfEmpty("-"));

    private static string Share(double share) =>
        double.IsNaN(share) ? "n/a" : (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Phases(Story story)
    {
        var table = new TextTable("from s", "to s", "network", "plan", "stages", "boards", "flowing from s", "frames/s", "p50 ms", "p99 ms",
            "started again");
        foreach (StoryPhase phase in story.Phases)
        {
            ImmutableArray<PlanStage> stages = phase.Plan?.Plan.Stages ?? [];
            table.Add(Seconds(phase.FromNs), Seconds(phase.UntilNs), story.Networks[phase.Network],
                phase.Plan is { } plan ? $"{plan.Number}" : "none", phase.Plan is null ? "n/a" : $"{stages.Length}",
                phase.Plan is null ? "n/a" : $"{stages.Sum(stage => stage.Boards.Length)}",
                phase.FlowNs < 0 ? "never" : Seconds(phase.FlowNs),
                double.IsNaN(phase.FramesPerSecond) ? "n/a" : phase.FramesPerSecond.ToString("0.00", CultureInfo.InvariantCulture),
                phase.LatenciesNs.Length == 0 ? "n/a" : Ms(phase.LatenciesNs, 50),
                phase.LatenciesNs.Length == 0 ? "n/a" : Ms(phase.LatenciesNs, 99), $"{phase.StartedAgain}");
        }

        return table.ToString();
    }
}
