namespace FpgaEdge.Vta.Simulation;

/// <summary>The counters of a program, which follow from its instructions alone (SPEC section 8).</summary>
internal static class Counting
{
    public static VtaCounters Count(VtaConfiguration configuration, IReadOnlyList<VtaInstruction> instructions)
    {
        var total = default(VtaCounters);
        foreach (VtaInstruction instruction in instructions)
        {
            total = instruction switch
            {
                VtaLoad load => AddLoad(total, load, configuration),
                VtaStore store => total with
                {
                    OutStoreBytes = total.OutStoreBytes + Bytes(store, VtaMemoryId.Out, configuration),
                },
                VtaGemm { Reset: false } gemm => total with { GemmSteps = total.GemmSteps + gemm.StepCount },
                VtaAlu alu => total with { AluSteps = total.AluSteps + alu.StepCount },
                _ => total,
            };
        }
        return total;
    }

    private static VtaCounters AddLoad(VtaCounters total, VtaLoad load, VtaConfiguration configuration)
    {
        // 8-bit accumulators are counted as what they become.
        VtaMemoryId element = load.Memory == VtaMemoryId.Acc8 ? VtaMemoryId.Acc : load.Memory;
        return element switch
        {
            VtaMemoryId.Inp => total with { InpLoadBytes = total.InpLoadBytes + Bytes(load, element, configuration) },
            VtaMemoryId.Wgt => total with { WgtLoadBytes = total.WgtLoadBytes + Bytes(load, element, configuration) },
            VtaMemoryId.Uop => total with { UopLoadBytes = total.UopLoadBytes + Bytes(load, element, configuration) },
            VtaMemoryId.Acc => total with { AccLoadBytes = total.AccLoadBytes + Bytes(load, element, configuration) },
            _ => total,
        };
    }

    private static long Bytes(VtaTransfer transfer, VtaMemoryId element, VtaConfiguration configuration) =>
        (long)transfer.XSize * transfer.YSize * configuration.ElementBytes(element);
}
