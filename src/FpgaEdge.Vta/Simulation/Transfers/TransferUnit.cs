using System.Runtime.InteropServices;

namespace FpgaEdge.Vta.Simulation.Transfers;

/// <summary>Executes LOAD and STORE between the DRAM window and the scratchpads (SPEC section 3).</summary>
internal sealed class TransferUnit(VtaConfiguration configuration, Scratchpads pads, VtaKernel kernel)
{
    private readonly WeightPacking weightPacking = new(configuration, kernel);

    public void Load(VtaLoad load, int index, DramWindow dram)
    {
        if (load.XSize == 0)
        {
            return;
        }
        CheckLoad(load, index);
        int elementBytes = configuration.ElementBytes(load.Memory);
        int line = load.SramBase;
        int before = load.YPadBefore * load.PaddedXSize;
        Zero(load.Memory, line, before);
        line += before;
        for (int y = 0; y < load.YSize; y++)
        {
            Zero(load.Memory, line, load.XPadBefore);
            line += load.XPadBefore;
            uint address = unchecked((load.DramBase + (uint)(y * load.XStride)) * (uint)elementBytes);
            Fill(load.Memory, line, dram.At(address, load.XSize * elementBytes, index));
            line += load.XSize;
            Zero(load.Memory, line, load.XPadAfter);
            line += load.XPadAfter;
        }
        Zero(load.Memory, line, load.YPadAfter * load.PaddedXSize);
    }

    public void Store(VtaStore store, int index, DramWindow dram)
    {
        if (store.XSize == 0)
        {
            return;
        }
        CheckStore(store, index);
        int elementBytes = configuration.ElementBytes(VtaMemoryId.Out);
        for (int y = 0; y < store.YSize; y++)
        {
            int line = store.SramBase + (y * store.XSize);
            uint address = unchecked((store.DramBase + (uint)(y * store.XStride)) * (uint)elementBytes);
            Span<byte> row = dram.At(address, store.XSize * elementBytes, index);
            ReadOnlySpan<int> values = pads.Acc.Slice(line * pads.AccLanes, store.XSize * pads.AccLanes);
            ElementPacking.Narrow(values, configuration.OutBits, row, kernel);
        }
    }

    private void CheckLoad(VtaLoad load, int index)
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
        CheckRange("LOAD", load, (long)load.PaddedXSize * load.PaddedYSize, configuration.Depth(load.Memory), index);
    }

    private void CheckStore(VtaStore store, int index)
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
        CheckRange("STORE", store, (long)store.XSize * store.YSize, configuration.AccDepth, index);
    }

    private static void CheckRange(string name, VtaTransfer transfer, long elements, int depth, int index)
    {
        if (transfer.SramBase + elements > depth)
        {
            throw new VtaException(index, $"{name} of {transfer.Memory} elements {transfer.SramBase}.." +
                $"{transfer.SramBase + elements - 1}: the scratchpad has {depth}");
        }
    }

    private void Zero(VtaMemoryId memory, int line, int lines)
    {
        switch (memory)
        {
            case VtaMemoryId.Uop:
                pads.Uop.Slice(line, lines).Clear();
                break;
            case VtaMemoryId.Wgt:
                pads.Wgt.Slice(line * pads.WgtLanes, lines * pads.WgtLanes).Clear();
                break;
            case VtaMemoryId.Inp:
                pads.Inp.Slice(line * pads.InpLanes, lines * pads.InpLanes).Clear();
                break;
            default:
                pads.Acc.Slice(line * pads.AccLanes, lines * pads.AccLanes).Clear();
                break;
        }
    }

    private void Fill(VtaMemoryId memory, int line, ReadOnlySpan<byte> source)
    {
        switch (memory)
        {
            case VtaMemoryId.Uop:
                source.CopyTo(MemoryMarshal.AsBytes(pads.Uop.Slice(line, source.Length / 4)));
                break;
            case VtaMemoryId.Wgt:
                int weights = source.Length / configuration.ElementBytes(VtaMemoryId.Wgt) * pads.WgtLanes;
                weightPacking.Pack(source, pads.Wgt.Slice(line * pads.WgtLanes, weights));
                break;
            case VtaMemoryId.Inp:
                int activations = source.Length * 8 / configuration.InpBits;
                Span<short> target = pads.Inp.Slice(line * pads.InpLanes, activations);
                ElementPacking.Widen(source, configuration.InpBits, target, kernel);
                break;
            case VtaMemoryId.Acc8:
                Span<int> wide = pads.Acc.Slice(line * pads.AccLanes, source.Length);
                for (int i = 0; i < wide.Length; i++)
                {
                    wide[i] = (sbyte)source[i];
                }
                break;
            default:
                source.CopyTo(MemoryMarshal.AsBytes(pads.Acc.Slice(line * pads.AccLanes, source.Length / 4)));
                break;
        }
    }
}
