using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>
/// What a <c>bsp/NAME/board.json</c> says: where a board's accelerator and memory are and how fast they go. Every tool
/// reads this one file; each block of figures carries its source.
/// </summary>
/// <param name="Name">The folder's name, for example "virtual-zynq7020".</param>
/// <param name="Title">One line for people.</param>
/// <param name="Soc">The chip, for example "xc7z020".</param>
/// <param name="Access">How the process reaches registers and memory.</param>
/// <param name="Registers">Where the accelerator's registers are.</param>
/// <param name="Memory">Memory of the processor system, from physical address 0.</param>
/// <param name="Dma">The memory that the accelerator reads and writes.</param>
/// <param name="Accelerator">The gateware.</param>
/// <param name="LinkBitsPerSecond">Speed of the network link.</param>
/// <param name="Rails">Power measurement points; empty when the board cannot measure.</param>
/// <param name="Sampling">How often power is measured; null when the board cannot measure.</param>
/// <param name="Platform">What the board has besides the accelerator; null where the file does not say.</param>
public sealed record BoardDescription(
    string Name, string Title, string Soc, MemoryAccess Access, RegisterBlocks Registers, MemoryDescription Memory, DmaRegion Dma,
    AcceleratorDescription Accelerator, long LinkBitsPerSecond, IReadOnlyList<RailDescription> Rails,
    PowerSampling? Sampling, PlatformDescription? Platform)
{
    /// <summary>With what the names of boards begin whose accelerator and sensors are models: figures from them are
    /// never shown as those of hardware.</summary>
    public const string VirtualPrefix = "virtual-";

    /// <summary>Memory of the processor system in bytes.</summary>
    public long MemoryBytes => Memory.ByteCount;

    /// <summary>Whether a board of that name is a model.</summary>
    public static bool IsVirtual(string name) => name.StartsWith(VirtualPrefix, StringComparison.Ordinal);

    /// <summary>Reads and checks a board file.</summary>
    /// <exception cref="BoardFileException">The file cannot be read or says something impossible.</exception>
    public static BoardDescription Read(string file) =>
        Parse(file, BoardFileReader.ReadBytes(file, "board files are bsp/NAME/board.json"));

    /// <summary>Reads and checks the text of a board file.</summary>
    /// <param name="file">The name that errors carry.</param>
    /// <param name="utf8">The whole document.</param>
    /// <exception cref="BoardFileException">The text says something impossible.</exception>
    public static BoardDescription Parse(string file, ReadOnlySpan<byte> utf8) => BoardFileReader.Parse(file, utf8);
}

/// <summary>How a board's process reaches its registers and its DMA region.</summary>
public enum MemoryAccess
{
    /// <summary>Through ordinary files that a model of the accelerator maps as well.</summary>
    Files = 0,

    /// <summary>Through /dev/mem, and for DMA as <see cref="DmaMemory"/> says.</summary>
    Physical = 1,
}

/// <summary>The accelerator's register blocks, next to one another in physical memory.</summary>
/// <param name="Base">Physical address of the first block.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="BlockBytes">Size and distance of the blocks in bytes.</param>
/// <param name="Protocol">How the accelerator is started and observed.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record RegisterBlocks(uint Base, int Blocks, int BlockBytes, RegisterProtocol Protocol, string Source)
{
    /// <summary>Bytes of all blocks.</summary>
    public int ByteCount => Blocks * BlockBytes;
}

/// <summary>Register layouts of the published gateware.</summary>
public enum RegisterProtocol
{
    /// <summary>Four HLS blocks: fetch, load, compute, store.</summary>
    Hls = 0,
}

/// <summary>The gateware: its configuration, clock and memory port.</summary>
/// <param name="Configuration">VTA's parameters, the instruction set generation among them.</param>
/// <param name="ClockHertz">Clock of the accelerator.</param>
/// <param name="AxiBits">Width of its memory port.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record AcceleratorDescription(VtaConfiguration Configuration, long ClockHertz, int AxiBits, string Source);
