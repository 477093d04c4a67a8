namespace FpgaEdge.Hardware;

/// <summary>
/// A board's registers and DMA window, mapped. On a real board the registers are a range of /dev/mem, and the window is another
/// one or a driver's buffer (<see cref="DmaMemory"/>); on a virtual board they are the files "registers" and "dma" of a folder.
/// </summary>
public sealed class BoardMemory : IDisposable
{
    /// <summary>Takes over what is mapped already.</summary>
    public BoardMemory(RegisterWindow registers, DmaWindow dma)
    {
        Registers = registers;
        Dma = dma;
    }

    /// <summary>The accelerator's registers.</summary>
    public RegisterWindow Registers { get; }

    /// <summary>The memory shared with the accelerator.</summary>
    public DmaWindow Dma { get; }

    /// <summary>Makes the two files of a virtual board, full of zeros.</summary>
    /// <exception cref="HardwareException">They cannot be made.</exception>
    public static void CreateFiles(BoardDescription board, string folder)
    {
        MappedMemory.CreateFile(RegisterFile(folder), board.Registers.ByteCount);
        MappedMemory.CreateFile(DmaFile(folder), board.Dma.ByteCount);
    }

    /// <summary>Maps a board's registers and DMA window.</summary>
    /// <param name="board">The board.</param>
    /// <param name="folder">Folder of a virtual board's files; not used for a real one.</param>
    /// <param name="root">The root folder of a real one's operating system; another than "/" in tests.</param>
    /// <exception cref="HardwareException">They cannot be mapped, or are memory that the kernel uses.</exception>
    public static BoardMemory Open(BoardDescription board, string folder, string root = "/")
    {
        bool files = board.Access == MemoryAccess.Files;
        if (!files)
        {
            RefuseKernelMemory(board, MemoryMap.ReadFrom(root));
        }
        MappedMemory registers = files
            ? MappedMemory.Open(RegisterFile(folder), 0, board.Registers.ByteCount)
            : MappedMemory.Open(AllMemory(root), board.Registers.Base, board.Registers.ByteCount);
        try
        {
            DmaWindow dma = files
                ? new DmaWindow(MappedMemory.Open(DmaFile(folder), 0, board.Dma.ByteCount), board.Dma.FixedBase)
                : OpenWindow(board, root);
            return new BoardMemory(new RegisterWindow(registers), dma);
        }
        catch
        {
            registers.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Registers.Dispose();
        Dma.Dispose();
    }

    /// <summary>Before anything is mapped, let alone written: one program of the accelerator in the kernel's memory, and the
    /// board is gone.</summary>
    internal static void RefuseKernelMemory(BoardDescription board, MemoryMap map)
    {
        Refuse("registers", board.Registers.Base, board.Registers.ByteCount);
        if (board.Dma.Memory == DmaMemory.Reserved)
        {
            Refuse("DMA window", board.Dma.FixedBase, board.Dma.ByteCount);
        }

        void Refuse(string what, uint start, int bytes)
        {
            if (map.KernelMemoryAt(start, bytes) is string used)
            {
                throw new HardwareException(
                    $"the {what} of {board.Name}, 0x{start:X8} + {bytes >> 10} KiB, lies in memory that the kernel uses, {used}; reserve it: add " +
                    $"what 'fpgaedge board dts {board.Name}' prints to the board's device tree and start again");
            }
        }
    }

    private static DmaWindow OpenWindow(BoardDescription board, string root)
    {
        DmaRegion dma = board.Dma;
        if (dma.Memory == DmaMemory.Reserved)
        {
            return new DmaWindow(MappedMemory.Open(AllMemory(root), dma.FixedBase, dma.ByteCount), dma.FixedBase);
        }
        UDmaBuf buffer = UDmaBuf.Find(board, root);
        IDmaCaches? caches = UDmaBuf.OpenCaches(dma, root);
        try
        {
            return new DmaWindow(MappedMemory.Open(buffer.Device, 0, dma.ByteCount, cached: true), buffer.PhysicalBase, caches);
        }
        catch
        {
            caches?.Dispose();
            throw;
        }
    }

    private static string AllMemory(string root) => Path.Combine(root, LinuxMemory.PhysicalMemory.TrimStart('/'));

    private static string RegisterFile(string folder) => Path.Combine(folder, "registers");

    private static string DmaFile(string folder) => Path.Combine(folder, "dma");
}
