using System.Text.Json;
using FpgaEdge.Compiler;

namespace FpgaEdge.Cli.Commands.Plans;

/// <summary>
/// What <c>bench board</c> measured on one board, or on this machine in its place. Plans that are given it use it instead
/// of the model's constants for boards of that kind.
/// </summary>
/// <param name="Board">Kind of board that it stands for, as in <c>--boards</c>.</param>
/// <param name="Machine">What was measured, for people.</param>
/// <param name="Accelerator">"hardware" or "functional simulator".</param>
/// <param name="MacsPerSecond">Of an ordinary int8 convolution on one core.</param>
/// <param name="DepthwiseMacsPerSecond">Of a depth-wise one.</param>
/// <param name="CopyBytesPerSecond">Bytes moved in memory by one core.</param>
/// <param name="UdpBytesPerSecond">Payload through a socket in datagrams of the cluster's size.</param>
/// <param name="AcceleratorTimeRatio">Measured time of a program over its modelled time.</param>
internal sealed record BoardProfile(
    string Board, string Machine, string Accelerator, long MacsPerSecond, long DepthwiseMacsPerSecond, long CopyBytesPerSecond,
    long UdpBytesPerSecond, double AcceleratorTimeRatio)
{
    private const long Thousand = 1000;

    /// <summary>The file's name; empty for a profile that was just measured.</summary>
    public string File { get; init; } = "";

    /// <summary>Reads a profile.</summary>
    /// <exception cref="CliException">The file is not one.</exception>
    public static BoardProfile Read(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
            JsonElement root = json.RootElement;
            JsonElement measured = root.GetProperty("measured");
            if (root.GetProperty("schema").GetInt32() != 1)
            {
                throw new FormatException("schema 1 expected");
            }
            var profile = new BoardProfile(
                root.GetProperty("board").GetString()!, root.GetProperty("machine").GetString()!,
                root.GetProperty("accelerator").GetString()!, measured.GetProperty("macsPerSecond").GetInt64(),
                measured.GetProperty("depthwiseMacsPerSecond").GetInt64(), measured.GetProperty("copyBytesPerSecond").GetInt64(),
                measured.GetProperty("udpBytesPerSecond").GetInt64(), measured.GetProperty("acceleratorTimeRatio").GetDouble())
            {
                File = Path.GetFileName(file),
            };
            bool sensible = profile.MacsPerSecond > 0 && profile.DepthwiseMacsPerSecond > 0 && profile.CopyBytesPerSecond > 0
                && profile.UdpBytesPerSecond > 0 && profile.AcceleratorTimeRatio is > 1e-6 and < 1e6;
            return sensible ? profile : throw new FormatException("a figure is not positive");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            string reason = e is KeyNotFoundException ? "a figure is missing" : e.Message.ReplaceLineEndings(" ");
            throw new CliException(ExitCode.BadInputFile,
                $"{file}: expected a profile as 'fpgaedge bench board --output FILE' writes it; {reason}");
        }
    }

    /// <summary>The target with measured figures where the board is of this kind.</summary>
    public StageTarget Apply(StageTarget target) => target.Board != Board ? target : target with
    {
        Cpu = target.Cpu with
        {
            Name = $"{Machine}, measured",
            MacMillicycles = Millicycles(target.Cpu.ClockHz, MacsPerSecond),
            DepthwiseMacMillicycles = Millicycles(target.Cpu.ClockHz, DepthwiseMacsPerSecond),
            CopyMillicycles = Millicycles(target.Cpu.ClockHz, CopyBytesPerSecond),
        },
        Timing = target.Timing with { ClockHz = Math.Max(1, (long)(target.Timing.ClockHz / AcceleratorTimeRatio)) },
    };

    /// <summary>The file's content.</summary>
    public void WriteJson(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("board", Board);
        writer.WriteString("machine", Machine);
        writer.WriteString("accelerator", Accelerator);
        writer.WriteStartObject("measured");
        writer.WriteNumber("macsPerSecond", MacsPerSecond);
        writer.WriteNumber("depthwiseMacsPerSecond", DepthwiseMacsPerSecond);
        writer.WriteNumber("copyBytesPerSecond", CopyBytesPerSecond);
        writer.WriteNumber("udpBytesPerSecond", UdpBytesPerSecond);
        writer.WriteNumber("acceleratorTimeRatio", Math.Round(AcceleratorTimeRatio, 6));
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static int Millicycles(long clockHz, long perSecond) =>
        (int)Math.Clamp(clockHz * Thousand / perSecond, 1, int.MaxValue);
}
