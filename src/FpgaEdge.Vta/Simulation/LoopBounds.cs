namespace FpgaEdge.Vta.Simulation;

/// <summary>Checks, once per instruction, that no step of a GEMM or ALU loop leaves a scratchpad. The factors are not
/// negative, so the largest index of a micro-op is its own plus the last iteration's offset.</summary>
internal static class LoopBounds
{
    /// <summary>A GEMM; with reset only the accumulators are touched.</summary>
    /// <exception cref="VtaException">A step leaves a scratchpad.</exception>
    public static void CheckGemm(
        VtaGemm gemm, ReadOnlySpan<VtaMicroOp> microOps, VtaConfiguration configuration, int index)
    {
        VtaMicroOp last = MaxFields(microOps);
        Check("acc", last.Dst, gemm.DstFactorOut, gemm.DstFactorIn, gemm, configuration.AccDepth, index);
        if (!gemm.Reset)
        {
            Check("inp", last.Src, gemm.SrcFactorOut, gemm.SrcFactorIn, gemm, configuration.InpDepth, index);
            Check("wgt", last.Wgt, gemm.WgtFactorOut, gemm.WgtFactorIn, gemm, configuration.WgtDepth, index);
        }
    }

    /// <summary>An ALU loop. The source is checked even when the immediate replaces it, as in the reference.</summary>
    /// <exception cref="VtaException">A step leaves the accumulators.</exception>
    public static void CheckAlu(
        VtaAlu alu, ReadOnlySpan<VtaMicroOp> microOps, VtaConfiguration configuration, int index)
    {
        VtaMicroOp last = MaxFields(microOps);
        Check("acc", last.Dst, alu.DstFactorOut, alu.DstFactorIn, alu, configuration.AccDepth, index);
        Check("acc source", last.Src, alu.SrcFactorOut, alu.SrcFactorIn, alu, configuration.AccDepth, index);
    }

    private static VtaMicroOp MaxFields(ReadOnlySpan<VtaMicroOp> microOps)
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

    private static void Check(
        string memory, int largestBase, int factorOut, int factorIn, VtaLoop loop, int depth, int index)
    {
        long last = largestBase + ((loop.IterOut - 1L) * factorOut) + ((loop.IterIn - 1L) * factorIn);
        if (last >= depth)
        {
            throw new VtaException(index, $"{memory} index {last}: the scratchpad has {depth}");
        }
    }
}
