using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace FpgaEdge.Hardware;

/// <summary>
/// A buffer of the u-dma-buf driver (github.com/ikwzm/udmabuf, versions with the class u-dma-buf): /dev/NAME, whose physical
/// address, size and cache maintenance are files in /sys/class/u-dma-buf/NAME.
/// </summary>
/// <param name="Device">The file to map.</param>
/// <param name="PhysicalBase">Address of its first byte.</param>
internal sealed record UDmaBuf(string Device, uint PhysicalBase)
{
    private const long AddressSpace = 1L << 32;

    /// <summary>Finds a board's buffer and makes sure that it is the one that the board file speaks of. Nothing is mapped.</summary>
    /// <param name="board">A board whose DMA memory is such a buffer.</param>
    /// <param name="root">The root folder: "/", or a test's.</param>
    /// <exception cref="HardwareException">It is missing, too small, elsewhere, or out of the accelerator's reach.</exception>
    public static UDmaBuf Find(BoardDescription board, string root)
    {
        DmaRegion dma = board.Dma;
        string folder = Folder(dma, root);
        string device = Path.Combine(root, "dev", dma.Device);
        if (!Directory.Exists(folder) || !File.Exists(device))
        {
            throw new HardwareException($"/dev/{dma.Device}: no such buffer; build the kernel with u-dma-buf, add what 'fpgaedge board dts " +
                $"{board.Name}' prints to the board's device tree and start again");
        }
        ulong start = Number(folder, "phys_addr");
        ulong bytes = Number(folder, "size");
        string fault =
            bytes < (ulong)dma.ByteCount ? $"expected {dma.ByteCount} bytes, found {bytes}"
            : dma.Base is uint expected && start != expected ? $"expected it at 0x{expected:X8}, found it at 0x{start:X}"
            : dma.FaultAt(start, AddressSpace, board.Registers, board.Accelerator.Configuration)
                ?? (dma.Memory == DmaMemory.Cma ? FaultOfAllocation(start, dma.ByteCount, root) : null)
                ?? (dma.Coherent ? null : FaultOfCaches(folder))
                ?? "";
        return fault.Length == 0
            ? new UDmaBuf(device, (uint)start)
            : throw new HardwareException($"/dev/{dma.Device}: {fault}; compare \"dma\" in {board.Name}'s board file with the board's device tree");
    }

    /// <summary>What keeps the caches right: nothing where the accelerator's port sees them.</summary>
    /// <exception cref="HardwareException">The driver's files cannot be written.</exception>
    public static IDmaCaches? OpenCaches(DmaRegion dma, string root) => dma.Coherent ? null : new DriverCaches(Folder(dma, root));

    private static string Folder(DmaRegion dma, string root) => Path.Combine(root, "sys", "class", "u-dma-buf", dma.Device);

    /// <summary>Memory that the kernel lends must be memory of the kernel's: another address is one that an IOMMU
    /// translates, and the accelerator's port is not behind that.</summary>
    private static string? FaultOfAllocation(ulong start, long byteCount, string root)
    {
        MemoryMap map = MemoryMap.ReadFrom(root);
        return map.IsHidden || map.KernelMemoryAt(start, byteCount) is not null
            ? null
            : $"0x{start:X} is no memory of the kernel's, so an IOMMU seems to translate it; take the buffer's device out of the IOMMU";
    }

    private static string? FaultOfCaches(string folder)
    {
        foreach (string name in (string[])[DriverCaches.ForDevice, DriverCaches.ForProcessor])
        {
            if (!File.Exists(Path.Combine(folder, name)))
            {
                return $"the accelerator's port is not coherent, and the driver cannot write caches back: {name} is missing";
            }
        }
        return File.Exists(Path.Combine(folder, "dma_coherent")) && Number(folder, "dma_coherent") != 0
            ? "the accelerator's port is not coherent, but the driver takes it to be, and would not write caches back (dma-coherent)"
            : null;
    }

    private static ulong Number(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        try
        {
            string text = File.ReadAllText(file).Trim();
            bool isNumber = text.StartsWith("0x", StringComparison.Ordinal)
                ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
                : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
            return isNumber ? value : throw new HardwareException($"{file}: expected a number, found \"{text}\"");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HardwareException($"{file}: cannot be read: {e.Message}");
        }
    }

    /// <summary>The driver's two files: what is written is one 64-bit number, offset in the upper half, size in the lower, whose
    /// last four bits are direction (0: both) and command.</summary>
    private sealed class DriverCaches : IDmaCaches
    {
        public const string ForDevice = "sync_for_device";
        public const string ForProcessor = "sync_for_cpu";

        private readonly SafeFileHandle forDevice;
        private readonly SafeFileHandle forProcessor;

        public DriverCaches(string folder)
        {
            forDevice = Open(Path.Combine(folder, ForDevice));
            forProcessor = Open(Path.Combine(folder, ForProcessor));
        }

        public void WriteBack(int offset, int byteCount) => Command(forDevice, offset, byteCount);

        public void Invalidate(int offset, int byteCount) => Command(forProcessor, offset, byteCount);

        public void Dispose()
        {
            forDevice.Dispose();
            forProcessor.Dispose();
        }

        private static SafeFileHandle Open(string file)
        {
            try
            {
                return File.OpenHandle(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new HardwareException($"{file}: cannot be written: {e.Message}; run as root");
            }
        }

        private static void Command(SafeFileHandle file, int offset, int byteCount)
        {
            try
            {
                RandomAccess.Write(file, Encoding.ASCII.GetBytes($"0x{offset:X8}{byteCount | 1:X8}"), 0);
            }
            catch (IOException e)
            {
                throw new HardwareException($"caches of the DMA window at offset 0x{offset:X}, {byteCount} bytes: {e.Message}");
            }
        }
    }
}
