namespace FpgaEdge.Hardware;

/// <summary>
/// What the processor's caches need when the accelerator's port does not see them. Ranges are whole cache lines.
/// </summary>
public interface IDmaCaches : IDisposable
{
    /// <summary>Before the accelerator starts: what the processor has written goes to memory.</summary>
    /// <exception cref="HardwareException">The kernel refuses.</exception>
    void WriteBack(int offset, int byteCount);

    /// <summary>After the accelerator has ended: what the caches hold is forgotten, so that reading sees memory.</summary>
    /// <exception cref="HardwareException">The kernel refuses.</exception>
    void Invalidate(int offset, int byteCount);
}
