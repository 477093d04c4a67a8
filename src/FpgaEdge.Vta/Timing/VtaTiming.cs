namespace FpgaEdge.Vta;

/// <summary>
/// What decides how long a program takes on one board with one gateware. Cycles are of the accelerator's clock. The
/// constants that no document states were fitted to published figures; docs/ACCELERATOR.md says how well.
/// </summary>
public sealed record VtaTiming
{
    /// <summary>Zynq-7020 with the published bitstreams: 100 MHz, one 64-bit port into the ACP.</summary>
    public static VtaTiming Zynq7020 { get; } = new();

    /// <summary>Zynq UltraScale+ with the published bitstreams: 333 MHz, one 128-bit port with bursts of 16 beats.
    /// Latencies are those of the Zynq-7020 in nanoseconds; 12 cycles per ALU step are fitted, and with them the ten
    /// layers of ResNet-18 come within 7 % of the published tuning log of an Ultra96.</summary>
    public static VtaTiming ZynqUltraScale { get; } = new()
    {
        ClockHz = 333_000_000,
        DmaBytesPerCycle = 16,
        DmaReadLatencyCycles = 107,
        DmaWriteLatencyCycles = 107,
        DmaBurstBytes = 256,
        AluCyclesPerStep = 12,
    };

    /// <summary>This project's gateware (docs/GATEWARE.md) at 100 MHz with one 64-bit port. Steps take one cycle, and
    /// reads overlap; what an instruction costs beyond that is <see cref="Timing.GatewareCost"/>.</summary>
    public static VtaTiming Gateware { get; } = new() { GatewarePorts = 1, AluCyclesPerStep = 1, PipelineCycles = 9 };

    /// <summary>The same with two ports.</summary>
    public static VtaTiming GatewareTwoPorts { get; } = Gateware with { GatewarePorts = 2, DmaBytesPerCycle = 16 };

    /// <summary>0: the published designs. 1 or 2: this project's gateware with so many ports for loads.</summary>
    public int GatewarePorts { get; init; }

    /// <summary>Clock. Source: SPEC section 5.3, core clock of the pynq design.</summary>
    public long ClockHz { get; init; } = 100_000_000;

    /// <summary>Bytes the shared memory port moves per cycle at best. Source: SPEC section 5.3, 64-bit bus.</summary>
    public int DmaBytesPerCycle { get; init; } = 8;

    /// <summary>Cycles from the request of a DRAM row to its first data. Fitted: the 1x1 layers of ResNet-18, whose
    /// rows are short, come within 15 % of the roofline figure.</summary>
    public int DmaReadLatencyCycles { get; init; } = 32;

    /// <summary>Cycles to set up and acknowledge the write of a DRAM row. Fitted together with reads.</summary>
    public int DmaWriteLatencyCycles { get; init; } = 32;

    /// <summary>Longest burst on the memory port: 16 beats, the default of the HLS master.</summary>
    public int DmaBurstBytes { get; init; } = 128;

    /// <summary>Cycles between the bursts of a row. 0 means that enough requests are outstanding; about 16 reproduces
    /// the published figures of the layers with many weights, and misses the firm total.</summary>
    public int DmaBurstGapCycles { get; init; }

    /// <summary>Cycles per GEMM step. Source: SPEC section 5.3, initiation interval 1.</summary>
    public int GemmCyclesPerStep { get; init; } = 1;

    /// <summary>Cycles per ALU step. Source: SPEC section 5.3, initiation interval 2.</summary>
    public int AluCyclesPerStep { get; init; } = 2;

    /// <summary>Cycles to start and drain the pipeline of a GEMM or ALU instruction. Estimate; below 1 % of any layer.
    /// </summary>
    public int PipelineCycles { get; init; } = 16;

    /// <summary>Cycles per fetched instruction: 16 bytes over the port.</summary>
    public int FetchCyclesPerInstruction { get; init; } = 2;

    /// <summary>Commands a queue holds before fetch stalls. Source: SPEC section 4, depth of the HLS command FIFOs.
    /// </summary>
    public int CommandQueueDepth { get; init; } = 512;

    /// <summary>Cycles the memory port is taken by consecutive bytes, without the latency of the request.</summary>
    public long BurstCycles(long bytes)
    {
        long bursts = (bytes + DmaBurstBytes - 1) / DmaBurstBytes;
        return ((bytes + DmaBytesPerCycle - 1) / DmaBytesPerCycle) + (Math.Max(0, bursts - 1) * DmaBurstGapCycles);
    }

    /// <summary>Duration of a number of cycles, in nanoseconds, rounded up.</summary>
    public long ToNanoseconds(long cycles) =>
        checked((long)((((Int128)cycles * 1_000_000_000) + ClockHz - 1) / ClockHz));
}
