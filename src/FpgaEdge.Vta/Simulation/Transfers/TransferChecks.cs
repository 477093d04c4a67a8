namespace FpgaEdge.Vta.Simulation.Transfers;

/// <summary>What a LOAD or STORE must satisfy in either semantics.</summary>
internal static class TransferChecks
{
    /// <exception cref="VtaException">Illegal memory, or the padded region leaves the scratchpad.</exception>
    public static void Load(VtaLoad load, VtaConfiguration configuration, int index)
    {
        if (load.Memory is VtaMemoryId.Out or > VtaMemoryId.Acc8)
        {
            throw new VtaException(index, $"LOAD of memory id {(int)load.Memory}: expected 0..3 or 5");
        }
        if (load.Memory == VtaMemoryId.Acc8 && !configuration.SupportsAcc8)
        {
            throw new VtaException(index, "LOAD of 8-bit accumulators needs 8-bit activations, found " +
                $"{configuration.InpBits} bits");
        }
        Range("LOAD", load, (long)load.PaddedXSize * load.PaddedYSize, configuration.Depth(load.Memory), index);
    }

    /// <exception cref="VtaException">Illegal memory or padding, or the region leaves the output buffer.</exception>
    public static void Store(VtaStore store, VtaConfiguration configuration, int index)
    {
        bool legacyAcc = configuration.Isa == VtaIsa.Legacy && store.Memory == VtaMemoryId.Acc;
        if (store.Memory != VtaMemoryId.Out && !legacyAcc)
        {
            throw new VtaException(index, $"STORE of memory id {(int)store.Memory}: expected {(int)VtaMemoryId.Out}");
        }
        if (store.HasPadding)
        {
            throw new VtaException(index, "STORE with padding: expected none");
        }
        Range("STORE", store, (long)store.XSize * store.YSize, configuration.AccDepth, index);
    }

    private static void Range(string name, VtaTransfer transfer, long elements, int depth, int index)
    {
        if (transfer.SramBase + elements > depth)
        {
            throw new VtaException(index, $"{name} of {transfer.Memory} elements {transfer.SramBase}.." +
                $"{transfer.SramBase + elements - 1}: the scratchpad has {depth}");
        }
    }
}
