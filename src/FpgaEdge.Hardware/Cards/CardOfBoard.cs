namespace FpgaEdge.Hardware;

/// <summary>The card that this board was started from: its slot record is read and written in place.</summary>
public static class CardOfBoard
{
    private const string Blocks = "/sys/block";
    private const int SearchBytes = 8 << 20;

    /// <summary>Device file of the card; null when this machine was not started from one.</summary>
    public static string? Find()
    {
        foreach (string folder in Directory.Exists(Blocks) ? Directory.EnumerateFileSystemEntries(Blocks) : [])
        {
            string device = "/dev/" + Path.GetFileName(folder);
            byte[] sector = new byte[CardTable.SectorBytes];
            try
            {
                using FileStream file = File.OpenRead(device);
                if (file.ReadAtLeast(sector, sector.Length, throwOnEndOfStream: false) == sector.Length && CardTable.Read(sector) is not null)
                {
                    return device;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not a disk that can be read: not the card.
            }
        }
        return null;
    }

    /// <summary>The slot record; null without a card.</summary>
    public static SlotRecord? TryRead()
    {
        if (Find() is not string device)
        {
            return null;
        }
        using DirectFile card = DirectFile.Open(device, readOnly: true);
        return new SlotRecordOnCard(card.Read, (_, _) => { }).Record;
    }

    /// <summary>Where to look for the record: it is the first file of the boot partition.</summary>
    internal static int SearchLength(CardTable table) => (int)Math.Min(SearchBytes, table.Boot.Bytes);
}

/// <summary>Reads a card; offset and length are multiples of 4096.</summary>
public delegate void ReadCard(long offset, Span<byte> bytes);

/// <summary>Writes a card; offset and length are multiples of 4096.</summary>
public delegate void WriteCard(long offset, ReadOnlySpan<byte> bytes);

/// <summary>The slot record where it lies on a card, found through the partition table.</summary>
public sealed class SlotRecordOnCard
{
    private const int Block = DirectFile.Alignment;
    private readonly ReadCard read;
    private readonly WriteCard write;
    private readonly long offset;

    /// <summary>Finds the record.</summary>
    /// <exception cref="SlotRecordException">There is none.</exception>
    public SlotRecordOnCard(ReadCard read, WriteCard write)
    {
        this.read = read;
        this.write = write;
        using var memory = new CardBuffer(Block);
        read(0, memory.Span);
        Table = CardTable.Read(memory.Span) ?? throw new SlotRecordException("expected a FpgaEdge card, found another one");
        offset = CardText.Find(read, Table.Boot.Offset, CardOfBoard.SearchLength(Table), SlotRecord.StartsAt)
            ?? throw new SlotRecordException("expected boot/slot.env on the card, found none; write the card again");
        Record = SlotRecord.Decode(Sectors());
    }

    /// <summary>The card's partitions.</summary>
    public CardTable Table { get; }

    /// <summary>What the record says.</summary>
    public SlotRecord Record { get; private set; }

    /// <summary>Replaces the record: one write, in which one sector changes.</summary>
    public void Write(SlotRecord record)
    {
        using var memory = new CardBuffer(2 * Block);
        long start = offset / Block * Block;
        int inside = (int)(offset - start);
        Span<byte> bytes = memory.Span[..(inside + SlotRecord.ByteCount > Block ? 2 * Block : Block)];
        read(start, bytes);
        record.Encode().CopyTo(bytes[inside..]);
        write(start, bytes);
        Record = record;
    }

    private byte[] Sectors()
    {
        using var memory = new CardBuffer(2 * Block);
        long start = offset / Block * Block;
        read(start, memory.Span);
        return memory.Span.Slice((int)(offset - start), SlotRecord.ByteCount).ToArray();
    }
}
