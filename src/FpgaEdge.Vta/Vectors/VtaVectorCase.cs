namespace FpgaEdge.Vta.Vectors;

/// <summary>Bytes of the suite's blob.</summary>
public readonly record struct VtaBlobRange(int Offset, int Length);

/// <summary>Initial contents of a part of DRAM: bytes of the blob, or a pseudo-random fill.</summary>
/// <param name="Address">Physical address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="BlobOffset">Where the bytes are in the blob, unless there is a seed.</param>
/// <param name="Seed">SplitMix64 seed of a fill.</param>
public readonly record struct VtaVectorSegment(uint Address, int Length, int BlobOffset, ulong? Seed);

/// <summary>Bytes a run must have written.</summary>
public readonly record struct VtaVectorPatch(uint Address, VtaBlobRange Bytes);

/// <summary>What a matrix multiplication or convolution case computes, for throughput figures.</summary>
/// <param name="Kind">matmul or conv.</param>
/// <param name="Macs">Multiply-accumulates.</param>
public sealed record VtaVectorWorkload(string Kind, long Macs);

/// <summary>One program with its initial and final DRAM.</summary>
public sealed record VtaVectorCase
{
    /// <summary>Unique within the suite.</summary>
    public required string Name { get; init; }

    /// <summary>Kind of program: sync, gemm, alu, load, store, edge, loops, fuzz, matmul, conv or error.</summary>
    public required string Group { get; init; }

    /// <summary>Bytes of DRAM, which starts as zero at the suite's base address.</summary>
    public required int DramSize { get; init; }

    /// <summary>Initial contents in order; later ones overwrite earlier ones.</summary>
    public required IReadOnlyList<VtaVectorSegment> Segments { get; init; }

    /// <summary>The instruction stream.</summary>
    public required VtaBlobRange Instructions { get; init; }

    /// <summary>Physical address of the stream.</summary>
    public required uint InstructionAddress { get; init; }

    /// <summary>Instructions in the stream.</summary>
    public required int InstructionCount { get; init; }

    /// <summary>Whether the program must be refused; there is no final state then.</summary>
    public bool ExpectError { get; init; }

    /// <summary>Whether only the hash of the final DRAM is known.</summary>
    public bool HashOnly { get; init; }

    /// <summary>Ranges that differ between initial and final DRAM.</summary>
    public IReadOnlyList<VtaVectorPatch> Patches { get; init; } = [];

    /// <summary>SHA-256 of the final DRAM in lower-case hexadecimal.</summary>
    public string? FinalSha256 { get; init; }

    /// <summary>Counters of the run.</summary>
    public VtaCounters? Counters { get; init; }

    /// <summary>Whether every implementation agrees on this program; null when not evaluated.</summary>
    public bool? HardwareSafe { get; init; }

    /// <summary>Whether the HLS model gives the same final DRAM; null when not run.</summary>
    public bool? HlsModelMatches { get; init; }

    /// <summary>Smallest distance in steps between writing an accumulator and touching it again in one instruction.
    /// </summary>
    public long? MinAccReuseDistance { get; init; }

    /// <summary>What is computed, where that has a name.</summary>
    public VtaVectorWorkload? Workload { get; init; }
}
