using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>All boards at one moment, with the rates since the moment before; as a table or as one JSON object.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="members">Every board that is heard.</param>
/// <param name="before">What they said the last time, by identity.</param>
/// <param name="now">What they say now; a board that did not answer is missing.</param>
internal sealed class TopReport(
    string cluster, IReadOnlyList<Member> members, IReadOnlyDictionary<BoardId, BoardSample> before,
    IReadOnlyDictionary<BoardId, BoardSample> now)
{
    private const string Missing = "n/a";

    /// <summary>The table, with a line above it that sums up.</summary>
    public override string ToString()
    {
        var table = new TextTable(
            "board", "type", "stage", "network", "layers", "frames/s", "queue", "late", "cpu %", "MiB", "W", "\u00b0C", "accelerator");
        foreach (Member member in members)
        {
            table.Add(Row(member));
        }
        long[] watts = [.. now.Values.Where(sample => sample.PowerMicrowatts is not null).Select(sample => sample.PowerMicrowatts!.Value)];
        string power = watts.Length == 0 ? Missing : $"{watts.Sum() / 1e6:F2} W of {watts.Length}";
        return $"cluster {cluster}: {members.Count} boards, {now.Count} answered; power {power}\n\n{table}";
    }

    /// <summary>Writes the object's members.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("cluster", cluster);
        json.WriteStartArray("boards");
        foreach (Member member in members)
        {
            WriteJson(json, member);
        }
        json.WriteEndArray();
    }

    private string[] Row(Member member)
    {
        string name = BoardNames.NameOf(member);
        if (!now.TryGetValue(member.Id, out BoardSample? sample))
        {
            return [name, member.Board, "no answer", "", "", "", "", "", "", "", "", "", ""];
        }
        string Each(Func<(string Network, int Stage, int Stages, int FirstLayer, int Layers), string> part) =>
            sample.Stages.Count == 0 ? "-" : string.Join(", ", sample.Stages.Select(part));
        return
        [
            name, member.Board, Each(stage => $"{stage.Stage}/{stage.Stages}"), Each(stage => stage.Network),
            Each(stage => $"{stage.FirstLayer}-{stage.FirstLayer + stage.Layers - 1}"), Shown(FramesPerSecond(sample), "F1"),
            $"{sample.Waiting}", $"{sample.Missed}", Shown(ProcessorPercent(sample), "F0"), Shown(sample.ResidentBytes / 1048576.0, "F1"),
            Shown(sample.PowerMicrowatts / 1e6, "F2"), Shown(sample.TemperatureMillicelsius / 1e3, "F0"), sample.Accelerator,
        ];
    }

    private void WriteJson(Utf8JsonWriter json, Member member)
    {
        json.WriteStartObject();
        json.WriteString("name", member.Name);
        json.WriteString("id", $"{member.Id}");
        json.WriteString("board", member.Board);
        bool answered = now.TryGetValue(member.Id, out BoardSample? sample);
        json.WriteBoolean("answered", answered);
        if (answered)
        {
            json.WriteStartArray("stages");
            foreach ((string network, int stage, int stages, int firstLayer, int layers) in sample!.Stages)
            {
                json.WriteStartObject();
                json.WriteString("network", network);
                json.WriteNumber("stage", stage);
                json.WriteNumber("stages", stages);
                json.WriteNumber("firstLayer", firstLayer);
                json.WriteNumber("layers", layers);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteNumber("framesExecuted", sample.Frames);
            json.WriteOptional("framesPerSecond", Rounded(FramesPerSecond(sample)));
            json.WriteNumber("framesWaiting", sample.Waiting);
            json.WriteNumber("deadlinesMissed", sample.Missed);
            json.WriteOptional("processorPercent", Rounded(ProcessorPercent(sample)));
            json.WriteOptional("residentBytes", sample.ResidentBytes);
            json.WriteOptional("powerMicrowatts", sample.PowerMicrowatts);
            json.WriteOptional("temperatureMillicelsius", sample.TemperatureMillicelsius);
            json.WriteString("accelerator", sample.Accelerator);
        }
        json.WriteEndObject();
    }

    private double? FramesPerSecond(BoardSample sample) => Rate(sample, earlier => sample.Frames - earlier.Frames);

    /// <summary>Of one core: 200 are two busy ones.</summary>
    private double? ProcessorPercent(BoardSample sample) =>
        Rate(sample, earlier => sample.ProcessorMilliseconds - earlier.ProcessorMilliseconds) / 10;

    /// <summary>Per second of the board's own clock; null without an earlier sample of the same start of the board.</summary>
    private double? Rate(BoardSample sample, Func<BoardSample, long> change) =>
        before.TryGetValue(sample.Board.Id, out BoardSample? earlier) && earlier.Board.Incarnation == sample.Board.Incarnation
            && sample.ClockNs > earlier.ClockNs
            ? change(earlier) / ((sample.ClockNs - earlier.ClockNs) / 1e9)
            : null;

    private static double? Rounded(double? value) => value is double known ? Math.Round(known, 2) : null;

    private static string Shown(double? value, string format) => value?.ToString(format) ?? Missing;
}
