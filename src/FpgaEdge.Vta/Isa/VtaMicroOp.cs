namespace FpgaEdge.Vta;

/// <summary>One micro-op: the scratchpad indices a GEMM or ALU step starts from, in elements.</summary>
/// <param name="Dst">Accumulator written.</param>
/// <param name="Src">Activation read (GEMM) or accumulator read (ALU).</param>
/// <param name="Wgt">Weight block read (GEMM); ignored by the ALU.</param>
public readonly record struct VtaMicroOp(int Dst, int Src, int Wgt);
