using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>Physically contiguous memory that processor and accelerator share.</summary>
/// <param name="Memory">How the process comes by it.</param>
/// <param name="Base">Physical address of its first byte; null where the kernel chooses it.</param>
/// <param name="ByteCount">Its size in bytes.</param>
/// <param name="Coherent">Whether the accelerator's port sees the processor's caches (ACP, HPC): nothing is flushed
/// then.</param>
/// <param name="Device">Name of the u-dma-buf device, for example "udmabuf0"; empty for a reserved region.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record DmaRegion(DmaMemory Memory, uint? Base, int ByteCount, bool Coherent, string Device, string Source)
{
    /// <summary>The address, for what is made for a fixed one.</summary>
    /// <exception cref="HardwareException">The kernel chooses it.</exception>
    public uint FixedBase => Base ?? throw new HardwareException("expected a DMA region with \"base\", found one whose place the kernel chooses");

    /// <summary>Where it is, for people.</summary>
    public string Place => $"{(Base is uint start ? $"0x{start:X8}" : "kernel's choice")} + {ByteCount >> 10} KiB";

    /// <summary>Why the accelerator could not use such a region at an address; null when it could.</summary>
    /// <param name="start">Physical address of the first byte.</param>
    /// <param name="memoryBytes">Where memory ends, or the accelerator's 32-bit addresses do.</param>
    /// <param name="registers">The accelerator's registers.</param>
    /// <param name="vta">The accelerator.</param>
    internal string? FaultAt(ulong start, long memoryBytes, RegisterBlocks registers, VtaConfiguration vta)
    {
        ulong end = start + (ulong)ByteCount;
        return (start % PageBytes, start % (uint)vta.DramAlignment) switch
        {
            ( > 0, _) => $"expected a multiple of {PageBytes} (a page), found 0x{start:X}",
            (_, > 0) => $"expected a multiple of {vta.DramAlignment} (the accelerator's largest element), found 0x{start:X}",
            _ when start == 0 => "expected an address above 0: the vectors of the processor are there",
            _ when end > (ulong)memoryBytes => $"the region ends at 0x{end:X}, beyond the memory's 0x{memoryBytes:X} bytes",
            _ when start < (ulong)registers.Base + (ulong)registers.ByteCount && end > registers.Base => "the region overlaps the registers",
            _ => null,
        };
    }

    private const int PageBytes = 4096;
}

/// <summary>How a process comes by memory for DMA whose physical address it knows.</summary>
public enum DmaMemory
{
    /// <summary>A region that the device tree takes away from the kernel (no-map), mapped through /dev/mem: never cached.</summary>
    Reserved = 0,

    /// <summary>A buffer of the u-dma-buf driver in a region that the device tree gives it: cached.</summary>
    UDmaBuf = 1,

    /// <summary>A buffer of the u-dma-buf driver that the kernel takes from its contiguous allocator (CMA), wherever that is:
    /// cached.</summary>
    Cma = 2,
}
