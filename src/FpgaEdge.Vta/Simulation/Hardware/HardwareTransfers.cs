using System.Runtime.InteropServices;
using FpgaEdge.Vta.Simulation.Transfers;

namespace FpgaEdge.Vta.Simulation.Hardware;

/// <summary>LOAD and STORE as the HLS design does them (SPEC sections 3 and 9).</summary>
internal sealed class HardwareTransfers(
    VtaConfiguration configuration, HardwareMemories memories, PortabilityLog log)
{
    public void Load(VtaLoad load, int index, DramWindow dram)
    {
        if (load.XSize == 0 && !load.HasPadding)
        {
            return;
        }
        if (load.XSize != 0)
        {
            TransferChecks.Load(load, configuration, index);
        }
        NoteExtents(load, index);
        switch (load.Memory)
        {
            case VtaMemoryId.Uop:
                LoadMicroOps(load, index, dram);
                break;
            case VtaMemoryId.Wgt:
                NotePadding(load, index, "weights, which the HLS design does not pad");
                Fill(load with { XPadBefore = 0, XPadAfter = 0, YPadBefore = 0, YPadAfter = 0 }, index, dram);
                break;
            case VtaMemoryId.Acc8:
                log.Add(index, VtaPortabilityIssue.Acc8Load,
                    "8-bit accumulator loads exist in simulators only; the HLS design does nothing");
                break;
            case VtaMemoryId.Acc:
                NotePadding(load, index, "accumulators, which no published bitstream pads");
                Fill(load, index, dram);
                break;
            case VtaMemoryId.Inp:
                Fill(load, index, dram);
                break;
        }
    }

    public void Store(VtaStore store, int index, DramWindow dram)
    {
        if (store.XSize == 0)
        {
            return;
        }
        TransferChecks.Store(store, configuration, index);
        NoteExtents(store, index);
        int elementBytes = configuration.ElementBytes(VtaMemoryId.Out);
        for (int y = 0; y < store.YSize; y++)
        {
            int line = store.SramBase + (y * store.XSize);
            NoteStaleLines(line, store.XSize, index);
            ReadOnlySpan<int> values =
                memories.Out.AsSpan(line * memories.AccLanes, store.XSize * memories.AccLanes);
            Span<byte> row = dram.Row(store, y, elementBytes, index);
            ElementPacking.Narrow(values, configuration.OutBits, row, VtaKernel.Scalar);
        }
    }

    private void LoadMicroOps(VtaLoad load, int index, DramWindow dram)
    {
        NotePadding(load, index, "micro-ops, which hardware does not pad");
        if (load.XSize == 0)
        {
            return;
        }
        if (load.YSize != 1)
        {
            log.Add(index, VtaPortabilityIssue.TwoDimensionalUopLoad,
                $"micro-op load of {load.YSize} rows: the HLS design loads x_size words whatever y_size is");
        }
        int first = Math.Min(load.SramBase, configuration.UopDepth);
        int count = Math.Min(load.XSize, configuration.UopDepth - first);
        Span<byte> words = dram.Row(load, 0, configuration.ElementBytes(VtaMemoryId.Uop), index);
        words[..(count * 4)].CopyTo(MemoryMarshal.AsBytes(memories.Uop.AsSpan(first, count)));
    }

    /// <summary>Writes zeros around the region even if the region itself is empty.</summary>
    private void Fill(VtaLoad load, int index, DramWindow dram)
    {
        long total = (long)load.PaddedXSize * load.PaddedYSize;
        int depth = configuration.Depth(load.Memory);
        if (load.SramBase + total > depth)
        {
            throw new VtaException(index, $"LOAD of {load.Memory} elements {load.SramBase}.." +
                $"{load.SramBase + total - 1}: the scratchpad has {depth}");
        }
        Zero(load.Memory, load.SramBase, (int)total);
        if (load.XSize == 0)
        {
            return;
        }
        int elementBytes = configuration.ElementBytes(load.Memory);
        for (int y = 0; y < load.YSize; y++)
        {
            int line = load.SramBase + ((load.YPadBefore + y) * load.PaddedXSize) + load.XPadBefore;
            Copy(load.Memory, line, dram.Row(load, y, elementBytes, index));
        }
    }

    private void Zero(VtaMemoryId memory, int line, int lines)
    {
        switch (memory)
        {
            case VtaMemoryId.Inp:
                memories.Inp.AsSpan(line * memories.InpLanes, lines * memories.InpLanes).Clear();
                break;
            case VtaMemoryId.Wgt:
                memories.Wgt.AsSpan(line * memories.WgtLanes, lines * memories.WgtLanes).Clear();
                break;
            default:
                memories.Acc.AsSpan(line * memories.AccLanes, lines * memories.AccLanes).Clear();
                memories.Writer.AsSpan(line, lines).Fill(LineWriter.Load);
                break;
        }
    }

    private void Copy(VtaMemoryId memory, int line, ReadOnlySpan<byte> row)
    {
        switch (memory)
        {
            case VtaMemoryId.Inp:
                Span<short> inputs =
                    memories.Inp.AsSpan(line * memories.InpLanes, row.Length * 8 / configuration.InpBits);
                ElementPacking.Widen(row, configuration.InpBits, inputs, VtaKernel.Scalar);
                break;
            case VtaMemoryId.Wgt:
                Span<short> weights =
                    memories.Wgt.AsSpan(line * memories.WgtLanes, row.Length * 8 / configuration.WgtBits);
                ElementPacking.Widen(row, configuration.WgtBits, weights, VtaKernel.Scalar);
                break;
            default:
                row.CopyTo(MemoryMarshal.AsBytes(memories.Acc.AsSpan(line * memories.AccLanes, row.Length / 4)));
                break;
        }
    }

    private void NoteExtents(VtaTransfer transfer, int index)
    {
        if (transfer.XSize == 0)
        {
            log.Add(index, VtaPortabilityIssue.ZeroExtent,
                "x_size 0 with padding: the simulators do nothing, the HLS design writes the zeros");
        }
        else if (transfer.YSize == 0)
        {
            log.Add(
                index, VtaPortabilityIssue.ZeroExtent, "y_size 0: designs with limit counters run through all values");
        }
    }

    private void NotePadding(VtaLoad load, int index, string what)
    {
        if (load.HasPadding)
        {
            log.Add(index, VtaPortabilityIssue.Padding, $"padding of {what}");
        }
    }

    private void NoteStaleLines(int line, int lines, int index)
    {
        for (int i = line; i < line + lines; i++)
        {
            if (memories.Writer[i] != LineWriter.Compute)
            {
                log.Add(index, VtaPortabilityIssue.StaleOutput,
                    $"STORE of line {i}, last written by {memories.Writer[i].ToString().ToLowerInvariant()}: " +
                    "hardware stores a separate buffer that only GEMM and ALU write");
                return;
            }
        }
    }
}
