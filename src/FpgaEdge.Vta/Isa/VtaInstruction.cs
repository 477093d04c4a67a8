namespace FpgaEdge.Vta;

/// <summary>One decoded 128-bit instruction. All addresses are in elements, never bytes (SPEC section 2).</summary>
public abstract record VtaInstruction
{
    /// <summary>Tokens taken before and given after execution.</summary>
    public VtaDependencies Dependencies { get; init; }

    /// <summary>Operation code as encoded.</summary>
    public abstract VtaOpcode Opcode { get; }

    /// <summary>Queue the fetch module sends this instruction to.</summary>
    public virtual VtaQueue Queue => VtaQueue.Compute;
}

/// <summary>What LOAD and STORE share: a two-dimensional strided DRAM region and a dense scratchpad region.</summary>
public abstract record VtaTransfer : VtaInstruction
{
    /// <summary>Memory moved to or from.</summary>
    public VtaMemoryId Memory { get; init; }

    /// <summary>First scratchpad element.</summary>
    public int SramBase { get; init; }

    /// <summary>First DRAM element: physical byte address divided by the element's bytes.</summary>
    public uint DramBase { get; init; }

    /// <summary>Rows.</summary>
    public int YSize { get; init; }

    /// <summary>Elements per row; 0 makes the instruction carry tokens only.</summary>
    public int XSize { get; init; }

    /// <summary>DRAM elements from the start of one row to the next.</summary>
    public int XStride { get; init; }

    /// <summary>Zero rows above (0..15).</summary>
    public int YPadBefore { get; init; }

    /// <summary>Zero rows below (0..15).</summary>
    public int YPadAfter { get; init; }

    /// <summary>Zero elements left of each row (0..15).</summary>
    public int XPadBefore { get; init; }

    /// <summary>Zero elements right of each row (0..15).</summary>
    public int XPadAfter { get; init; }

    /// <summary>Whether any padding is asked for.</summary>
    public bool HasPadding => (YPadBefore | YPadAfter | XPadBefore | XPadAfter) != 0;

    /// <summary>Elements in one scratchpad row, padding included.</summary>
    public int PaddedXSize => XPadBefore + XSize + XPadAfter;

    /// <summary>Scratchpad rows, padding included.</summary>
    public int PaddedYSize => YPadBefore + YSize + YPadAfter;
}

/// <summary>DRAM to scratchpad, zero-padded on the way.</summary>
public sealed record VtaLoad : VtaTransfer
{
    /// <inheritdoc/>
    public override VtaOpcode Opcode => VtaOpcode.Load;

    /// <inheritdoc/>
    public override VtaQueue Queue => Memory is VtaMemoryId.Inp or VtaMemoryId.Wgt ? VtaQueue.Load : VtaQueue.Compute;
}

/// <summary>Scratchpad to DRAM, each value cut to the output width.</summary>
public sealed record VtaStore : VtaTransfer
{
    /// <inheritdoc/>
    public override VtaOpcode Opcode => VtaOpcode.Store;

    /// <inheritdoc/>
    public override VtaQueue Queue => VtaQueue.Store;
}

/// <summary>What GEMM and ALU share: two nested loops around a range of micro-ops, whose indices they
/// advance.</summary>
public abstract record VtaLoop : VtaInstruction
{
    /// <summary>GEMM: set accumulators to zero instead. ALU: ignored.</summary>
    public bool Reset { get; init; }

    /// <summary>First micro-op.</summary>
    public int UopBegin { get; init; }

    /// <summary>One past the last micro-op.</summary>
    public int UopEnd { get; init; }

    /// <summary>Iterations of the outer loop.</summary>
    public int IterOut { get; init; }

    /// <summary>Iterations of the inner loop.</summary>
    public int IterIn { get; init; }

    /// <summary>Added to the destination index per outer iteration.</summary>
    public int DstFactorOut { get; init; }

    /// <summary>Added to the destination index per inner iteration.</summary>
    public int DstFactorIn { get; init; }

    /// <summary>Added to the source index per outer iteration.</summary>
    public int SrcFactorOut { get; init; }

    /// <summary>Added to the source index per inner iteration.</summary>
    public int SrcFactorIn { get; init; }

    /// <summary>Micro-ops executed in total; an inverted or empty range executes none.</summary>
    public long StepCount => (long)IterOut * IterIn * Math.Max(0, UopEnd - UopBegin);
}

/// <summary>acc[dst] += inp[src] x wgt[wgt], transposed weights; or acc[dst] = 0 with <see
/// cref="VtaLoop.Reset"/>.</summary>
public sealed record VtaGemm : VtaLoop
{
    /// <summary>Added to the weight index per outer iteration.</summary>
    public int WgtFactorOut { get; init; }

    /// <summary>Added to the weight index per inner iteration.</summary>
    public int WgtFactorIn { get; init; }

    /// <inheritdoc/>
    public override VtaOpcode Opcode => VtaOpcode.Gemm;
}

/// <summary>acc[dst] = operation(acc[dst], immediate or acc[src]), lane by lane.</summary>
public sealed record VtaAlu : VtaLoop
{
    /// <summary>Operation; values above <see cref="VtaAluOpcode.Mul"/> decode but do not execute.</summary>
    public VtaAluOpcode Operation { get; init; }

    /// <summary>Second operand is the immediate, not acc[src].</summary>
    public bool UseImmediate { get; init; }

    /// <summary>Second operand (-32768..32767).</summary>
    public int Immediate { get; init; }

    /// <inheritdoc/>
    public override VtaOpcode Opcode => VtaOpcode.Alu;
}

/// <summary>Last instruction of a program: raises the done flag.</summary>
public sealed record VtaFinish : VtaInstruction
{
    /// <inheritdoc/>
    public override VtaOpcode Opcode => VtaOpcode.Finish;
}

/// <summary>An encoding with an operation code that does not exist (5..7); it can be shown but not executed.</summary>
public sealed record VtaInvalid(int OpcodeBits) : VtaInstruction
{
    /// <inheritdoc/>
    public override VtaOpcode Opcode => (VtaOpcode)OpcodeBits;
}
