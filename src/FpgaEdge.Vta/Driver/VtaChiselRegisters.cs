namespace FpgaEdge.Vta;

/// <summary>Register map of the Chisel design with 32-bit addresses (SPEC section 5.2).</summary>
public static class VtaChiselRegisters
{
    /// <summary>Physical base on the DE10-Nano.</summary>
    public const uint De10NanoBase = 0xFF22_0000;

    /// <summary>Bytes the registers span.</summary>
    public const uint WindowBytes = 0x28;

    /// <summary>Launch and done bits.</summary>
    public const uint Control = 0x00;

    /// <summary>Cycles from launch to finish, latched at finish.</summary>
    public const uint CycleCounter = 0x04;

    /// <summary>Number of instructions to fetch.</summary>
    public const uint InstructionCount = 0x08;

    /// <summary>Physical address of the first instruction.</summary>
    public const uint InstructionAddress = 0x0C;

    /// <summary>OR-ed with micro-op addresses; kept 0.</summary>
    public const uint UopBase = 0x10;

    /// <summary>OR-ed with activation addresses; kept 0.</summary>
    public const uint InpBase = 0x14;

    /// <summary>OR-ed with weight addresses; kept 0.</summary>
    public const uint WgtBase = 0x18;

    /// <summary>OR-ed with accumulator addresses; kept 0.</summary>
    public const uint AccBase = 0x1C;

    /// <summary>OR-ed with output addresses; kept 0.</summary>
    public const uint OutBase = 0x20;

    /// <summary>Counts accumulator writes.</summary>
    public const uint UserCounter = 0x24;

    /// <summary>Control bit: its rising edge starts the program.</summary>
    public const uint Launch = 0x01;

    /// <summary>Control bit: the program is done; the hardware clears launch with it.</summary>
    public const uint Done = 0x02;

    /// <summary>Every register, with its name.</summary>
    internal static readonly (string Name, uint Offset)[] Dump =
    [
        ("control", Control),
        ("cycles", CycleCounter),
        ("insn_count", InstructionCount),
        ("insn_addr", InstructionAddress),
        ("uop_base", UopBase),
        ("inp_base", InpBase),
        ("wgt_base", WgtBase),
        ("acc_base", AccBase),
        ("out_base", OutBase),
        ("user_counter", UserCounter),
    ];
}
