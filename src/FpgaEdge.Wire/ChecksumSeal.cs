using System.Buffers.Binary;

namespace FpgaEdge.Wire;

/// <summary>
/// The seal of a cluster without a key: the message, then its XXH64 as MessagePack bin 8 of 8 big-endian bytes. It
/// keeps out accidents, which UDP's 16-bit checksum does not, but nobody who means harm.
/// </summary>
public sealed class ChecksumSeal : IDatagramSeal
{
    /// <summary>Bytes after the message.</summary>
    public const int TrailerBytes = 10;

    /// <inheritdoc />
    public int Seal(ReadOnlySpan<byte> message, Span<byte> datagram)
    {
        message.CopyTo(datagram);
        Span<byte> trailer = datagram.Slice(message.Length, TrailerBytes);
        trailer[0] = MessagePackCode.Bin8;
        trailer[1] = sizeof(ulong);
        BinaryPrimitives.WriteUInt64BigEndian(trailer[2..], XxHash64.Hash(message));
        return message.Length + TrailerBytes;
    }

    /// <inheritdoc />
    public SealVerdict TryOpen(ReadOnlySpan<byte> datagram, Span<byte> scratch, out ReadOnlySpan<byte> message)
    {
        message = default;
        if (!IsWhole(datagram))
        {
            return AeadSeal.HasEnvelope(datagram) ? SealVerdict.OtherSeal : SealVerdict.Damaged;
        }

        message = datagram[..^TrailerBytes];
        return SealVerdict.Ok;
    }

    /// <summary>True when the datagram ends with the checksum of what precedes it.</summary>
    internal static bool IsWhole(ReadOnlySpan<byte> datagram)
    {
        int length = datagram.Length - TrailerBytes;
        if (length <= 0 || datagram.Length > WireLimits.DatagramBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> trailer = datagram[length..];
        return trailer[0] == MessagePackCode.Bin8 && trailer[1] == sizeof(ulong)
            && BinaryPrimitives.ReadUInt64BigEndian(trailer[2..]) == XxHash64.Hash(datagram[..length]);
    }
}
