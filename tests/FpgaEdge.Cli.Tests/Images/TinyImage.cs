using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Cli.Images;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Tests.Images;

/// <summary>
/// An image of a few MiB with all that flashing and updating look at: boot record with GRUB's marks, slot record and identity in the
/// boot partition, two slots. What a board would start from a card is worked out from the card's bytes alone.
/// </summary>
internal sealed class TinyImage : IDisposable
{
    public const int SlotBytes = 1 << 20;
    public const int BootBytes = 1 << 20;
    private const int RecordAt = 64 * 512;
    private const int IdentityAt = 72 * 512;
    private readonly string folder = Directory.CreateTempSubdirectory("fpgaedge-test-").FullName;

    /// <param name="seed">Of the content.</param>
    /// <param name="holes">Whether slot B and the data partition hold blocks that nothing uses.</param>
    public TinyImage(int seed, bool holes = false)
    {
        Table = new CardTable(new(2048, BootBytes / 512), new(4096, SlotBytes / 512), new(6144, SlotBytes / 512), new(8192, 2048));
        Bytes = new byte[Table.End * 512];
        new Random(seed).NextBytes(Bytes);
        if (holes)
        {
            Bytes.AsSpan((int)Table.SlotB.Offset).Clear();
        }
        "GRUB "u8.CopyTo(Bytes.AsSpan(0x180));
        Table.Write(Bytes);
        Table.WriteLoader(Bytes.AsSpan(512));
        SlotRecord.New.Encode().CopyTo(Bytes, (int)Table.Boot.Offset + RecordAt);
        new CardIdentity("image", "default", "dhcp", []).Encode().CopyTo(Bytes, (int)Table.Boot.Offset + IdentityAt);
        File = Path.Combine(folder, $"tiny{seed}.img");
        System.IO.File.WriteAllBytes(File, Bytes);
        if (holes)
        {
            using FileStream image = System.IO.File.OpenRead(File);
            bool[] used = [.. Bytes.Chunk(BlockMap.BlockBytes).Select(block => block.AsSpan().ContainsAnyExcept((byte)0))];
            System.IO.File.WriteAllText(File + ".bmap", BlockMap.FromFlags(image, used).ToXml());
        }
    }

    public CardTable Table { get; }

    public byte[] Bytes { get; }

    public string File { get; }

    public string Folder => folder;

    /// <summary>
    /// What starts from a card: null for nothing, else a hash over everything that takes part in starting: GRUB's second part,
    /// the boot partition without the slot record and identity, and the slot that the record names.
    /// </summary>
    public static string? Boots(ReadOnlySpan<byte> card) => Started(card)?.Hash;

    /// <summary>The same with the slot's letter.</summary>
    public static (string Hash, char Slot)? Started(ReadOnlySpan<byte> card)
    {
        if (CardTable.Read(card) is not CardTable table || table.End * 512 > card.Length)
        {
            return null;
        }
        long core = BitConverter.ToInt64(card[0x5C..]);
        long rest = BitConverter.ToInt64(card[(int)((core * 512) + 0x1F4)..]);
        if (core != table.Base + 1 || rest != table.Base + 2)
        {
            return null;
        }
        byte[] boot = card.Slice((int)table.Boot.Offset, (int)table.Boot.Bytes).ToArray();
        char slot;
        try
        {
            slot = SlotRecord.Decode(boot.AsSpan(RecordAt, SlotRecord.ByteCount)).Boots;
        }
        catch (SlotRecordException)
        {
            return null;
        }
        boot.AsSpan(RecordAt, SlotRecord.ByteCount).Clear();
        boot.AsSpan(IdentityAt, CardIdentity.ByteCount).Clear();
        SectorRun root = table.Slot(slot);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(card.Slice((int)(rest * 512), (int)((table.Boot.First - rest) * 512)));
        hash.AppendData(boot);
        hash.AppendData(card.Slice((int)root.Offset, (int)root.Bytes));
        return (Convert.ToHexString(hash.GetHashAndReset()), slot);
    }

    public static string Identity(ReadOnlySpan<byte> card, CardTable table) =>
        CardIdentity.Decode(card.Slice((int)table.Boot.Offset + IdentityAt, CardIdentity.ByteCount))?.Name ?? "?";

    public static int RecordOffset(CardTable table) => (int)table.Boot.Offset + RecordAt;

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
