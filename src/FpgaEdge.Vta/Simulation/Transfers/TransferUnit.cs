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
        TransferChecks.Load(load, configuration, index);
        int elementBytes = configuration.ElementBytes(load.Memory);
        int line = load.SramBase;
        int before = load.YPadBefore * load.PaddedXSize;
        Zero(load.Memory, line, before);
        line += before;
        for (int y = 0; y < load.YSize; y++)
        {
            Zero(load.Memory, line, load.XPadBefore);
            line += load.XPadBefore;
            Fill(load.Memory, line, dram.Row(load, y, elementBytes, index));
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
        TransferChecks.Store(store, configuration, index);
        int elementBytes = configuration.ElementBytes(VtaMemoryId.Out);
        for (int y = 0; y < store.YSize; y++)
        {
            int line = store.SramBase + (y * store.XSize);
            Span<byte> row = dram.Row(store, y, elementBytes, index);
            ReadOnlySpan<int> values = pads.Acc.Slice(line * pads.AccLanes, store.XSize * pads.AccLanes);
            ElementPacking.Narrow(values, configuration.OutBits, row, kernel);
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
