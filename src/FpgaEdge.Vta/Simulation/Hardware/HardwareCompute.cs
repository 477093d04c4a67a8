namespace FpgaEdge.Vta.Simulation.Hardware;

/// <summary>GEMM and ALU as the HLS design does them, step by step, with the output buffer written along
/// (SPEC sections 3 and 9).</summary>
internal sealed class HardwareCompute(
    VtaConfiguration configuration, VtaInstructionCodec codec, HardwareMemories memories, PortabilityLog log)
{
    /// <summary>Steps within which a line must not be touched again: the pipeline's depth as every design allows it.
    /// </summary>
    private const int PipelineSteps = 2;

    private readonly AccumulatorReuse reuse = new(configuration.AccDepth);

    public void Gemm(VtaGemm gemm, int index)
    {
        if (!Prepare(gemm, index, out VtaMicroOp[] microOps))
        {
            return;
        }
        LoopBounds.CheckGemm(gemm, microOps, configuration, index);
        microOps = Redecode(gemm, microOps, index, usesSource: true);
        reuse.Begin();
        for (int y = 0; y < gemm.IterOut; y++)
        {
            for (int x = 0; x < gemm.IterIn; x++)
            {
                foreach (VtaMicroOp op in microOps)
                {
                    int dst = op.Dst + (y * gemm.DstFactorOut) + (x * gemm.DstFactorIn);
                    int src = op.Src + (y * gemm.SrcFactorOut) + (x * gemm.SrcFactorIn);
                    int wgt = op.Wgt + (y * gemm.WgtFactorOut) + (x * gemm.WgtFactorIn);
                    Multiply(dst, src % configuration.InpDepth, wgt % configuration.WgtDepth, gemm.Reset);
                    reuse.Step(dst, dst);
                }
            }
        }
        // A reset does not read the accumulator, so it does not matter what the pipeline has not written yet.
        if (!gemm.Reset)
        {
            NoteReuse(index);
        }
    }

    public void Alu(VtaAlu alu, int index)
    {
        if (alu.Operation > VtaAluOpcode.Mul)
        {
            throw new VtaException(index, $"ALU operation {(int)alu.Operation}: expected 0..4");
        }
        if (!Prepare(alu, index, out VtaMicroOp[] microOps))
        {
            return;
        }
        LoopBounds.CheckAlu(alu, microOps, configuration, index);
        microOps = Redecode(alu, microOps, index, usesSource: !alu.UseImmediate);
        NoteOperation(alu, index);
        reuse.Begin();
        for (int y = 0; y < alu.IterOut; y++)
        {
            for (int x = 0; x < alu.IterIn; x++)
            {
                foreach (VtaMicroOp op in microOps)
                {
                    int dst = op.Dst + (y * alu.DstFactorOut) + (x * alu.DstFactorIn);
                    int src = op.Src + (y * alu.SrcFactorOut) + (x * alu.SrcFactorIn);
                    Apply(alu, dst, src, index);
                    reuse.Step(dst, alu.UseImmediate ? dst : src);
                }
            }
        }
        NoteReuse(index);
    }

    private bool Prepare(VtaLoop loop, int index, out VtaMicroOp[] microOps)
    {
        microOps = [];
        if (loop.StepCount == 0)
        {
            log.Add(index, VtaPortabilityIssue.ZeroExtent,
                "zero iterations or micro-ops: designs with limit counters run through all values");
            return false;
        }
        if (loop.UopEnd > configuration.UopDepth)
        {
            throw new VtaException(index, $"micro-op index {loop.UopEnd - 1}: the buffer has {configuration.UopDepth}");
        }
        microOps = new VtaMicroOp[loop.UopEnd - loop.UopBegin];
        for (int i = 0; i < microOps.Length; i++)
        {
            microOps[i] = codec.DecodeMicroOp(memories.Uop[loop.UopBegin + i]);
        }
        return true;
    }

    /// <summary>The HLS design takes the source index from as many bits as activations need, although the field is as
    /// wide as the larger of activations and accumulators.</summary>
    private VtaMicroOp[] Redecode(VtaLoop loop, VtaMicroOp[] microOps, int index, bool usesSource)
    {
        int a = configuration.LogAccDepth;
        int i = configuration.LogInpDepth;
        if (configuration.Isa == VtaIsa.Legacy || a <= i)
        {
            return microOps;
        }
        var hardware = new VtaMicroOp[microOps.Length];
        for (int n = 0; n < microOps.Length; n++)
        {
            uint bits = memories.Uop[loop.UopBegin + n];
            int src = (int)((bits >> a) & ((1u << i) - 1));
            int wgt = (int)((bits >> (a + i)) & ((1u << configuration.LogWgtDepth) - 1));
            hardware[n] = new VtaMicroOp(microOps[n].Dst, src, wgt);
            bool sourceDiffers = usesSource && src != microOps[n].Src;
            bool weightDiffers = loop is VtaGemm { Reset: false } && wgt != microOps[n].Wgt;
            if (sourceDiffers || weightDiffers)
            {
                log.Add(index, VtaPortabilityIssue.MicroOpDecode,
                    $"micro-op {loop.UopBegin + n}: the HLS design reads src {src}, wgt {wgt} instead of " +
                    $"{microOps[n].Src}, {microOps[n].Wgt}, because the accumulator buffer is deeper than the " +
                    "activation buffer");
            }
        }
        return hardware;
    }

    private void Multiply(int dst, int src, int wgt, bool reset)
    {
        int block = configuration.BlockIn;
        for (int row = 0; row < configuration.Batch; row++)
        {
            ReadOnlySpan<short> inputs = memories.Inp.AsSpan((src * memories.InpLanes) + (row * block), block);
            for (int o = 0; o < block; o++)
            {
                ReadOnlySpan<short> weights = memories.Wgt.AsSpan((wgt * memories.WgtLanes) + (o * block), block);
                int lane = (dst * memories.AccLanes) + (row * block) + o;
                int sum = memories.Acc[lane];
                for (int k = 0; k < block; k++)
                {
                    sum = unchecked(sum + (inputs[k] * weights[k]));
                }
                memories.Acc[lane] = reset ? 0 : sum;
                memories.Out[lane] = sum;
            }
        }
        memories.Writer[dst] = reset ? LineWriter.Reset : LineWriter.Compute;
    }

    private void Apply(VtaAlu alu, int dst, int src, int index)
    {
        for (int lane = 0; lane < memories.AccLanes; lane++)
        {
            int to = (dst * memories.AccLanes) + lane;
            int x = memories.Acc[to];
            int y = alu.UseImmediate ? alu.Immediate : memories.Acc[(src * memories.AccLanes) + lane];
            if (alu.Operation == VtaAluOpcode.Shr && !alu.UseImmediate && y is < 0 or > 15)
            {
                NoteShift(index, $"shift by {y} from a register: every design agrees on 0..15 only");
            }
            int result = alu.Operation switch
            {
                VtaAluOpcode.Min => Math.Min(x, y),
                VtaAluOpcode.Max => Math.Max(x, y),
                VtaAluOpcode.Add => unchecked(x + y),
                VtaAluOpcode.Shr => Shift(x, y),
                _ => x,
            };
            memories.Acc[to] = result;
            memories.Out[to] = result;
        }
        memories.Writer[dst] = LineWriter.Compute;
    }

    /// <summary>The amount is the low 5 bits as a signed number.</summary>
    private static int Shift(int value, int operand)
    {
        int amount = operand << 27 >> 27;
        return amount >= 0 ? value >> amount : value << -amount;
    }

    private void NoteOperation(VtaAlu alu, int index)
    {
        if (alu.Operation == VtaAluOpcode.Mul)
        {
            log.Add(index, VtaPortabilityIssue.Multiply,
                "MUL exists in simulators only; the HLS design leaves the accumulators alone, the Chisel design " +
                "rejects it");
        }
        if (alu.Operation == VtaAluOpcode.Shr && alu.UseImmediate && alu.Immediate is < -16 or > 15)
        {
            NoteShift(index, $"shift by {alu.Immediate}: every design agrees on -16..15 only");
        }
    }

    private void NoteShift(int index, string detail) => log.Add(index, VtaPortabilityIssue.ShiftRange, detail);

    private void NoteReuse(int index)
    {
        if (reuse.Smallest <= PipelineSteps)
        {
            log.Add(index, VtaPortabilityIssue.AccumulatorReuse,
                $"an accumulator is touched again {reuse.Smallest} steps after it was written; the " +
                $"pipelines assume more than {PipelineSteps}");
        }
    }
}
