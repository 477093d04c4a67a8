using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cluster.Simulation;

namespace FpgaEdge.Cli.Commands.Sim;

/// <summary>A simulated story as one JSON object, schema 1; every time and rate in it is modelled.</summary>
internal static class StoryJson
{
    public static void Write(Story story, string reproduce, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteString("command", reproduce);
        json.WriteString("figures", "modelled");
        json.WriteString("assumptions", StoryText.Assumptions(story));
        WriteFrames(json, story);
        WriteArray(json, "violations", story.Result.Violations, violation => json.WriteStringValue(violation));
        WriteArray(json, "boards", Enumerable.Range(0, story.Options.Boards.Length), board => WriteBoard(json, story, board));
        WriteArray(json, "plans", story.Plans, plan => WritePlan(json, story, plan));
        WriteArray(json, "phases", story.Phases, phase => WritePhase(json, story, phase));
        WriteArray(json, "losses", story.Losses, loss => WriteLoss(json, story, loss));
        json.WriteEndObject();
    }

    private static void WriteFrames(Utf8JsonWriter json, Story story)
    {
        json.WriteStartObject("frames");
        json.WriteNumber("ended", story.History.Frames.Length);
        json.WriteNumber("answered", story.Result.Completed);
        json.WriteNumber("failed", story.Result.Failed);
        json.WriteNumber("answeredTwice", story.AnsweredTwice);
        json.WriteNumber("startedAgain", story.StartedAgain);
        json.WriteNumber("missedDeadline", story.Result.Deadlines.Sum(report => report.Missed));
        json.WriteNumber("missedDeadlineNoBoard", story.Result.Deadlines.Sum(report => report.NoBoard));
        WriteLatencies(json, StoryText.Latencies(story.History.Frames));
        json.WriteEndObject();
    }

    private static void WriteLatencies(Utf8JsonWriter json, long[] sorted)
    {
        foreach ((string name, double percent) in (ReadOnlySpan<(string, double)>)
            [("latencyP50Ns", 50), ("latencyP99Ns", 99), ("latencyP999Ns", 99.9), ("latencyMaxNs", 100)])
        {
            json.WriteOptional(name, sorted.Length == 0 ? null : SimCommand.Percentile(sorted, percent));
        }
    }

    private static void WriteBoard(Utf8JsonWriter json, Story story, int board)
    {
        json.WriteStartObject();
        json.WriteNumber("board", board);
        json.WriteString("kind", story.Options.Boards[board].Board);
        json.WriteNumber("framesExecuted", story.History.Executions.Count(entry => entry.Board == board));
        json.WriteNumber("madeLate", story.MadeLate(board));
        double busy = story.BusyShare(board);
        json.WriteOptional("busyShare", Math.Round(busy, 4));

        WriteArray(json, "events", story.History.Entries.Where(entry => entry.Board == board), entry =>
        {
            json.WriteStartObject();
            json.WriteNumber("atNs", entry.AtNs);
            json.WriteString("event", JsonNamingPolicy.CamelCase.ConvertName($"{entry.Kind}"));
            if (entry.Other >= 0)
            {
                json.WriteNumber("other", entry.Other);
            }

            if (entry.Network >= 0)
            {
                json.WriteString("network", story.Networks[entry.Network]);
            }

            if (entry.Plan is { } plan)
            {
                json.WriteString("plan", $"{plan.Hash}");
            }

            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void WritePlan(Utf8JsonWriter json, Story story, StoryPlan plan)
    {
        json.WriteStartObject();
        json.WriteString("network", story.Networks[plan.Network]);
        json.WriteNumber("number", plan.Number);
        json.WriteString("plan", $"{plan.Plan.Hash}");
        json.WriteNumber("adoptedNs", plan.AdoptedNs);
        json.WriteOptional("readyNs", Time(plan.ReadyNs));
        json.WriteOptional("firstResultNs", Time(plan.FirstResultNs));
        WriteArray(json, "stages", plan.Plan.Stages, stage =>
        {
            json.WriteStartObject();
            json.WriteNumber("firstNode", stage.FirstNode);
            json.WriteNumber("lastNode", stage.LastNode);
            json.WriteNumber("computeNs", stage.ComputeNs);
            WriteArray(json, "boards", stage.Boards, id =>
                json.WriteNumberValue(story.Options.Boards.ToList().FindIndex(member => member.Id == id)));
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void WritePhase(Utf8JsonWriter json, Story story, StoryPhase phase)
    {
        json.WriteStartObject();
        json.WriteString("network", story.Networks[phase.Network]);
        json.WriteNumber("fromNs", phase.FromNs);
        json.WriteNumber("untilNs", phase.UntilNs);
        json.WriteOptional("plan", phase.Plan?.Number);
        json.WriteOptional("flowingFromNs", Time(phase.FlowNs));
        json.WriteOptional("framesPerSecond", Math.Round(phase.FramesPerSecond, 3));

        WriteLatencies(json, phase.LatenciesNs);
        json.WriteNumber("startedAgain", phase.StartedAgain);
        json.WriteEndObject();
    }

    private static void WriteLoss(Utf8JsonWriter json, Story story, StoryLoss loss)
    {
        json.WriteStartObject();
        json.WriteNumber("board", loss.Board);
        json.WriteString("network", story.Networks[loss.Network]);
        json.WriteNumber("atNs", loss.AtNs);
        json.WriteOptional("missedByAllNs", Time(loss.MissedNs));
        json.WriteOptional("flowingAgainNs", Time(loss.FlowNs));
        json.WriteEndObject();
    }


    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        json.WriteEndArray();
    }

    /// <summary>A time of a story; negative for what has not happened.</summary>
    private static long? Time(long ns) => ns < 0 ? null : ns;
}
