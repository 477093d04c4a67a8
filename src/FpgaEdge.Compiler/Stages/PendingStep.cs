namespace FpgaEdge.Compiler.Stages;

/// <summary>Kinds of steps, as in <see cref="StageStep"/>.</summary>
internal enum StepKind
{
    Program,
    Kernel,
    BlockedKernel,
    ToBlocked,
    ToDense,
    Pack,
    Requantize,
}

/// <summary>A step whose places in the window are not known yet.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Node">The node it is done for.</param>
/// <param name="Reads">Key of the activation in the window that it reads; null for none.</param>
/// <param name="Writes">Key of the activation in the window that it writes; null for none.</param>
/// <param name="ModelledNs">Modelled time.</param>
internal readonly record struct PendingStep(StepKind Kind, int Node, int? Reads, int? Writes, long ModelledNs)
{
    /// <summary>Key of a second activation in the window that it reads; null for none.</summary>
    public int? AlsoReads { get; init; }

    /// <summary>The activation that it is about.</summary>
    public int Key => Writes ?? Reads ?? 0;
}
