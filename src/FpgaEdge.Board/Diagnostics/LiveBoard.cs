using System.Text.Json;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>The board whose program answers commands itself: what only a running <c>fpgaedged</c> knows and can do.</summary>
/// <param name="board">The board.</param>
/// <param name="memory">Its registers and its DMA window.</param>
/// <param name="accelerator">What uses them.</param>
/// <param name="meter">Its power; null without monitors that make up a total.</param>
/// <param name="runtime">Its frames.</param>
/// <param name="log">Its log.</param>
/// <param name="hasKey">Whether whoever asks has the cluster's key.</param>
internal sealed class LiveBoard(
    BoardDescription board, BoardMemory memory, BoardAccelerator accelerator, EnergyMeter? meter, BoardRuntime runtime, BoardLog log,
    bool hasKey)
{
    /// <summary>Its power; null without monitors that make up a total.</summary>
    public EnergyMeter? Meter => meter;

    /// <summary>Escaped, the worst of these characters take six bytes each.</summary>
    private const int MostLogCharacters = 12_000;

    private const int DefaultLines = 40;

    private readonly TemperatureSensor temperature = new();

    /// <summary>Writes the "live" object of a status.</summary>
    public void WriteStatus(Utf8JsonWriter json)
    {
        json.WriteStartObject("live");
        runtime.WriteStatus(json);
        json.WriteString("accelerator", accelerator.HasGivenUp ? "given up on" : runtime.Load.Executing > 0 ? "busy" : "idle");
        json.WriteNumber("processorMilliseconds", (long)Environment.CpuUsage.TotalTime.TotalMilliseconds);
        json.WriteOptional("residentBytes", ResidentBytes());
        json.WriteOptional("powerMicrowatts", meter?.Watts is double watts ? (long)(watts * 1e6) : null);
        // A virtual board has no chip; this machine's is another one.
        json.WriteOptional("temperatureMillicelsius", board.Access == MemoryAccess.Physical ? temperature.ReadMillicelsius() : null);
        json.WriteEndObject();
    }

    /// <summary>Writes log lines: the last ones, or those from a number on.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="from">Number of the first line, as text; empty for the last ones.</param>
    public void WriteLog(Utf8JsonWriter json, string from)
    {
        (string text, long first, long next) = log.Read(long.TryParse(from, out long number) ? number : -DefaultLines, MostLogCharacters);
        json.WriteNumber("first", first);
        json.WriteNumber("next", next);
        json.WriteString("log", text);
    }

    /// <summary>The power-up test again, between frames.</summary>
    /// <exception cref="HardwareException">There are frames, or whoever asks could be anybody.</exception>
    public SelfTest TestItself()
    {
        if (!hasKey)
        {
            throw new HardwareException(
                "expected a cluster key, because without one anybody could ask for this; start fpgaedged with --key-file");
        }
        int validated = 0;
        int all = 0;
        meter?.Visit(rail =>
        {
            all++;
            validated += rail.State == RailState.Validated ? 1 : 0;
        });
        SelfTest result = runtime.Alone(() => SelfTest.Run(board, memory, (validated, all), accelerator));
        log.Write("self-test", ("text", result.Verdict));
        return result;
    }

    /// <summary>proc(5): the second number of statm is resident pages.</summary>
    private static long? ResidentBytes() =>
        OperatingSystem.IsLinux() && File.ReadAllText("/proc/self/statm").Split(' ') is [_, string pages, ..]
            && long.TryParse(pages, out long count)
            ? count * Environment.SystemPageSize
            : null;
}
