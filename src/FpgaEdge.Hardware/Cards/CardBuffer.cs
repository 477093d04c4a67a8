using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware;

/// <summary>Memory that cards can be read into and written from directly.</summary>
public sealed unsafe class CardBuffer(int bytes) : IDisposable
{
    private void* start = NativeMemory.AlignedAlloc((nuint)bytes, DirectFile.Alignment);

    /// <summary>The memory.</summary>
    public Span<byte> Span => new(start, bytes);

    /// <inheritdoc />
    public void Dispose()
    {
        NativeMemory.AlignedFree(start);
        start = null;
    }
}
