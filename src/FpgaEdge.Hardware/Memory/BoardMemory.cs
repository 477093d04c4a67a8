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
    /// <exception cref="HardwareException">They cannot be mapped.</exception>
    public static BoardMemory Open(BoardDescription board, string folder)
    {
        bool files = board.Access == MemoryAccess.Files;
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

    private static string RegisterFile(string folder) => Path.Combine(folder, "registers");

    private static string DmaFile(string folder) => Path.Combine(folder, "dma");
}
