namespace FpgaEdge.Vta.Simulation;

/// <summary>Checks, once per instruction, that no step of a GEMM or ALU loop leaves a scratchpad. The factors are not
/// negative, so the largest index of a micro-op is its own plus the last iteration's offset.</summary>
internal static class LoopBounds
{
    /// <summary>The largest value of each field.</summary>
    public static VtaMicroOp MaxFields(ReadOnlySpan<VtaMicroOp> microOps)
    {
        int dst = 0;
        int src = 0;
        int wgt = 0;
        foreach (VtaMicroOp op in microOps)
        {
            dst = Math.Max(dst, op.Dst);
            src = Math.Max(src, op.Src);
            wgt = Math.Max(wgt, op.Wgt);
        }
        return new VtaMicroOp(dst, src, wgt);
    }

    /// <summary>Checks one index.</summary>
    /// <exception cref="VtaException">The last iteration leaves the scratchpad.</exception>
    public static void Check(
        string memory, int largestBase, int factorOut, int factorIn, VtaLoop loop, int depth, int index)
    {
        long last = largestBase + ((loop.IterOut - 1L) * factorOut) + ((loop.IterIn - 1L) * factorIn);
        if (last >= depth)
        {
            throw new VtaException(index, $"{memory} index {last}: the scratchpad has {depth}");
        }
    }
}
