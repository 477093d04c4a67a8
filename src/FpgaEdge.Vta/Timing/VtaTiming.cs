namespace FpgaEdge.Vta;

/// <summary>
/// What decides how long a program takes on one board with one gateware. Cycles are of the accelerator's clock.
/// </summary>
public sealed record VtaTiming
{
    /// <summary>Zynq-7020 with the published bitstreams: 100 MHz, one 64-bit port into the ACP.</summary>
    public static VtaTiming Zynq7020 { get; } = new();

    /// <summary>Zynq UltraScale+ with the published bitstreams: 333 MHz, one 128-bit port.</summary>
    public static VtaTiming ZynqUltraScale { get; } = new() { ClockHz = 333_000_000, DmaBytesPerCycle = 16 };

    /// <summary>Clock. Source: SPEC section 5.3, core clock of the pynq design.</summary>
    public long ClockHz { get; init; } = 100_000_000;

    /// <summary>Bytes the shared memory port moves per cycle at best. Source: SPEC section 5.3, 64-bit bus.</summary>
    public int DmaBytesPerCycle { get; init; } = 8;

    /// <summary>Cycles from the request of a DRAM row to its first data.</summary>
    public int DmaReadLatencyCycles { get; init; } = 32;

    /// <summary>Cycles to set up the write of a DRAM row.</summary>
    public int DmaWriteLatencyCycles { get; init; } = 16;

    /// <summary>Cycles per GEMM step. Source: SPEC section 5.3, initiation interval 1.</summary>
    public int GemmCyclesPerStep { get; init; } = 1;

    /// <summary>Cycles per ALU step. Source: SPEC section 5.3, initiation interval 2.</summary>
    public int AluCyclesPerStep { get; init; } = 2;

    /// <summary>Cycles to start and drain the pipeline of a GEMM or ALU instruction.</summary>
    public int PipelineCycles { get; init; } = 16;

    /// <summary>Cycles per fetched instruction: 16 bytes over the port.</summary>
    public int FetchCyclesPerInstruction { get; init; } = 2;

    /// <summary>Commands a queue holds before fetch stalls. Source: SPEC section 4, depth of the HLS command FIFOs.
    /// </summary>
    public int CommandQueueDepth { get; init; } = 512;

    /// <summary>Duration of a number of cycles, in nanoseconds, rounded up.</summary>
    public long ToNanoseconds(long cycles) => checked((long)((((Int128)cycles * 1_000_000_000) + ClockHz - 1) / ClockHz));
}
