using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FpgaEdge.Compiler.Packages;

/// <summary>
/// The container: a header, a table of sections and the sections, little-endian, without gaps.
/// <code>
/// 0   magic, 8 bytes        8   u16 version (1)      10  u16 section count n
/// 12  u32 zero              16  u64 file length      24  n × { u32 id, u32 zero, u64 offset, u64 length, SHA-256 }
/// 24 + 56 n  SHA-256 of everything before it, then the sections in table order
/// </code>
/// Every byte of a file is thereby under a checksum or compared with the only value it may have.
/// </summary>
internal static class PackageFile
{
    private const int Version = 1;
    private const int FixedHeaderBytes = 24;
    private const int EntryBytes = 24 + Package.HashBytes;
    private const uint InformationSection = 1;
    private const uint GraphSection = 2;
    private const uint ScheduleSection = 3;

    private static readonly uint[] SectionIds = [InformationSection, GraphSection, ScheduleSection];

    private static ReadOnlySpan<byte> Magic => "FEPK\r\n\u001a\n"u8;

    public static byte[] Write(Package package)
    {
        byte[][] sections = [InformationCodec.Write(package), GraphCodec.Write(package.Graph), [.. package.Schedules]];
        int headerBytes = FixedHeaderBytes + (sections.Length * EntryBytes) + Package.HashBytes;
        byte[] file = new byte[headerBytes + sections.Sum(section => section.Length)];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(10), (ushort)sections.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(16), (ulong)file.Length);
        int offset = headerBytes;
        for (int i = 0; i < sections.Length; i++)
        {
            Span<byte> entry = file.AsSpan(FixedHeaderBytes + (i * EntryBytes), EntryBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, SectionIds[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], (ulong)offset);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], (ulong)sections[i].Length);
            SHA256.HashData(sections[i], entry[24..]);
            sections[i].CopyTo(file, offset);
            offset += sections[i].Length;
        }
        int covered = headerBytes - Package.HashBytes;
        SHA256.HashData(file.AsSpan(0, covered), file.AsSpan(covered, Package.HashBytes));
        return file;
    }

    public static Package Read(ReadOnlySpan<byte> file)
    {
        int headerBytes = CheckHeader(file);
        int offset = headerBytes;
        for (int i = 0; i < SectionIds.Length; i++)
        {
            offset = CheckSection(file, i, offset);
        }
        if (offset != file.Length)
        {
            throw new PackageFormatException(offset,
                $"expected the end of the file, found {file.Length - offset} more bytes");
        }
        int informationBytes = SectionLength(file, 0);
        int graphBytes = SectionLength(file, 1);
        int graphStart = headerBytes + informationBytes;
        var information = new PackageReader(file.Slice(headerBytes, informationBytes), headerBytes);
        var graph = new PackageReader(file.Slice(graphStart, graphBytes), graphStart);
        return InformationCodec.Read(ref information, GraphCodec.Read(ref graph)) with
        {
            Schedules = [.. CheckSchedules(file[(graphStart + graphBytes)..], graphStart + graphBytes)],
        };
    }

    private static ReadOnlySpan<byte> CheckSchedules(ReadOnlySpan<byte> section, int start)
    {
        try
        {
            if (section.Length > 0)
            {
                Lowering.ScheduleCache.Read(section);
            }
        }
        catch (PackageFormatException e)
        {
            throw new PackageFormatException(start + e.Offset,
                "the schedules are not readable; compile the network again");
        }
        return section;
    }

    private static int CheckHeader(ReadOnlySpan<byte> file)
    {
        int headerBytes = FixedHeaderBytes + (SectionIds.Length * EntryBytes) + Package.HashBytes;
        if (file.Length < Magic.Length || !file[..Magic.Length].SequenceEqual(Magic))
        {
            throw new PackageFormatException(0, "expected a package (magic FEPK), found something else");
        }
        Require(file.Length >= 10, file.Length, "the file ends inside the header; fetch it again");
        int version = BinaryPrimitives.ReadUInt16LittleEndian(file[8..]);
        Require(version == Version, 8, $"expected version {Version}, found {version}; use the tool that wrote it");
        Require(file.Length >= headerBytes, file.Length, "the file ends inside the header; fetch it again");
        int covered = headerBytes - Package.HashBytes;
        Span<byte> hash = stackalloc byte[Package.HashBytes];
        SHA256.HashData(file[..covered], hash);
        Require(hash.SequenceEqual(file.Slice(covered, Package.HashBytes)), covered,
            "the header does not match its checksum; the file was altered");
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(file[10..]);
        Require(sections == SectionIds.Length, 10, $"expected {SectionIds.Length} sections, found {sections}");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(file[16..]);
        Require(length == (ulong)file.Length, Math.Min(file.Length, (long)Math.Min(length, long.MaxValue)),
            $"expected {length} bytes in all, found {file.Length}; fetch it again");
        return headerBytes;
    }

    private static int SectionLength(ReadOnlySpan<byte> file, int index) =>
        (int)BinaryPrimitives.ReadUInt64LittleEndian(file[(FixedHeaderBytes + (index * EntryBytes) + 16)..]);

    /// <summary>Checks place, id and checksum of one section and returns where the next one starts.</summary>
    private static int CheckSection(ReadOnlySpan<byte> file, int index, int expectedOffset)
    {
        int at = FixedHeaderBytes + (index * EntryBytes);
        ReadOnlySpan<byte> entry = file.Slice(at, EntryBytes);
        uint id = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        Require(id == SectionIds[index], at, $"expected section {SectionIds[index]}, found {id}");
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
        Require(offset == (ulong)expectedOffset, at + 8, $"expected a section at {expectedOffset}, found {offset}");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]);
        Require(length <= (ulong)(file.Length - expectedOffset), at + 16,
            $"expected a section of at most {file.Length - expectedOffset} bytes, found {length}");
        Span<byte> hash = stackalloc byte[Package.HashBytes];
        SHA256.HashData(file.Slice(expectedOffset, (int)length), hash);
        Require(hash.SequenceEqual(entry[24..]), expectedOffset,
            $"section {id} does not match its checksum; the file was altered");
        return expectedOffset + (int)length;
    }

    private static void Require(bool condition, long offset, string message)
    {
        if (!condition)
        {
            throw new PackageFormatException(offset, message);
        }
    }
}
