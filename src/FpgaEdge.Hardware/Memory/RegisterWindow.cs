using FpgaEdge.Vta;

namespace FpgaEdge.Hardware;

/// <summary>
/// 32-bit registers in mapped memory. Each access is exactly one load or store of 32 bits, in program order, as
/// device registers demand.
/// </summary>
public sealed unsafe class RegisterWindow(MappedMemory memory) : IRegisterWindow, IDisposable
{
    /// <inheritdoc />
    /// <exception cref="ArgumentOutOfRangeException">Outside the window or not a multiple of four.</exception>
    public uint Read(uint offset) => Volatile.Read(ref *At(offset));

    /// <inheritdoc />
    /// <exception cref="ArgumentOutOfRangeException">Outside the window or not a multiple of four.</exception>
    public void Write(uint offset, uint value)
    {
        // What was written to memory before (instructions, inputs) must be there before the accelerator is started.
        Thread.MemoryBarrier();
        Volatile.Write(ref *At(offset), value);
    }

    /// <inheritdoc />
    public void Dispose() => memory.Dispose();

    private uint* At(uint offset)
    {
        if (offset % 4 != 0 || offset > (uint)memory.Length - 4)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"register 0x{offset:X} of a window of 0x{memory.Length:X} bytes");
        }
        return (uint*)(memory.Pointer + offset);
    }
}
