namespace FpgaEdge.Vta;

/// <summary>Instruction operation codes (SPEC section 2); 5 to 7 do not exist.</summary>
public enum VtaOpcode
{
    /// <summary>DRAM to scratchpad.</summary>
    Load = 0,

    /// <summary>Output buffer to DRAM.</summary>
    Store = 1,

    /// <summary>Matrix multiply-accumulate.</summary>
    Gemm = 2,

    /// <summary>End of program.</summary>
    Finish = 3,

    /// <summary>Lane-wise operation on accumulators.</summary>
    Alu = 4,
}

/// <summary>Memories an instruction can name (SPEC section 2).</summary>
public enum VtaMemoryId
{
    /// <summary>Micro-ops.</summary>
    Uop = 0,

    /// <summary>Weights.</summary>
    Wgt = 1,

    /// <summary>Activations.</summary>
    Inp = 2,

    /// <summary>32-bit accumulators.</summary>
    Acc = 3,

    /// <summary>Narrow outputs.</summary>
    Out = 4,

    /// <summary>8-bit values in DRAM, sign-extended into accumulators; current instruction set only.</summary>
    Acc8 = 5,
}

/// <summary>ALU operations (SPEC section 2).</summary>
public enum VtaAluOpcode
{
    /// <summary>Signed minimum.</summary>
    Min = 0,

    /// <summary>Signed maximum.</summary>
    Max = 1,

    /// <summary>Addition, wrapping.</summary>
    Add = 2,

    /// <summary>Arithmetic shift right; left by a negative amount.</summary>
    Shr = 3,

    /// <summary>Multiplication, wrapping; current instruction set only, and only in some hardware.</summary>
    Mul = 4,
}

/// <summary>The three in-order queues instructions are dispatched to (SPEC section 4).</summary>
public enum VtaQueue
{
    /// <summary>LOAD of activations and weights.</summary>
    Load = 0,

    /// <summary>LOAD of micro-ops and accumulators, GEMM, ALU, FINISH.</summary>
    Compute = 1,

    /// <summary>STORE.</summary>
    Store = 2,
}

/// <summary>
/// Token flags of an instruction. Previous and next are seen from its queue in the order load, compute, store.
/// Pops happen before the instruction executes, pushes after.
/// </summary>
[Flags]
public enum VtaDependencies
{
    /// <summary>No tokens.</summary>
    None = 0,

    /// <summary>Wait for a token from the previous queue.</summary>
    PopPrevious = 1,

    /// <summary>Wait for a token from the next queue.</summary>
    PopNext = 2,

    /// <summary>Give a token to the previous queue.</summary>
    PushPrevious = 4,

    /// <summary>Give a token to the next queue.</summary>
    PushNext = 8,
}
