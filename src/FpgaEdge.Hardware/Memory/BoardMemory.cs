namespace FpgaEdge.Hardware;

/// <summary>
/// A board's registers and DMA window, mapped. On a real board both are ranges of /dev/mem; on a virtual board they are
/// the files "registers" and "dma" of a folder. Path and offset are the only difference.
/// </summary>
public sealed class BoardMemory : IDisposable
{
    private BoardMemory(RegisterWindow registers, DmaWindow dma)
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
    /// <param name="memoryMap">Where the kernel says whose memory is whose.</param>
    /// <exception cref="HardwareException">They cannot be mapped, or are memory that the kernel uses.</exception>
    public static BoardMemory Open(BoardDescription board, string folder, string memoryMap = "/proc/iomem")
    {
        bool files = board.Access == MemoryAccess.Files;
        if (!files)
        {
            RefuseKernelMemory(board, memoryMap);
        }
        MappedMemory registers = MappedMemory.Open(
            files ? RegisterFile(folder) : LinuxMemory.PhysicalMemory,
            files ? 0 : board.Registers.Base,
            board.Registers.ByteCount);
        try
        {
            MappedMemory dma = MappedMemory.Open(
                files ? DmaFile(folder) : LinuxMemory.PhysicalMemory, files ? 0 : board.Dma.Base, board.Dma.ByteCount);
            return new BoardMemory(new RegisterWindow(registers), new DmaWindow(dma, board.Dma.Base));
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
    internal static void RefuseKernelMemory(BoardDescription board, string memoryMap)
    {
        MemoryMap map = MemoryMap.Parse(File.Exists(memoryMap) ? File.ReadAllText(memoryMap) : "");
        (string What, uint Start, int Bytes)[] regions =
            [("DMA window", board.Dma.Base, board.Dma.ByteCount), ("registers", board.Registers.Base, board.Registers.ByteCount)];
        foreach ((string what, uint start, int bytes) in regions)
        {
            if (map.KernelMemoryAt(start, bytes) is string used)
            {
                throw new HardwareException(
                    $"the {what} of {board.Name}, 0x{start:X8} + {bytes >> 10} KiB, lies in memory that the kernel uses, {used}; reserve it: add " +
                    $"what 'fpgaedge board dts {board.Name}' prints to the board's device tree and start again");
            }
        }
    }

    private static string RegisterFile(string folder) => Path.Combine(folder, "registers");

    private static string DmaFile(string folder) => Path.Combine(folder, "dma");
}
