using FpgaEdge.Vta.Simulation.Gemm;
using FpgaEdge.Vta.Simulation.Transfers;

namespace FpgaEdge.Vta.Simulation;

/// <summary>Reference semantics at vector speed.</summary>
internal sealed class ReferenceExecutor : Executor
{
    private readonly Scratchpads pads;
    private readonly TransferUnit transfers;
    private readonly ComputeUnit compute;

    public ReferenceExecutor(VtaConfiguration configuration, VtaInstructionCodec codec, VtaKernel wanted)
    {
        VtaKernel kernel = GemmKernels.Resolve(wanted);
        pads = new Scratchpads(configuration);
        transfers = new TransferUnit(configuration, pads, kernel);
        compute = new ComputeUnit(configuration, pads, codec, kernel);
    }

    public override void Reset()
    {
        pads.Clear();
        compute.MicroOpsChanged();
    }

    public override void Execute(VtaInstruction instruction, int index, DramWindow dram)
    {
        switch (instruction)
        {
            case VtaLoad load:
                transfers.Load(load, index, dram);
                if (load.Memory == VtaMemoryId.Uop && load.XSize != 0)
                {
                    compute.MicroOpsChanged();
                }
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
