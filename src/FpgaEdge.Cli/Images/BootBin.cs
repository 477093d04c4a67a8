using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Cli.Images;

/// <summary>A part of a BOOT.BIN besides the first loader.</summary>
/// <param name="Name">Its file name.</param>
/// <param name="Bytes">Its content.</param>
/// <param name="LoadAddress">Where the first loader puts it; 0 for a bitstream.</param>
/// <param name="IsBitstream">Whether it is for the programmable logic.</param>
internal sealed record BootBinPart(string Name, byte[] Bytes, uint LoadAddress, bool IsBitstream);

/// <summary>A part as a file's headers describe it.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Offset">Byte where it starts in the file.</param>
/// <param name="Bytes">How many there are.</param>
/// <param name="Address">Where it is loaded to; the first loader's entry point; 0 for a bitstream.</param>
/// <param name="Words">The headers in words.</param>
internal sealed record BootBinContent(string Name, long Offset, long Bytes, uint Address, string Words);

/// <summary>What a BOOT.BIN says, and what is wrong with it.</summary>
/// <param name="Content">What its headers name, in order.</param>
/// <param name="Faults">Empty when the chip's ROM and the first loader will take it.</param>
internal sealed record BootBinReport(IReadOnlyList<BootBinContent> Content, IReadOnlyList<string> Faults);

/// <summary>
/// BOOT.BIN of a Zynq-7000: boot header for the chip's ROM (UG585, "BootROM Header"), and header tables for the vendor's first
/// loader (UG821, appendix A): image header table, image headers, partition headers. Unencrypted, unsigned. All words are
/// little-endian; lengths and offsets in the header tables count 32-bit words, those in the boot header bytes.
/// </summary>
internal static class BootBin
{
    /// <summary>Where the first loader starts in the file.</summary>
    public const int LoaderOffset = 0x1700;

    /// <summary>Most bytes of a first loader: on-chip memory without its last quarter.</summary>
    public const int LargestLoader = 192 * 1024;

    private const uint WidthDetection = 0xAA995566;
    private const uint Identification = 0x584C4E58;
    private const uint VectorDefault = 0xEAFFFFFE;
    private const int RegisterInitEnd = 0x8A0;
    private const int ImageTable = 0x8C0;
    private const int ImageHeaders = 0x900;
    private const int PartitionHeaders = 0xC80;
    private const int PartitionBytes = 64;
    private const uint TableVersion = 0x01020000;
    private const uint ProcessorPart = 0x10;
    private const uint LogicPart = 0x20;
    private const int Alignment = 64;
    private const int MostParts = 13;

    /// <summary>Writes a file.</summary>
    /// <param name="loader">The first loader (FSBL or SPL) as a raw binary for address 0.</param>
    /// <param name="parts">What it loads, in order.</param>
    /// <exception cref="CliException">Something does not fit.</exception>
    public static byte[] Write(byte[] loader, IReadOnlyList<BootBinPart> parts)
    {
        if (loader.Length is 0 or > LargestLoader || parts.Count > MostParts)
        {
            throw new CliException(ExitCode.BadInputFile, $"expected a first loader of 1 to {LargestLoader} bytes and at most {MostParts} parts, " +
                $"found {loader.Length} bytes and {parts.Count} parts; is it a raw binary (objcopy -O binary)?");
        }
        BootBinPart[] all = [new("first-loader", loader, 0, false), .. parts];
        int[] offsets = new int[all.Length];
        int end = LoaderOffset;
        for (int i = 0; i < all.Length; i++)
        {
            offsets[i] = end;
            end = (end + all[i].Bytes.Length + Alignment - 1) / Alignment * Alignment;
        }
        byte[] file = new byte[end];
        WriteBootHeader(file, loader.Length);
        WriteTables(file, all, offsets);
        for (int i = 0; i < all.Length; i++)
        {
            all[i].Bytes.CopyTo(file, offsets[i]);
        }
        return file;
    }

    /// <summary>Reads and checks a file, also one of bootgen or of U-Boot's mkimage, which has no header tables.</summary>
    public static BootBinReport Check(byte[] file)
    {
        var content = new List<BootBinContent>();
        var faults = new List<string>();
        if (file.Length < ImageTable)
        {
            return new BootBinReport(content, [$"expected at least {ImageTable} bytes of boot header, found {file.Length}"]);
        }
        Expect(faults, "width detection at 0x20", WidthDetection, Word(file, 0x20));
        Expect(faults, "identification XNLX at 0x24", Identification, Word(file, 0x24));
        Expect(faults, "checksum of the boot header at 0x48", HeaderChecksum(file), Word(file, 0x48));
        uint offset = Word(file, 0x30), length = Word(file, 0x34), total = Word(file, 0x40);
        string encryption = Word(file, 0x28) == 0 ? "not encrypted" : $"encrypted (0x{Word(file, 0x28):X8})";
        content.Add(new BootBinContent("first loader", offset, length, Word(file, 0x3C),
            $"first loader: {length} bytes at 0x{offset:X}, starts at 0x{Word(file, 0x3C):X}, {encryption}"));
        // U-Boot's mkimage counts the header into the length, and boards take it: the length alone has to fit the file.
        if (offset % Alignment != 0 || offset < ImageTable || offset >= file.Length || Math.Max(length, total) > file.Length)
        {
            faults.Add($"the first loader (0x{offset:X}, {length} bytes) is not a multiple of {Alignment} or not within the file's " +
                $"{file.Length} bytes");
        }
        if (length is 0 or > LargestLoader)
        {
            faults.Add($"expected a first loader of 1 to {LargestLoader} bytes, found {length}");
        }
        uint partitions = Word(file, 0x9C);
        if (partitions != 0 && partitions < file.Length)
        {
            CheckPartitions(file, (int)partitions, content, faults);
        }
        return new BootBinReport(content, faults);
    }

