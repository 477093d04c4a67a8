using FpgaEdge.Vta.Simulation.Alu;
using FpgaEdge.Vta.Simulation.Gemm;

namespace FpgaEdge.Vta.Simulation;

/// <summary>Checks and executes GEMM and ALU on the scratchpads (SPEC section 3).</summary>
internal sealed class ComputeUnit
{
    private readonly VtaConfiguration configuration;
    private readonly Scratchpads pads;
    private readonly VtaInstructionCodec codec;
    private readonly GemmEngine gemmEngine;
    private readonly AluEngine aluEngine;
    private readonly VtaMicroOp[] decoded;

    public ComputeUnit(
        VtaConfiguration configuration, Scratchpads pads, VtaInstructionCodec codec, VtaKernel kernel)
    {
        this.configuration = configuration;
        this.pads = pads;
        this.codec = codec;
        gemmEngine = new GemmEngine(configuration, pads, kernel);
        aluEngine = new AluEngine(pads, kernel);
        decoded = new VtaMicroOp[configuration.UopDepth];
    }

    /// <summary>To be called when micro-ops have changed.</summary>
    public void MicroOpsChanged() => gemmEngine.ForgetPlans();

    public void Gemm(VtaGemm gemm, int index)
    {
        if (gemm.StepCount == 0)
        {
            return;
        }
        ReadOnlySpan<VtaMicroOp> microOps = DecodeMicroOps(gemm, index);
        LoopBounds.CheckGemm(gemm, microOps, configuration, index);
        if (gemm.Reset)
        {
            Reset(gemm, microOps);
        }
        else
        {
            gemmEngine.Execute(gemm, microOps);
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
        LoopBounds.CheckAlu(alu, microOps, configuration, index);
        aluEngine.Execute(alu, microOps);
    }

    /// <summary>The micro-ops of a loop, valid until the next call.</summary>
    public ReadOnlySpan<VtaMicroOp> DecodeMicroOps(VtaLoop loop, int index)
    {
        if (loop.UopEnd > configuration.UopDepth)
        {
            throw new VtaException(index, $"micro-op index {loop.UopEnd - 1}: the buffer has {configuration.UopDepth}");
        }
        int count = loop.UopEnd - loop.UopBegin;
        ReadOnlySpan<uint> words = pads.Uop.Slice(loop.UopBegin, count);
        for (int i = 0; i < count; i++)
        {
            decoded[i] = codec.DecodeMicroOp(words[i]);
        }
        return decoded.AsSpan(0, count);
    }

    private void Reset(VtaGemm gemm, ReadOnlySpan<VtaMicroOp> microOps)
    {
        // Resetting a line twice changes nothing, so the order is free: take neighbouring lines at once.
        bool swap = gemm.IterIn == 1;
        (int outerCount, int outerFactor) = swap ? (1, 0) : (gemm.IterOut, gemm.DstFactorOut);
        (int innerCount, int innerFactor) =
            swap ? (gemm.IterOut, gemm.DstFactorOut) : (gemm.IterIn, gemm.DstFactorIn);
        int run = innerFactor == 1 ? innerCount : 1;
        foreach (VtaMicroOp op in microOps)
        {
            for (int outer = 0; outer < outerCount; outer++)
            {
                for (int inner = 0; inner < innerCount; inner += run)
                {
                    int line = op.Dst + (outer * outerFactor) + (inner * innerFactor);
                    pads.Acc.Slice(line * pads.AccLanes, run * pads.AccLanes).Clear();
                }
            }
        }
    }
}
