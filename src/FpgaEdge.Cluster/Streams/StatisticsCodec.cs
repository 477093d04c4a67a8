using System.Buffers.Binary;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Stage statistics as they follow a frame's tensors: 48 bytes, big-endian: board (8), compute ns (8), modelled ns (8),
/// queue ns (8), bytes in (4), bytes out (4), energy in nJ (8). Fixed size, so that a frame's size says how many there
/// are.
/// </summary>
internal static class StatisticsCodec
{
    public static void Write(Span<byte> to, in StageStatistics value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, value.Board.Value);
        BinaryPrimitives.WriteInt64BigEndian(to[8..], value.ComputeNs);
        BinaryPrimitives.WriteInt64BigEndian(to[16..], value.ModelledNs);
        BinaryPrimitives.WriteInt64BigEndian(to[24..], value.QueueNs);
        BinaryPrimitives.WriteInt32BigEndian(to[32..], value.BytesIn);
        BinaryPrimitives.WriteInt32BigEndian(to[36..], value.BytesOut);
        BinaryPrimitives.WriteInt64BigEndian(to[40..], value.EnergyNanojoules);
    }

    public static StageStatistics Read(ReadOnlySpan<byte> from) => new(
        new BoardId(BinaryPrimitives.ReadUInt64BigEndian(from)),
        BinaryPrimitives.ReadInt64BigEndian(from[8..]),
        BinaryPrimitives.ReadInt64BigEndian(from[16..]),
        BinaryPrimitives.ReadInt64BigEndian(from[24..]),
        BinaryPrimitives.ReadInt32BigEndian(from[32..]),
        BinaryPrimitives.ReadInt32BigEndian(from[36..]),
        BinaryPrimitives.ReadInt64BigEndian(from[40..]));

    /// <summary>Bytes of the statistics of <paramref name="stages"/> stages.</summary>
    public static int Bytes(int stages) => stages * WireLimits.StageStatisticsBytes;
}
