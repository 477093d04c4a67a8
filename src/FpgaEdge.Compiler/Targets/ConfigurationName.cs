using System.Globalization;
using System.Numerics;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler;

/// <summary>Reads the name under which a bitstream of a configuration is published.</summary>
internal static class ConfigurationName
{
    private const int NumberCount = 9;
    private const int MostDigits = 3;

    /// <summary>The configuration called, for example, 1x16_i8w8a32_15_15_18_17.</summary>
    /// <exception cref="VtaException">Another form, or an impossible configuration.</exception>
    public static VtaConfiguration Parse(string name)
    {
        string[] numbers = name.Split(['x', '_', 'i', 'w', 'a'], StringSplitOptions.RemoveEmptyEntries);
        if (numbers.Length != NumberCount || !numbers.All(IsNumber))
        {
            throw WrongForm(name);
        }
        var configuration = new VtaConfiguration
        {
            LogBatch = Log(numbers[0], name),
            LogBlock = Log(numbers[1], name),
            LogInpWidth = Log(numbers[2], name),
            LogWgtWidth = Log(numbers[3], name),
            LogAccWidth = Log(numbers[4], name),
            LogUopBufferSize = Number(numbers[5]),
            LogInpBufferSize = Number(numbers[6]),
            LogWgtBufferSize = Number(numbers[7]),
            LogAccBufferSize = Number(numbers[8]),
        };
        // Said back, it is the same name, or the letters between the numbers were others.
        return configuration.BitstreamName == name ? configuration.EnsureFeasible() : throw WrongForm(name);
    }

    private static VtaException WrongForm(string name) => new(
        $"VTA configuration '{name}': expected a name like {VtaConfiguration.Pynq.BitstreamName}");

    private static bool IsNumber(string text) => text.Length <= MostDigits && text.All(char.IsAsciiDigit);

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Log(string text, string name)
    {
        int value = Number(text);
        return BitOperations.IsPow2(value)
            ? BitOperations.Log2((uint)value)
            : throw new VtaException($"VTA configuration '{name}': expected powers of two, found {value}");
    }
}
