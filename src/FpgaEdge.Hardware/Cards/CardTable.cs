using System.Buffers.Binary;

namespace FpgaEdge.Hardware;

/// <summary>A run of 512-byte sectors.</summary>
/// <param name="First">First sector, counted from the start of the card.</param>
/// <param name="Count">Number of sectors.</param>
public readonly record struct SectorRun(long First, long Count)
{
    /// <summary>First sector behind the run.</summary>
    public long End => First + Count;

    /// <summary>Byte offset of the first sector.</summary>
    public long Offset => First * CardTable.SectorBytes;

    /// <summary>Bytes of the run.</summary>
    public long Bytes => Count * CardTable.SectorBytes;
}

/// <summary>
/// The partition table of a FpgaEdge card: a master boot record with a FAT boot partition, two root slots and a data
/// partition, in that order and next to one another. Everything that belongs to one system lies between
/// <see cref="Base"/> and <see cref="End"/>, so a new system can be written beside an old one; rewriting sector 0 then
/// moves the card from the old to the new in one write.
/// </summary>
/// <param name="Boot">FAT partition: boot files, slot record, identity.</param>
/// <param name="SlotA">First root slot.</param>
/// <param name="SlotB">Second root slot.</param>
/// <param name="Data">What survives an update: packages.</param>
public sealed record CardTable(SectorRun Boot, SectorRun SlotA, SectorRun SlotB, SectorRun Data)
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorBytes = 512;

    /// <summary>Sectors before the boot partition: the boot record and room for a boot loader.</summary>
    public const int LeadSectors = 2048;

    /// <summary>The disk signature by which our cards are known; Linux shows it in PARTUUID=46706745-01.</summary>
    public const uint Signature = 0x46706745;

    private const int SignatureOffset = 440;
    private const int EntriesOffset = 446;
    private const int EntryBytes = 16;
    private const byte FatLba = 0x0C;
    private const byte Linux = 0x83;

    // GRUB's boot.img: "GRUB " among its messages; the sector of core.img as 8 bytes at 0x5C (grub-core/boot/i386/pc/boot.S).
    private const int LoaderSectorOffset = 0x5C;

    // The block list of core.img's first sector ends at 0x200 and grows downwards: 8 bytes sector, 2 length, 2 segment
    // (grub-core/boot/i386/pc/diskboot.S).
    private const int BlockListOffset = 0x200 - 12;

    /// <summary>First sector of the system: the lead before the boot partition.</summary>
    public long Base => Boot.First - LeadSectors;

    /// <summary>First sector behind the system.</summary>
    public long End => Data.End;

    /// <summary>The partitions of a system that starts at sector 0.</summary>
    /// <exception cref="ArgumentException">The parts do not fit.</exception>
    public static CardTable Plan(long imageBytes, long bootBytes, long slotBytes)
    {
        long boot = bootBytes / SectorBytes;
        long slot = slotBytes / SectorBytes;
        long data = (imageBytes / SectorBytes) - LeadSectors - boot - (2 * slot);
        if (data < 16 * 2048)
        {
            throw new ArgumentException($"{imageBytes} bytes leave less than 16 MiB for data");
        }
        long a = LeadSectors + boot;
        return new CardTable(new(LeadSectors, boot), new(a, slot), new(a + slot, slot), new(a + (2 * slot), data));
    }

    /// <summary>Reads sector 0; null when it is not the boot record of a FpgaEdge card.</summary>
    public static CardTable? Read(ReadOnlySpan<byte> sector)
    {
        if (sector.Length < SectorBytes || sector[510] != 0x55 || sector[511] != 0xAA
            || BinaryPrimitives.ReadUInt32LittleEndian(sector[SignatureOffset..]) != Signature)
        {
            return null;
        }
        Span<SectorRun> runs = stackalloc SectorRun[4];
        for (int i = 0; i < runs.Length; i++)
        {
            ReadOnlySpan<byte> entry = sector.Slice(EntriesOffset + (i * EntryBytes), EntryBytes);
            runs[i] = new SectorRun(
                BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]), BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]));
            if (entry[4] != (i == 0 ? FatLba : Linux) || runs[i].Count == 0 || (i > 0 && runs[i].First != runs[i - 1].End))
            {
                return null;
            }
        }
        return runs[0].First >= LeadSectors ? new CardTable(runs[0], runs[1], runs[2], runs[3]) : null;
    }

    /// <summary>The same system that many sectors further on.</summary>
    public CardTable Moved(long sectors) => new(
        Boot with { First = Boot.First + sectors }, SlotA with { First = SlotA.First + sectors },
        SlotB with { First = SlotB.First + sectors }, Data with { First = Data.First + sectors });

    /// <summary>The slot of that letter.</summary>
    public SectorRun Slot(char letter) => letter == 'B' ? SlotB : SlotA;

    /// <summary>Writes signature and partition entries into sector 0 and leaves the boot code in it alone.</summary>
    public void Write(Span<byte> sector)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(sector[SignatureOffset..], Signature);
        sector.Slice(SignatureOffset + 4, 2).Clear();
        Span<SectorRun> runs = [Boot, SlotA, SlotB, Data];
        for (int i = 0; i < runs.Length; i++)
        {
            Span<byte> entry = sector.Slice(EntriesOffset + (i * EntryBytes), EntryBytes);
            entry.Clear();
            entry[0] = (byte)(i == 0 ? 0x80 : 0);
            // Cylinders and heads say "beyond what can be expressed": everybody reads the sector numbers.
            ((ReadOnlySpan<byte>)[0xFE, 0xFF, 0xFF]).CopyTo(entry[1..]);
            ((ReadOnlySpan<byte>)[0xFE, 0xFF, 0xFF]).CopyTo(entry[5..]);
            entry[4] = i == 0 ? FatLba : Linux;
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], checked((uint)runs[i].First));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], checked((uint)runs[i].Count));
        }
        sector[510] = 0x55;
        sector[511] = 0xAA;
        if (HasLoader(sector))
        {
            BinaryPrimitives.WriteInt64LittleEndian(sector[LoaderSectorOffset..], Base + 1);
        }
    }

    /// <summary>Whether sector 0 carries GRUB's code, whose second part lies right behind it.</summary>
    public static bool HasLoader(ReadOnlySpan<byte> sector) => sector[..EntriesOffset].IndexOf("GRUB "u8) >= 0;

    /// <summary>Tells the first sector of GRUB's second part where the rest of it lies.</summary>
    public void WriteLoader(Span<byte> firstSector) =>
        BinaryPrimitives.WriteInt64LittleEndian(firstSector[BlockListOffset..], Base + 2);
}
