namespace FpgaEdge.Vta;

/// <summary>Register map of the HLS design: four AXI-lite slaves of 4 KiB each, here as offsets from the first, the
/// fetch module's (SPEC section 5.1).</summary>
public static class VtaRegisters
{
    /// <summary>Physical base of the fetch block on Zynq-7000.</summary>
    public const uint Zynq7000Base = 0x43C0_0000;

    /// <summary>Physical base of the fetch block on Zynq UltraScale+.</summary>
    public const uint ZynqUltraScaleBase = 0xA000_0000;

    /// <summary>Bytes the four blocks span.</summary>
    public const uint WindowBytes = 0x4000;

    /// <summary>Control register of the fetch module.</summary>
    public const uint FetchControl = 0x0000;

    /// <summary>Number of instructions to fetch.</summary>
    public const uint FetchInstructionCount = 0x0010;

    /// <summary>Physical address of the first instruction.</summary>
    public const uint FetchInstructionAddress = 0x0018;

    /// <summary>Control register of the load module.</summary>
    public const uint LoadControl = 0x1000;

    /// <summary>Added to activation addresses; kept 0.</summary>
    public const uint LoadInpBase = 0x1010;

    /// <summary>Added to weight addresses; kept 0.</summary>
    public const uint LoadWgtBase = 0x1018;

    /// <summary>Control register of the compute module.</summary>
    public const uint ComputeControl = 0x2000;

    /// <summary>Write side of the done flag.</summary>
    public const uint ComputeDoneWrite = 0x2010;

    /// <summary>Read side of the done flag: 1 when FINISH has executed.</summary>
    public const uint ComputeDone = 0x2018;

    /// <summary>Added to micro-op addresses; kept 0.</summary>
    public const uint ComputeUopBase = 0x2020;

    /// <summary>Added to accumulator addresses; kept 0.</summary>
    public const uint ComputeAccBase = 0x2028;

    /// <summary>Control register of the store module.</summary>
    public const uint StoreControl = 0x3000;

    /// <summary>Added to output addresses; kept 0.</summary>
    public const uint StoreOutBase = 0x3010;

    /// <summary>Control bit: start.</summary>
    public const uint Start = 0x01;

    /// <summary>Control bit: done, cleared by reading in hardware.</summary>
    public const uint Done = 0x02;

    /// <summary>Control bit: idle.</summary>
    public const uint Idle = 0x04;

    /// <summary>Control bit: ready for the next start.</summary>
    public const uint Ready = 0x08;

    /// <summary>Control bit: restart when done.</summary>
    public const uint AutoRestart = 0x80;

    /// <summary>Every register worth showing when something is wrong, with its name.</summary>
    internal static readonly (string Name, uint Offset)[] Dump =
    [
        ("fetch.control", FetchControl),
        ("fetch.insn_count", FetchInstructionCount),
        ("fetch.insn_addr", FetchInstructionAddress),
        ("load.control", LoadControl),
        ("load.inp_base", LoadInpBase),
        ("load.wgt_base", LoadWgtBase),
        ("compute.control", ComputeControl),
        ("compute.done", ComputeDone),
        ("compute.uop_base", ComputeUopBase),
        ("compute.acc_base", ComputeAccBase),
        ("store.control", StoreControl),
        ("store.out_base", StoreOutBase),
    ];
}
