using System.Text.Json;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Reports;

/// <summary>What one board said of itself at one moment; null where it does not measure something.</summary>
internal sealed record BoardSample(Member Board)
{
    /// <summary>The board's clock, ns; only differences mean something.</summary>
    public long ClockNs { get; init; }

    /// <summary>Stages it runs, as "network 1/4, layers 0-2".</summary>
    public IReadOnlyList<(string Network, int Stage, int Stages, int FirstLayer, int Layers)> Stages { get; init; } = [];

    /// <summary>Frames executed since its start.</summary>
    public long Frames { get; init; }

    /// <summary>Frames that wait for compute.</summary>
    public long Waiting { get; init; }

    /// <summary>Frames that missed their deadline here.</summary>
    public long Missed { get; init; }

    /// <summary>Time on processors, ms, of all its threads since its start.</summary>
    public long ProcessorMilliseconds { get; init; }

    /// <summary>Memory in use by its program.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Power of the board.</summary>
    public long? PowerMicrowatts { get; init; }

    /// <summary>Temperature of the chip.</summary>
    public long? TemperatureMillicelsius { get; init; }

    /// <summary>"idle", "busy" or "given up on".</summary>
    public string Accelerator { get; init; } = "";

    /// <summary>Reads a board's answer to <c>status</c>.</summary>
    /// <param name="board">Who answered.</param>
    /// <param name="answer">The answer; null or empty when none came.</param>
    /// <returns>Null where the board did not say.</returns>
    public static BoardSample? Read(Member board, string? answer)
    {
        if (string.IsNullOrEmpty(answer))
        {
            return null;
        }
        using JsonDocument document = JsonDocument.Parse(answer);
        if (!document.RootElement.TryGetProperty("live", out JsonElement live))
        {
            return null;
        }
        long Number(string name) => live.GetProperty(name).GetInt64();
        long? Optional(string name) => live.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;
        return new BoardSample(board)
        {
            ClockNs = Number("clockNs"),
            Stages = [.. live.GetProperty("stages").EnumerateArray().Select(stage => (
                stage.GetProperty("network").GetString()!, stage.GetProperty("stage").GetInt32(), stage.GetProperty("stages").GetInt32(),
                stage.GetProperty("firstLayer").GetInt32(), stage.GetProperty("layers").GetInt32()))],
            Frames = Number("framesExecuted"),
            Waiting = Number("framesWaiting"),
            Missed = Number("deadlinesMissed"),
            ProcessorMilliseconds = Number("processorMilliseconds"),
            ResidentBytes = Optional("residentBytes"),
            PowerMicrowatts = Optional("powerMicrowatts"),
            TemperatureMillicelsius = Optional("temperatureMillicelsius"),
            Accelerator = live.GetProperty("accelerator").GetString()!,
        };
    }
}
