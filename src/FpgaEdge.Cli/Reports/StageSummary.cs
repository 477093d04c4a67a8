using System.Collections.Immutable;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>What one stage did over many frames; means unless said otherwise.</summary>
/// <param name="Stage">Number of the stage, from 0.</param>
/// <param name="Boards">Identities of its boards.</param>
/// <param name="Names">Their names, in the same order.</param>
/// <param name="FirstNode">First layer.</param>
/// <param name="LastNode">One past the last layer.</param>
/// <param name="Frames">Frames that were executed.</param>
/// <param name="ModelledNs">Time that the accelerator's cycle model gives; null where there is none.</param>
/// <param name="MeasuredNs">Measured time of execution.</param>
/// <param name="QueueNs">Measured time of waiting on the board.</param>
/// <param name="BytesIn">Bytes of its input tensors.</param>
/// <param name="BytesOut">Bytes of its output tensors.</param>
/// <param name="EnergyNanojoules">Energy of its board during a frame: the mean power of the frames that were followed as a
/// whole, times the mean time of all (long frames have more gaps, so their own mean would be too small); null where none
/// was.</param>
/// <param name="EnergyFrames">Frames whose energy is known.</param>
internal sealed record StageSummary(
    int Stage, ImmutableArray<BoardId> Boards, ImmutableArray<string> Names, int FirstNode, int LastNode, int Frames,
    long? ModelledNs, long MeasuredNs, long QueueNs, int BytesIn, int BytesOut, long? EnergyNanojoules, int EnergyFrames)
{
    /// <summary>What a board says that did not measure.</summary>
    private const long Unknown = -1;

    /// <summary>Layers of the integer graph.</summary>
    public int Layers => LastNode - FirstNode;

    /// <summary>Sums up the frames that were executed under this plan.</summary>
    public static ImmutableArray<StageSummary> Of(ClientPlan plan, IEnumerable<FrameOutcome> outcomes, BoardNames names)
    {
        FrameOutcome[] frames = [.. outcomes.Where(frame => frame.Plan == plan.Hash && frame.Stages.Length == plan.Stages.Length)];
        return [.. plan.Stages.Select((stage, index) => Sum(stage, index, names, [.. frames.Select(frame => frame.Stages[index])]))];
    }

    /// <summary>The table that people see.</summary>
    public static string Table(ImmutableArray<StageSummary> stages)
    {
        var table = new TextTable("stage", "board", "layers", "modelled ms", "measured ms", "energy mJ", "bytes out");
        foreach (StageSummary stage in stages)
        {
            table.Add(
                $"{stage.Stage + 1}", string.Join(",", stage.Names), $"{stage.Layers}",
                stage.ModelledNs is long ns ? $"{ns / 1e6:F3}" : "n/a", stage.Frames > 0 ? $"{stage.MeasuredNs / 1e6:F3}" : "n/a",
                stage.EnergyNanojoules is long energy ? $"{energy / 1e6:F3}" : "n/a", $"{stage.BytesOut}");
        }
        return table.ToString();
    }

    /// <summary>The "stages" array of a report.</summary>
    public static void WriteJson(Utf8JsonWriter json, ImmutableArray<StageSummary> stages)
    {
        json.WriteStartArray("stages");
        foreach (StageSummary stage in stages)
        {
            stage.WriteJson(json);
        }
        json.WriteEndArray();
    }

    private static StageSummary Sum(ClientStage stage, int index, BoardNames names, StageStatistics[] frames)
    {
        long Mean(Func<StageStatistics, long> value) => frames.Length == 0 ? 0 : (long)frames.Average(value);
        bool modelled = frames.Length > 0 && frames.All(frame => frame.ModelledNs >= 0);
        StageStatistics[] followed = [.. frames.Where(frame => frame.EnergyNanojoules != Unknown && frame.ComputeNs > 0)];
        double watts = followed.Sum(frame => (double)frame.EnergyNanojoules) / Math.Max(1, followed.Sum(frame => frame.ComputeNs));
        return new StageSummary(
            index, stage.Boards, [.. stage.Boards.Select(names.Of)], stage.FirstNode, stage.LastNode, frames.Length,
            modelled ? Mean(frame => frame.ModelledNs) : null, Mean(frame => frame.ComputeNs), Mean(frame => frame.QueueNs),
            stage.InputBytes, stage.OutputBytes,
            followed.Length > 0 ? (long)(watts * frames.Average(frame => frame.ComputeNs)) : null, followed.Length);
    }

    private void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("stage", Stage + 1);
        json.WriteStartArray("boards");
        foreach (BoardId board in Boards)
        {
            json.WriteStringValue($"{board}");
        }
        json.WriteEndArray();
        json.WriteStartArray("boardNames");
        foreach (string name in Names)
        {
            json.WriteStringValue(name);
        }
        json.WriteEndArray();
        json.WriteNumber("firstLayer", FirstNode);
        json.WriteNumber("layers", Layers);
        json.WriteNumber("frames", Frames);
        json.WriteOptional("modelledNs", ModelledNs);
        json.WriteOptional("measuredNs", Frames > 0 ? MeasuredNs : null);
        json.WriteOptional("queueNs", Frames > 0 ? QueueNs : null);
        json.WriteOptional("energyNanojoules", EnergyNanojoules);
        json.WriteNumber("energyFrames", EnergyFrames);
        json.WriteNumber("bytesIn", BytesIn);
        json.WriteNumber("bytesOut", BytesOut);
        json.WriteEndObject();
    }
}
