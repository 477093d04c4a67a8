namespace FpgaEdge.Vta;

/// <summary>Which of the disagreeing references the simulator follows (SPEC section 9).</summary>
public enum VtaSemantics
{
    /// <summary>The reference functional simulator, with which the published vectors were made.</summary>
    Reference,

    /// <summary>The synthesised hardware, as far as it is defined; reliance on the rest is reported.</summary>
    Hardware,
}

/// <summary>Which instructions of the processor the simulator uses. All give the same bits.</summary>
public enum VtaKernel
{
    /// <summary>The widest this processor has.</summary>
    Automatic,

    /// <summary>No vectors.</summary>
    Scalar,

    /// <summary>128-bit vectors, on x86 and 64-bit ARM.</summary>
    Vector128,

    /// <summary>AVX2.</summary>
    Avx2,

    /// <summary>AVX-512BW.</summary>
    Avx512,
}

/// <summary>How a simulator behaves.</summary>
public sealed record VtaSimulatorOptions
{
    /// <summary>Reference semantics, the fastest kernel of this processor.</summary>
    public static VtaSimulatorOptions Default { get; } = new();

    /// <summary>Whose behaviour is followed.</summary>
    public VtaSemantics Semantics { get; init; }

    /// <summary>Instructions used; a narrower kind stands in where the block is smaller than a vector.</summary>
    public VtaKernel Kernel { get; init; }

    /// <summary>Most GEMM and ALU steps one run may execute. A random program can ask for 10^12 of them; a program
    /// above the limit is refused before it starts. The default is 500 times ResNet-18.</summary>
    public long MaxSteps { get; init; } = 1L << 32;
}

/// <summary>One reliance of a program on behaviour that real bitstreams do not share.</summary>
/// <param name="InstructionIndex">Instruction that relies on it.</param>
/// <param name="Issue">Kind.</param>
/// <param name="Detail">What happens on which hardware.</param>
public sealed record VtaPortabilityNote(int InstructionIndex, VtaPortabilityIssue Issue, string Detail);

/// <summary>Kinds of behaviour that differ between the simulators and the bitstreams (SPEC section 9).</summary>
public enum VtaPortabilityIssue
{
    /// <summary>A STORE reads lines whose last writer was not a GEMM or ALU, so the output buffer holds other data.
    /// </summary>
    StaleOutput,

    /// <summary>A shift amount outside what every design can do.</summary>
    ShiftRange,

    /// <summary>Multiplication exists in simulators only.</summary>
    Multiply,

    /// <summary>8-bit accumulator loads exist in simulators only.</summary>
    Acc8Load,

    /// <summary>Padding of a memory that bitstreams do not pad.</summary>
    Padding,

    /// <summary>Two-dimensional micro-op load.</summary>
    TwoDimensionalUopLoad,

    /// <summary>A size or iteration count of zero that designs treat differently.</summary>
    ZeroExtent,

    /// <summary>An accumulator is touched again before the pipeline has written it.</summary>
    AccumulatorReuse,

    /// <summary>A micro-op index uses bits that hardware decodes differently.</summary>
    MicroOpDecode,

    /// <summary>More tokens than a dependency queue of some hardware holds.</summary>
    TokenDepth,

    /// <summary>The program deadlocks where command queues are bounded and fetch is in order.</summary>
    CommandQueueDepth,

    /// <summary>Tokens remain for the next program to trip over.</summary>
    TokensLeft,
}

/// <summary>Outcome of one run.</summary>
/// <param name="Counters">What was moved and computed.</param>
/// <param name="Portability">Empty in reference semantics.</param>
/// <param name="PeakTokens">Most tokens each dependency queue held.</param>
/// <param name="TokensLeft">Tokens that remain, and that the next run starts with.</param>
/// <param name="Measured">Counters of the gateware; null where nothing was measured.</param>
public sealed record VtaRunResult(
    VtaCounters Counters,
    IReadOnlyList<VtaPortabilityNote> Portability,
    VtaTokens PeakTokens,
    VtaTokens TokensLeft,
    VtaMeasuredCycles? Measured = null);
