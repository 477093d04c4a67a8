namespace FpgaEdge.Hardware;

/// <summary>
/// The memory that processor and accelerator share: the processor sees the mapping, the accelerator sees physical
/// addresses from <see cref="PhysicalBase"/> on.
/// </summary>
public sealed class DmaWindow : IDisposable
{
    /// <summary>Longest cache line of the processors in question (Cortex-A9: 32 bytes, Cortex-A53: 64).</summary>
    private const int LineBytes = 64;

    private readonly MappedMemory memory;
    private readonly IDmaCaches? caches;

    /// <summary>Takes over a mapping of the memory.</summary>
    /// <param name="memory">The mapped region; disposed of with this window.</param>
    /// <param name="physicalBase">Physical address of its first byte.</param>
    /// <param name="caches">What the caches need, likewise; null when they need nothing: the mapping is not cached, or the
    /// accelerator's port sees the caches.</param>
    public DmaWindow(MappedMemory memory, uint physicalBase, IDmaCaches? caches = null)
    {
        this.memory = memory;
        this.caches = caches;
        PhysicalBase = physicalBase;
    }

    /// <summary>Physical address of the first byte.</summary>
    public uint PhysicalBase { get; }

    /// <summary>Size in bytes.</summary>
    public int Length => memory.Length;

    /// <summary>All bytes as the processor sees them.</summary>
    public Span<byte> Span => memory.Span;

    /// <summary>To be called before the accelerator is started, for all that it will read and write; from then on the
    /// processor leaves these bytes alone.</summary>
    /// <exception cref="HardwareException">The kernel refuses.</exception>
    public void GiveToAccelerator(int offset, int byteCount)
    {
        if (caches is not null)
        {
            (int start, int count) = Lines(offset, byteCount);
            caches.WriteBack(start, count);
        }
    }

    /// <summary>To be called when the accelerator has ended, for all that it has written.</summary>
    /// <exception cref="HardwareException">The kernel refuses.</exception>
    public void TakeFromAccelerator(int offset, int byteCount)
    {
        if (caches is not null)
        {
            (int start, int count) = Lines(offset, byteCount);
            caches.Invalidate(start, count);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        caches?.Dispose();
        memory.Dispose();
    }

    private static (int Start, int Count) Lines(int offset, int byteCount)
    {
        int start = offset & -LineBytes;
        return (start, (offset + byteCount - start + LineBytes - 1) & -LineBytes);
    }
}
