namespace FpgaEdge.Vta.Simulation;

/// <summary>
/// A zeroed array that never moves and starts on a cache line: an unaligned 64-byte vector would touch two lines on
/// every access. Collected like any array.
/// </summary>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    /// <summary>Keeps the memory alive.</summary>
    private readonly T[] storage;

    public AlignedBuffer(int length)
    {
        int slack = Alignment / sizeof(T);
        storage = GC.AllocateArray<T>(length + slack, pinned: true);
        nuint address = (nuint)System.Runtime.CompilerServices.Unsafe.AsPointer(ref storage[0]);
        Pointer = (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
        Length = length;
    }

    public T* Pointer { get; }

    public int Length { get; }

    public Span<T> Span => new(Pointer, Length);

    public Span<T> Slice(int start, int length) => Span.Slice(start, length);

    public void Clear() => Array.Clear(storage);
}
