namespace FpgaEdge.Vta.Simulation;

/// <summary>Executes GEMM and ALU on the scratchpads, step by step in program order (SPEC section 3).</summary>
internal sealed class ComputeUnit(VtaConfiguration configuration, Scratchpads pads, VtaInstructionCodec codec)
{
    private VtaMicroOp[] decoded = [];

    public void Gemm(VtaGemm gemm, int index)
    {
        if (gemm.StepCount == 0)
        {
            return;
        }
        ReadOnlySpan<VtaMicroOp> microOps = DecodeMicroOps(gemm, index);
        VtaMicroOp last = LoopBounds.MaxFields(microOps);
        LoopBounds.Check("acc", last.Dst, gemm.DstFactorOut, gemm.DstFactorIn, gemm, configuration.AccDepth, index);
        if (gemm.Reset)
        {
            Reset(gemm, microOps);
            return;
        }
        LoopBounds.Check("inp", last.Src, gemm.SrcFactorOut, gemm.SrcFactorIn, gemm, configuration.InpDepth, index);
        LoopBounds.Check("wgt", last.Wgt, gemm.WgtFactorOut, gemm.WgtFactorIn, gemm, configuration.WgtDepth, index);
        for (int y = 0; y < gemm.IterOut; y++)
        {
            for (int x = 0; x < gemm.IterIn; x++)
            {
                int dst = (y * gemm.DstFactorOut) + (x * gemm.DstFactorIn);
                int src = (y * gemm.SrcFactorOut) + (x * gemm.SrcFactorIn);
                int wgt = (y * gemm.WgtFactorOut) + (x * gemm.WgtFactorIn);
                foreach (VtaMicroOp op in microOps)
                {
                    Multiply(op.Dst + dst, op.Src + src, op.Wgt + wgt);
                }
            }
        }
    }

    public void Alu(VtaAlu alu, int index)
    {
        if (alu.Operation > VtaAluOpcode.Mul)
        {
            throw new VtaException(index, $"ALU operation {(int)alu.Operation}: expected 0..4");
        }
        if (alu.StepCount == 0)
        {
            return;
        }
        ReadOnlySpan<VtaMicroOp> microOps = DecodeMicroOps(alu, index);
        VtaMicroOp last = LoopBounds.MaxFields(microOps);
        int depth = configuration.AccDepth;
        LoopBounds.Check("acc", last.Dst, alu.DstFactorOut, alu.DstFactorIn, alu, depth, index);
        // The reference checks the source even when the immediate replaces it.
        LoopBounds.Check("acc source", last.Src, alu.SrcFactorOut, alu.SrcFactorIn, alu, depth, index);
        for (int y = 0; y < alu.IterOut; y++)
        {
            for (int x = 0; x < alu.IterIn; x++)
            {
                int dst = (y * alu.DstFactorOut) + (x * alu.DstFactorIn);
                int src = (y * alu.SrcFactorOut) + (x * alu.SrcFactorIn);
                foreach (VtaMicroOp op in microOps)
                {
                    Apply(alu, op.Dst + dst, op.Src + src);
                }
            }
        }
    }

    private ReadOnlySpan<VtaMicroOp> DecodeMicroOps(VtaLoop loop, int index)
    {
        if (loop.UopEnd > configuration.UopDepth)
        {
            throw new VtaException(index, $"micro-op index {loop.UopEnd - 1}: the buffer has {configuration.UopDepth}");
        }
        int count = loop.UopEnd - loop.UopBegin;
        if (decoded.Length < count)
        {
            decoded = new VtaMicroOp[configuration.UopDepth];
        }
        for (int i = 0; i < count; i++)
        {
            decoded[i] = codec.DecodeMicroOp(pads.Uop[loop.UopBegin + i]);
        }
        return decoded.AsSpan(0, count);
    }

    private void Reset(VtaGemm gemm, ReadOnlySpan<VtaMicroOp> microOps)
    {
        for (int y = 0; y < gemm.IterOut; y++)
        {
            for (int x = 0; x < gemm.IterIn; x++)
            {
                int dst = (y * gemm.DstFactorOut) + (x * gemm.DstFactorIn);
                foreach (VtaMicroOp op in microOps)
                {
                    pads.Acc.AsSpan((op.Dst + dst) * pads.AccLanes, pads.AccLanes).Clear();
                }
            }
        }
    }

    private void Multiply(int dst, int src, int wgt)
    {
        int block = configuration.BlockIn;
        ReadOnlySpan<short> weights = pads.Wgt.AsSpan(wgt * pads.WgtLanes, pads.WgtLanes);
        for (int row = 0; row < configuration.Batch; row++)
        {
            ReadOnlySpan<short> inputs = pads.Inp.AsSpan((src * pads.InpLanes) + (row * block), block);
            Span<int> sums = pads.Acc.AsSpan((dst * pads.AccLanes) + (row * block), block);
            for (int o = 0; o < sums.Length; o++)
            {
                int sum = sums[o];
                for (int k = 0; k < inputs.Length; k++)
                {
                    sum = unchecked(sum + (inputs[k] * weights[(o * block) + k]));
                }
                sums[o] = sum;
            }
        }
    }

    private void Apply(VtaAlu alu, int dst, int src)
    {
        Span<int> left = pads.Acc.AsSpan(dst * pads.AccLanes, pads.AccLanes);
        ReadOnlySpan<int> right = pads.Acc.AsSpan(src * pads.AccLanes, pads.AccLanes);
        for (int lane = 0; lane < left.Length; lane++)
        {
            int y = alu.UseImmediate ? alu.Immediate : right[lane];
            left[lane] = alu.Operation switch
            {
                VtaAluOpcode.Min => Math.Min(left[lane], y),
                VtaAluOpcode.Max => Math.Max(left[lane], y),
                VtaAluOpcode.Add => unchecked(left[lane] + y),
                VtaAluOpcode.Shr => y >= 0 ? left[lane] >> y : left[lane] << -y,
                _ => unchecked(left[lane] * y),
            };
        }
    }
}
