namespace FpgaEdge.Vta.Timing;

/// <summary>Cycles of one instruction that has everything it waits for.</summary>
internal sealed class InstructionCost(VtaConfiguration configuration, VtaTiming timing)
{
    /// <summary>Cycles on the shared memory port, then cycles in the module alone.</summary>
    public readonly record struct Cycles(long Dma, long Own);

    public Cycles Of(VtaInstruction instruction) => instruction switch
    {
        VtaTransfer { XSize: 0 } or VtaFinish => new Cycles(0, 1),
        VtaLoad load => new Cycles(
            Rows(load, load.Memory, timing.DmaReadLatencyCycles),
            1 + ((long)load.PaddedXSize * load.PaddedYSize) - ((long)load.XSize * load.YSize)),
        VtaStore store => new Cycles(Rows(store, VtaMemoryId.Out, timing.DmaWriteLatencyCycles), 1),
        VtaGemm gemm => new Cycles(0, timing.PipelineCycles + (gemm.StepCount * timing.GemmCyclesPerStep)),
        VtaAlu alu => new Cycles(0, timing.PipelineCycles + (alu.StepCount * timing.AluCyclesPerStep)),
        _ => new Cycles(0, 1),
    };

    /// <summary>Every row is requested by itself, and cut into bursts.</summary>
    private long Rows(VtaTransfer transfer, VtaMemoryId memory, int latency)
    {
        long rowBytes = (long)transfer.XSize * configuration.ElementBytes(memory);
        return transfer.YSize * (latency + timing.BurstCycles(rowBytes));
    }
}
