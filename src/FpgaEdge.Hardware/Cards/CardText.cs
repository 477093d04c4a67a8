namespace FpgaEdge.Hardware;

/// <summary>Whether a text begins with these bytes, the first of a sector.</summary>
public delegate bool SectorMatch(ReadOnlySpan<byte> sectors);

/// <summary>
/// Finds the texts that are changed in place on a card, slot record and identity: their first lines stand at the start of a sector,
/// once.
/// </summary>
public static class CardText
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Byte offset of a text on a card, or null.</summary>
    /// <param name="read">Reads the card.</param>
    /// <param name="start">Where to start, a multiple of 4096.</param>
    /// <param name="length">How far to look, a multiple of 4096.</param>
    /// <param name="match">Recognises the text.</param>
    public static long? Find(ReadCard read, long start, long length, SectorMatch match)
    {
        using var piece = new CardBuffer(PieceBytes);
        for (long at = start; at < start + length; at += PieceBytes)
        {
            Span<byte> bytes = piece.Span[..(int)Math.Min(PieceBytes, start + length - at)];
            read(at, bytes);
            for (int sector = 0; sector < bytes.Length; sector += CardTable.SectorBytes)
            {
                if (match(bytes[sector..]))
                {
                    return at + sector;
                }
            }
        }
        return null;
    }

    /// <summary>The same in a stream that stands at the start and need not be able to go back.</summary>
    /// <inheritdoc cref="Find(ReadCard, long, long, SectorMatch)"/>
    public static long? Find(Stream stream, long start, long length, SectorMatch match)
    {
        try
        {
            return Find((_, bytes) => stream.ReadExactly(bytes), start, length, match);
        }
        catch (EndOfStreamException)
        {
            return null;
        }
    }
}
