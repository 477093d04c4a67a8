using System.Text.Json;

namespace FpgaEdge.Cli.Reports;

/// <summary>Measured times of the parts of a command.</summary>
internal sealed class PhaseTimes
{
    private readonly List<(string Name, TimeSpan Elapsed)> phases = [];
    private long start = TimeProvider.System.GetTimestamp();

    /// <summary>What went on since the last call (or the beginning) was this.</summary>
    public void End(string name)
    {
        phases.Add((name, TimeProvider.System.GetElapsedTime(start)));
        start = TimeProvider.System.GetTimestamp();
    }

    /// <summary>The "seconds" object of a report.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("seconds");
        foreach ((string name, TimeSpan elapsed) in phases)
        {
            json.WriteNumber(name, Math.Round(elapsed.TotalSeconds, 3));
        }
        json.WriteEndObject();
    }

    /// <inheritdoc />
    public override string ToString() =>
        string.Join(", ", phases.Select(phase => $"{phase.Name} {phase.Elapsed.TotalSeconds:F1} s"));
}
