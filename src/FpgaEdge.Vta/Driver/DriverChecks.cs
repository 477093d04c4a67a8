using System.Globalization;

namespace FpgaEdge.Vta;

/// <summary>What every driver asks of a program before it touches the hardware, and shows when that does not
/// answer.</summary>
internal static class DriverChecks
{
    public static void Program(uint instructionAddress, int instructionCount)
    {
        if (instructionCount <= 0)
        {
            throw new VtaException($"expected at least one instruction, found {instructionCount}");
        }
        if (instructionAddress % 16 != 0)
        {
            throw new VtaException($"instruction address 0x{instructionAddress:X8}: expected a multiple of 16");
        }
    }

    public static string Dump(IRegisterWindow registers, (string Name, uint Offset)[] names) => string.Join(' ',
        names.Select(register => string.Create(
            CultureInfo.InvariantCulture, $"{register.Name}=0x{registers.Read(register.Offset):X}")));
}
