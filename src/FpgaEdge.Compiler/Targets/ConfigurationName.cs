using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler;

/// <summary>Reads the name under which a bitstream of a configuration is published.</summary>
internal static partial class ConfigurationName
{
    /// <summary>The configuration called, for example, 1x16_i8w8a32_15_15_18_17.</summary>
    /// <exception cref="VtaException">Another form, or an impossible configuration.</exception>
    public static VtaConfiguration Parse(string name)
    {
        Match match = Form().Match(name);
        if (!match.Success)
        {
            throw new VtaException(
                $"VTA configuration '{name}': expected a name like {VtaConfiguration.Pynq.BitstreamName}");
        }
        return new VtaConfiguration
        {
            LogBatch = Log(match, 1, name),
            LogBlock = Log(match, 2, name),
            LogInpWidth = Log(match, 3, name),
            LogWgtWidth = Log(match, 4, name),
            LogAccWidth = Log(match, 5, name),
            LogUopBufferSize = Number(match, 6),
            LogInpBufferSize = Number(match, 7),
            LogWgtBufferSize = Number(match, 8),
            LogAccBufferSize = Number(match, 9),
        }.EnsureFeasible();
    }

    private static int Number(Match match, int group) =>
        int.Parse(match.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Log(Match match, int group, string name)
    {
        int value = Number(match, group);
        return BitOperations.IsPow2(value)
            ? BitOperations.Log2((uint)value)
            : throw new VtaException($"VTA configuration '{name}': expected powers of two, found {value}");
    }

    [GeneratedRegex(@"^(\d{1,3})x(\d{1,3})_i(\d{1,2})w(\d{1,2})a(\d{1,2})_(\d{1,2})_(\d{1,2})_(\d{1,2})_(\d{1,2})$")]
    private static partial Regex Form();
}
