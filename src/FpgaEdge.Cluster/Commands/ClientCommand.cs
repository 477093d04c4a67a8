using System.Numerics;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>A command that waits for its answer.</summary>
internal sealed class ClientCommand(uint number, BoardId board, uint boardIncarnation, byte[] text)
{
    private byte[] answer = [];
    private ulong missing = ulong.MaxValue;
    private ulong askedFor;

    public uint Number { get; } = number;

    public BoardId Board { get; } = board;

    /// <summary>The start of the board that was asked.</summary>
    public uint BoardIncarnation { get; } = boardIncarnation;

    public byte[] Text { get; } = text;

    public long NextAskNs { get; set; }

    public ReadOnlySpan<byte> Answer => answer;

    /// <summary>Nothing of what was asked for is still to come.</summary>
    public bool HasAllAskedFor => (missing & askedFor) == 0;

    /// <summary>The first chunks that are missing.</summary>
    public ulong AskFor(int most)
    {
        askedFor = 0;
        ulong left = missing;
        for (int i = 0; i < most && left != 0; i++, left &= left - 1)
        {
            askedFor |= 1UL << BitOperations.TrailingZeroCount(left);
        }

        return askedFor;
    }

    /// <summary>Takes a chunk; true when the answer is whole.</summary>
    public bool Add(in CommandAnswerMessage message)
    {
        if (answer.Length == 0)
        {
            answer = new byte[message.TotalBytes];
            missing = CommandAnswerMessage.AllChunks(message.TotalBytes);
            askedFor &= missing;
        }

        if (message.TotalBytes != answer.Length)
        {
            return false;
        }

        message.Payload.CopyTo(answer.AsSpan(message.Index * WireLimits.ChunkBytes));
        missing &= ~(1UL << message.Index);
        return missing == 0;
    }
}
