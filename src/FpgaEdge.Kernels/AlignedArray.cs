using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FpgaEdge.Kernels;

/// <summary>
/// A copy of an array that begins at a cache line and does not move, so that its address may be kept and no vector of it lies
/// across two lines. Freed with the object like any array.
/// </summary>
internal sealed unsafe class AlignedArray<T> where T : unmanaged
{
    private const int Line = 64;

    private readonly byte[] memory;

    /// <summary>Copies.</summary>
    public AlignedArray(ReadOnlySpan<T> values)
    {
        memory = GC.AllocateUninitializedArray<byte>((values.Length * sizeof(T)) + Line, pinned: true);
        byte* start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(memory));
        byte* aligned = start + (-(nint)start & (Line - 1));
        values.CopyTo(new Span<T>(aligned, values.Length));
        Length = values.Length;
        Pointer = values.IsEmpty ? null : (T*)aligned;
    }

    /// <summary>Elements.</summary>
    public int Length { get; }

    /// <summary>The first element; null where there is none. Valid as long as this object lives.</summary>
    public T* Pointer { get; }
}
