using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>Whether the loaded accelerator is the one that the board file describes.</summary>
public static class AcceleratorCheck
{
    /// <summary>Reads the accelerator's identification and compares it, parameter by parameter.</summary>
    /// <returns>What it is, in words.</returns>
    /// <exception cref="HardwareException">It is another one: programs made for the board file would compute
    /// nonsense.</exception>
    public static string Require(BoardDescription board, IRegisterWindow registers)
    {
        VtaConfiguration expected = board.Accelerator.Configuration;
        if (VtaFingerprint.Read(registers) is not VtaConfiguration found)
        {
            return $"{expected.BitstreamName}, not verified: the loaded design has no identification";
        }
        IReadOnlyList<string> differences = VtaFingerprint.Differences(expected, found);
        return differences.Count == 0
            ? $"{expected.BitstreamName}, identified"
            : throw new HardwareException(
                $"the loaded accelerator is not the one of {board.Name}: {string.Join("; ", differences)}; load {expected.BitstreamName} " +
                "(fpgaedged --bitstream FILE), or give the --board file of the one that is loaded");
    }
}
