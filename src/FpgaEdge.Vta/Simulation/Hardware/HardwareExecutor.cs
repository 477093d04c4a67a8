using FpgaEdge.Vta.Simulation.Hardware;

namespace FpgaEdge.Vta.Simulation;

/// <summary>Hardware semantics, with a note for every reliance on behaviour that not all hardware shares. Plain code:
/// it looks at programs, it does not race.</summary>
internal sealed class HardwareExecutor : Executor
{
    private readonly HardwareMemories memories;
    private readonly PortabilityLog log = new();
    private readonly HardwareTransfers transfers;
    private readonly HardwareCompute compute;

    public HardwareExecutor(VtaConfiguration configuration)
    {
        memories = new HardwareMemories(configuration);
        transfers = new HardwareTransfers(configuration, memories, log);
        compute = new HardwareCompute(configuration, new VtaInstructionCodec(configuration), memories, log);
    }

    public override IReadOnlyList<VtaPortabilityNote> Portability => log.Notes;

    public override void BeginRun() => log.Clear();

    public override void Reset()
    {
        memories.Clear();
        log.Clear();
    }

    public override void Execute(VtaInstruction instruction, int index, DramWindow dram)
    {
        switch (instruction)
        {
            case VtaLoad load:
                transfers.Load(load, index, dram);
                break;
            case VtaStore store:
                transfers.Store(store, index, dram);
                break;
            case VtaGemm gemm:
                compute.Gemm(gemm, index);
                break;
            case VtaAlu alu:
                compute.Alu(alu, index);
                break;
        }
    }
}
