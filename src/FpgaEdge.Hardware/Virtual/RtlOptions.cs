using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>How the gateware is built for simulation, and the memory it is simulated with. Latencies are in cycles of
/// the accelerator's clock.</summary>
public sealed record RtlOptions
{
    /// <summary>AXI4 masters that loads are spread over, 1 or 2.</summary>
    public int Ports { get; init; } = 1;

    /// <summary>Dot products at twice the clock, two rows of the batch per multiplier; null: where a GEMM has more than
    /// the 256 products that 128 multipliers do at one clock.</summary>
    public bool? DoublePump { get; init; }

    /// <summary>From an accepted read request to its first beat.</summary>
    public int ReadLatencyCycles { get; init; } = 32;

    /// <summary>From the last beat of a write burst to its acknowledgement.</summary>
    public int WriteLatencyCycles { get; init; } = 32;

    /// <summary>Idle cycles of a read port between bursts of 128 bytes.</summary>
    public int BurstGapCycles { get; init; }

    /// <summary>Not 0: latencies, gaps and back-pressure are random, from this seed.</summary>
    public int Seed { get; init; }

    /// <summary>Not 0: number of a planted fault, in a build that has them.</summary>
    public int Fault { get; init; }

    /// <summary>Cycles without any progress after which a run counts as stuck.</summary>
    public int IdleLimitCycles { get; init; } = 5_000;

    /// <summary>Most cycles of one run.</summary>
    public long MaxCycles { get; init; } = 10_000_000_000;

    /// <summary>Whether a configuration is built with dot products at twice the clock.</summary>
    public bool IsDoublePumped(VtaConfiguration configuration) =>
        DoublePump ?? (configuration.LogBatch > 0 && configuration.MacsPerGemm > 256);
}
