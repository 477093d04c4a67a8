using System.Buffers.Binary;

namespace FpgaEdge.Wire;

/// <summary>Thirty-two bytes, on the wire as bin 8 in byte order: the SHA-256 of a package.</summary>
/// <param name="A">First eight bytes, big-endian.</param>
/// <param name="B">Next eight.</param>
/// <param name="C">Next eight.</param>
/// <param name="D">Last eight.</param>
public readonly record struct Hash256(ulong A, ulong B, ulong C, ulong D)
{
    internal void Write(ref MessagePackWriter writer)
    {
        Span<byte> bytes = stackalloc byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, A);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], B);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], C);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[24..], D);
        writer.Write(bytes);
    }

    internal static bool TryRead(ref MessagePackReader reader, out Hash256 hash)
    {
        hash = default;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes) || bytes.Length != 32)
        {
            return false;
        }

        hash = new Hash256(
            BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]));
        return true;
    }
}

/// <summary>Sixteen bytes, on the wire as bin 8 in byte order: the name of a plan.</summary>
/// <param name="High">First eight bytes, big-endian.</param>
/// <param name="Low">Last eight.</param>
public readonly record struct Hash128(ulong High, ulong Low)
{
    internal void Write(ref MessagePackWriter writer)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        writer.Write(bytes);
    }

    internal static bool TryRead(ref MessagePackReader reader, out Hash128 hash)
    {
        hash = default;
        if (!reader.TryReadBytes(out ReadOnlySpan<byte> bytes) || bytes.Length != 16)
        {
            return false;
        }

        hash = new Hash128(
            BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));
        return true;
    }
}
