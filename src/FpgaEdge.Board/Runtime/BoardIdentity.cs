using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Hardware;
using FpgaEdge.Planning;

namespace FpgaEdge.Board;

/// <summary>Who a board says it is.</summary>
public static class BoardIdentity
{
    private static readonly DateTimeOffset FirstIncarnation = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A virtual board is its name: the same name is the same board, also after a restart.</summary>
    public static BoardId FromName(string name)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"fpgaedge board {name}"));
        return new BoardId(BinaryPrimitives.ReadUInt64BigEndian(hash));
    }

    /// <summary>Tenths of seconds: larger at every start, as long as the clock does not go back.</summary>
    public static uint Incarnation(DateTimeOffset now) =>
        (uint)Math.Max(1, (now - FirstIncarnation).Ticks / (TimeSpan.TicksPerSecond / 10));

    /// <summary>What a board announces of itself.</summary>
    public static Member Member(BoardDescription board, string name, DateTimeOffset now) => new(
        FromName(name), Incarnation(now), board.Name, board.Accelerator.Configuration.BitstreamName,
        board.Accelerator.ClockHertz, board.LinkBitsPerSecond, board.Dma.ByteCount) { Name = name };
}
