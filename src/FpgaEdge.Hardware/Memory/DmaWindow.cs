namespace FpgaEdge.Hardware;

/// <summary>
/// The reserved region of memory that processor and accelerator share: the processor sees the mapping, the accelerator
/// sees physical addresses from <see cref="PhysicalBase"/> on.
/// </summary>
public sealed class DmaWindow : IDisposable
{
    private readonly MappedMemory memory;

    /// <summary>Takes over a mapping of the region.</summary>
    /// <param name="memory">The mapped region; disposed of with this window.</param>
    /// <param name="physicalBase">Physical address of its first byte.</param>
    public DmaWindow(MappedMemory memory, uint physicalBase)
    {
        this.memory = memory;
        PhysicalBase = physicalBase;
    }

    /// <summary>Physical address of the first byte.</summary>
    public uint PhysicalBase { get; }

    /// <summary>Size in bytes.</summary>
    public int Length => memory.Length;

    /// <summary>All bytes as the processor sees them.</summary>
    public Span<byte> Span => memory.Span;

    /// <inheritdoc />
    public void Dispose() => memory.Dispose();
}