    private static void WriteBootHeader(byte[] file, int loaderBytes)
    {
        for (int at = 0; at < 0x20; at += 4)
        {
            Put(file, at, VectorDefault);
        }
        Put(file, 0x20, WidthDetection);
        Put(file, 0x24, Identification);
        Put(file, 0x2C, 0x01010000);
        Put(file, 0x30, LoaderOffset);
        Put(file, 0x34, (uint)loaderBytes);
        Put(file, 0x40, (uint)loaderBytes);
        Put(file, 0x44, 1);
        Put(file, 0x48, HeaderChecksum(file));
        Put(file, 0x98, ImageTable);
        Put(file, 0x9C, PartitionHeaders);
        // No register is set before the loader starts: address all ones ends the list.
        for (int at = 0xA0; at < RegisterInitEnd; at += 8)
        {
            Put(file, at, uint.MaxValue);
        }
    }

    private static void WriteTables(byte[] file, BootBinPart[] parts, int[] offsets)
    {
        Put(file, ImageTable, TableVersion);
        Put(file, ImageTable + 4, (uint)parts.Length);
        Put(file, ImageTable + 8, PartitionHeaders / 4);
        Put(file, ImageTable + 12, ImageHeaders / 4);
        for (int i = 0; i < parts.Length; i++)
        {
            int image = ImageHeaders + (i * PartitionBytes);
            int partition = PartitionHeaders + (i * PartitionBytes);
            Put(file, image, i + 1 < parts.Length ? (uint)(image + PartitionBytes) / 4 : 0);
            Put(file, image + 4, (uint)partition / 4);
            Put(file, image + 12, 1);
            PutName(file, image + 16, parts[i].Name);
            uint words = (uint)((parts[i].Bytes.Length + 3) / 4);
            Put(file, partition, words);
            Put(file, partition + 4, words);
            Put(file, partition + 8, words);
            Put(file, partition + 12, parts[i].LoadAddress);
            Put(file, partition + 16, parts[i].LoadAddress);
            Put(file, partition + 20, (uint)offsets[i] / 4);
            Put(file, partition + 24, parts[i].IsBitstream ? LogicPart : ProcessorPart);
            Put(file, partition + 28, 1);
            Put(file, partition + 36, (uint)image / 4);
            Put(file, partition + 60, PartitionChecksum(file, partition));
        }
        // A header of zeros, with the checksum of zeros, ends the list.
        Put(file, PartitionHeaders + (parts.Length * PartitionBytes) + 60, uint.MaxValue);
    }

    private static void CheckPartitions(byte[] file, int at, List<BootBinContent> content, List<string> faults)
    {
        for (int i = 0; i <= MostParts && at + PartitionBytes <= file.Length; i++, at += PartitionBytes)
        {
            if (Word(file, at) == 0)
            {
                return;
            }
            long start = Word(file, at + 20) * 4L;
            long bytes = Word(file, at) * 4L;
            bool logic = (Word(file, at + 24) & LogicPart) != 0;
            uint address = Word(file, at + 12);
            content.Add(new BootBinContent(logic ? "bitstream" : "program", start, bytes, logic ? 0 : address,
                $"part {i}: {bytes} bytes at 0x{start:X}, {(logic ? "bitstream" : $"loaded to 0x{address:X}")}"));
            Expect(faults, $"checksum of part {i}'s header", PartitionChecksum(file, at), Word(file, at + 60));
            if (start + bytes > (file.Length + 3) / 4 * 4L)
            {
                faults.Add($"part {i} ends at byte {start + bytes}, beyond the file's {file.Length}");
            }
        }
    }

    /// <summary>The complement of the sum of the words from 0x20 to 0x44.</summary>
    private static uint HeaderChecksum(byte[] file) => Complement(file, 0x20, 0x48);

    /// <summary>The complement of the sum of the header's first fifteen words.</summary>
    private static uint PartitionChecksum(byte[] file, int at) => Complement(file, at, at + 60);

    private static uint Complement(byte[] file, int from, int to)
    {
        uint sum = 0;
        for (int at = from; at < to; at += 4)
        {
            sum += Word(file, at);
        }
        return ~sum;
    }

    private static void Expect(List<string> faults, string what, uint expected, uint found)
    {
        if (expected != found)
        {
            faults.Add($"{what}: expected 0x{expected:X8}, found 0x{found:X8}");
        }
    }

    /// <summary>Names are packed in words, first letter in the highest byte, and end with a word of zeros.</summary>
    private static void PutName(byte[] file, int at, string name)
    {
        byte[] letters = Encoding.ASCII.GetBytes(name.Length > 28 ? name[..28] : name);
        for (int i = 0; i < letters.Length; i++)
        {
            file[at + (i / 4 * 4) + 3 - (i % 4)] = letters[i];
        }
    }

    private static uint Word(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private static void Put(byte[] file, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), value);
}
