using System.Buffers.Binary;
using System.Security.Cryptography;

namespace FpgaEdge.Cli.Commands.Model.Fuzz;

/// <summary>A damaged file and how it came about, enough to make it again.</summary>
internal sealed record MutatedFile(string What, byte[] Bytes);

/// <summary>
/// Damages files: small ones cut at every byte and with every byte flipped in three ways, then any of them by a few random
/// edits. The same seed gives the same files.
/// </summary>
internal sealed class FileMutator(IReadOnlyList<(string Name, byte[] Bytes)> files, int seed)
{
    /// <summary>Files up to this size are cut and flipped at every byte.</summary>
    public const int SmallBytes = 2048;

    private const int MaximumEdits = 8;
    private const int MaximumStretch = 64;

    // A package's header: section count at 10, then sections of 56 bytes from 24 on; see PackageFile.
    private const int TableStart = 24;
    private const int EntryBytes = 56;
    private const int HashBytes = 32;

    private static readonly byte[] FlipPatterns = [0xFF, 0x01, 0x80];

    private static readonly int[] Extremes =
        [0, 1, -1, int.MaxValue, int.MinValue, 0x7F, 0x80, 0xFFFF, 0x10000, 1 << 20, 1 << 28];

    /// <summary>Exactly <paramref name="count"/> damaged files.</summary>
    public IEnumerable<MutatedFile> Files(int count) => Everywhere().Concat(AtRandom()).Take(count);

    private IEnumerable<MutatedFile> Everywhere()
    {
        foreach ((string name, byte[] bytes) in files.Where(file => file.Bytes.Length <= SmallBytes))
        {
            for (int length = 0; length < bytes.Length; length++)
            {
                yield return new MutatedFile($"{name} cut to {length} bytes", bytes[..length]);
            }
            for (int at = 0; at < bytes.Length; at++)
            {
                foreach (byte pattern in FlipPatterns)
                {
                    byte[] damaged = [.. bytes];
                    damaged[at] ^= pattern;
                    yield return new MutatedFile($"{name} byte {at} xor 0x{pattern:x2}", Sealed(damaged));
                }
            }
        }
    }

    private IEnumerable<MutatedFile> AtRandom()
    {
        for (int round = 0; ; round++)
        {
            // A generator per file: any of them can be made again without those before it.
            var random = new Random(unchecked((seed * 1_000_003) + round) & int.MaxValue);
            (string name, byte[] original) = files[random.Next(files.Count)];
            List<byte> bytes = [.. original];
            for (int edit = random.Next(1, MaximumEdits + 1); edit > 0 && bytes.Count > 8; edit--)
            {
                Edit(bytes, random);
            }
            byte[] damaged = [.. bytes];
            yield return new MutatedFile(
                $"{name} seed {seed} round {round}", random.Next(4) > 0 ? Sealed(damaged) : damaged);
        }
    }

    private void Edit(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count - 4);
        int stretch = Math.Min(random.Next(1, MaximumStretch), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes[at]++; break;
            case 3:
                byte[] extreme = BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)]);
                for (int i = 0; i < extreme.Length; i++)
                {
                    bytes[at + i] = extreme[i];
                }
                break;
            case 4: bytes.RemoveRange(at, stretch); break;
            case 5: bytes.InsertRange(at, bytes.GetRange(at, stretch)); break;
            case 6: bytes.RemoveRange(at, random.Next(6) == 0 ? bytes.Count - at : 1); break;
            default:
                byte[] other = files[random.Next(files.Count)].Bytes;
                int from = random.Next(other.Length);
                bytes.InsertRange(at, other.Skip(from).Take(stretch));
                break;
        }
    }

    /// <summary>
    /// A package with the checksums that its bytes should have, as far as its table can be read: what lies behind them is
    /// to be reached as well. Other files as they are.
    /// </summary>
    private static byte[] Sealed(byte[] file)
    {
        if (file.Length < TableStart || !file.AsSpan().StartsWith("FEPK"u8))
        {
            return file;
        }
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(10));
        int covered = TableStart + (sections * EntryBytes);
        if (covered + HashBytes > file.Length)
        {
            return file;
        }
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(16), (ulong)file.Length);
        ulong offset = (ulong)(covered + HashBytes);
        for (int i = 0; i < sections; i++)
        {
            // Where edits have moved the end, the last section takes what there is.
            Span<byte> entry = file.AsSpan(TableStart + (i * EntryBytes), EntryBytes);
            ulong left = (ulong)file.Length - offset;
            ulong length = i + 1 == sections ? left : Math.Min(left, BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], offset);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], length);
            SHA256.HashData(file.AsSpan((int)offset, (int)length), entry[24..]);
            offset += length;
        }
        SHA256.HashData(file.AsSpan(0, covered), file.AsSpan(covered, HashBytes));
        return file;
    }
}
