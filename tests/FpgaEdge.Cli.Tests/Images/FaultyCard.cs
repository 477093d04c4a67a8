using FpgaEdge.Cli.Images.Flash;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Images;

/// <summary>A card in memory that fails as told: a cut of its power, a write that is refused, a byte that changes.</summary>
internal sealed class FaultyCard(byte[] content) : ICardDevice
{
    public string Name => "card";

    public long Bytes => content.Length;

    public byte[] Content => content;

    /// <summary>Writes so far, with their places.</summary>
    public List<(long Offset, int Count)> Writes { get; } = [];

    /// <summary>From this write on (counted from 1) nothing arrives any more.</summary>
    public int CutAt { get; init; } = int.MaxValue;

    /// <summary>Sectors of the write at <see cref="CutAt"/> that still arrive.</summary>
    public int TornSectors { get; init; }

    /// <summary>This write is refused.</summary>
    public int RefuseAt { get; init; } = int.MaxValue;

    /// <summary>The byte at this place comes to rest with one bit changed.</summary>
    public long FlippedByte { get; init; } = -1;

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        Writes.Add((offset, bytes.Length));
        if (Writes.Count == RefuseAt)
        {
            throw new HardwareException("card: Input/output error");
        }
        if (Writes.Count >= CutAt)
        {
            int arrived = Writes.Count == CutAt ? Math.Min(bytes.Length, TornSectors * CardTable.SectorBytes) : 0;
            bytes[..arrived].CopyTo(content.AsSpan((int)offset));
            throw new HardwareException("card: No such device");
        }
        bytes.CopyTo(content.AsSpan((int)offset));
        if (FlippedByte >= offset && FlippedByte < offset + bytes.Length)
        {
            content[FlippedByte] ^= 0x10;
        }
    }

    public void Read(long offset, Span<byte> bytes) => content.AsSpan((int)offset, bytes.Length).CopyTo(bytes);

    public void Flush()
    {
        if (Writes.Count >= CutAt)
        {
            throw new HardwareException("card: No such device");
        }
    }

    public void Dispose()
    {
    }
}
