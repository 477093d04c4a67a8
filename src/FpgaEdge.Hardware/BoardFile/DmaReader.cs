using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>From the "dma" block of a board file to a <see cref="DmaRegion"/>.</summary>
internal static class DmaReader
{
    private const int PageBytes = 4096;
    private const int LongestDeviceName = 32;

    /// <summary>Reads the block.</summary>
    /// <exception cref="BoardFileException">It says something impossible.</exception>
    public static DmaRegion Read(
        LocatedJson json, MemoryAccess access, MemoryDescription memory, RegisterBlocks registers, VtaConfiguration vta)
    {
        DmaMemory kind = ReadKind(json.OptionalMember("memory"), access);
        LocatedJson? start = kind == DmaMemory.Cma ? NoBase(json) : json.Member("base");
        LocatedJson size = json.Member("bytes");
        var dma = new DmaRegion(
            kind, start?.Address(), (int)size.Integer(64 * 1024, 1 << 30), json.Member("coherent").Flag(),
            kind == DmaMemory.Reserved ? "" : ReadDevice(json.Member("device")), json.Member("source").Text());
        json.RefuseUnknown();
        if (dma.ByteCount % PageBytes != 0)
        {
            throw size.Fault($"expected a multiple of {PageBytes} (a page), found 0x{dma.ByteCount:X}");
        }
        if (dma.Base is uint address)
        {
            RequirePlace(start!, dma, address, memory, registers, vta);
        }
        return dma;
    }

    private static DmaMemory ReadKind(LocatedJson? json, MemoryAccess access)
    {
        DmaMemory kind = json?.Choice(("reserved", DmaMemory.Reserved), ("u-dma-buf", DmaMemory.UDmaBuf), ("cma", DmaMemory.Cma))
            ?? DmaMemory.Reserved;
        return access == MemoryAccess.Files && kind != DmaMemory.Reserved
            ? throw json!.Fault("expected \"reserved\": a model over files has no driver")
            : kind;
    }

    private static LocatedJson? NoBase(LocatedJson json) => json.OptionalMember("base") is LocatedJson given
        ? throw given.Fault("the kernel chooses the address of \"cma\" memory: leave \"base\" out, or take \"u-dma-buf\"")
        : null;

    private static string ReadDevice(LocatedJson json)
    {
        string name = json.Text();
        return name.Length <= LongestDeviceName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            ? name
            : throw json.Fault("expected the name of a device under /dev, such as \"udmabuf0\"");
    }

    private static void RequirePlace(
        LocatedJson at, DmaRegion dma, uint start, MemoryDescription memory, RegisterBlocks registers, VtaConfiguration vta)
    {
        if (dma.FaultAt(start, memory.ByteCount, registers, vta) is string fault)
        {
            throw at.Fault(fault);
        }
        long end = start + (long)dma.ByteCount;
        foreach (UsedRange used in memory.Used)
        {
            if (start < used.Base + used.ByteCount && end > used.Base)
            {
                throw at.Fault($"the region 0x{start:X}..0x{end - 1:X} overlaps " +
                    $"0x{used.Base:X}..0x{used.Base + used.ByteCount - 1:X}, used by {used.By}");
            }
        }
    }
}
