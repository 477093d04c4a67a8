namespace FpgaEdge.Wire;

/// <summary>
/// A client asks one board something, and again for what is missing of the answer. Elements after the header: number of the
/// command at this client, incarnation of the board that is meant, mask (uint 64) whose bit i asks for chunk i of the answer,
/// the command (str, see <see cref="NameText"/>).
/// </summary>
public ref struct CommandMessage
{
    private const int Elements = 4;

    /// <summary>Grows with each command of this client; 0 is none.</summary>
    public uint Number;

    /// <summary>Only this start of the board is meant.</summary>
    public uint BoardIncarnation;

    /// <summary>Chunks of the answer that are wanted.</summary>
    public ulong Mask;

    /// <summary>The command.</summary>
    public ReadOnlySpan<byte> Text;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        writer.Write(Number);
        writer.Write(BoardIncarnation);
        writer.Write(Mask);
        NameText.Write(ref writer, Text);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out CommandMessage message)
    {
        message = default;
        return elements == Elements && reader.TryReadUInt32(out message.Number) && message.Number > 0
            && reader.TryReadUInt32(out message.BoardIncarnation) && reader.TryReadUInt64(out message.Mask)
            && NameText.TryRead(ref reader, out message.Text);
    }
}

/// <summary>
/// One chunk of an answer, or the news that the board is still at it. Elements after the header: number of the command,
/// bytes of the whole answer (0: not there yet), index of the chunk, bytes (bin).
/// </summary>
public ref struct CommandAnswerMessage
{
    private const int Elements = 4;

    /// <summary>Of the command.</summary>
    public uint Number;

    /// <summary>Bytes of the whole answer; 0 while there is none.</summary>
    public int TotalBytes;

    /// <summary>The chunk starts at this times <see cref="WireLimits.ChunkBytes"/>.</summary>
    public int Index;

    /// <summary>All chunks but the last are full.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Chunks of an answer.</summary>
    public static int Chunks(int totalBytes) => (totalBytes + WireLimits.ChunkBytes - 1) / WireLimits.ChunkBytes;

    /// <summary>One bit per chunk of an answer.</summary>
    public static ulong AllChunks(int totalBytes) =>
        totalBytes == 0 ? 0 : ulong.MaxValue >> (WireLimits.AnswerChunks - Chunks(totalBytes));

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        writer.Write(Number);
        writer.Write((uint)TotalBytes);
        writer.Write((uint)Index);
        writer.Write(Payload);
    }

    /// <summary>Reads the elements after the header; the payload is as long as size and index say.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out CommandAnswerMessage message)
    {
        message = default;
        return elements == Elements && reader.TryReadUInt32(out message.Number)
            && reader.TryReadInt32(out message.TotalBytes) && message.TotalBytes is >= 0 and <= WireLimits.AnswerBytes
            && reader.TryReadInt32(out message.Index) && message.Index is >= 0 and < WireLimits.AnswerChunks
            && reader.TryReadBytes(out message.Payload) && message.Payload.Length == PayloadBytes(message.TotalBytes, message.Index);
    }

    private static int PayloadBytes(int totalBytes, int index)
    {
        int left = totalBytes - (index * WireLimits.ChunkBytes);
        return totalBytes == 0 && index == 0 ? 0 : left > 0 ? Math.Min(left, WireLimits.ChunkBytes) : -1;
    }
}
