using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace FpgaEdge.Cli.Tests.Inputs;

/// <summary>
/// Writes PNG files of every kind for the tests, from samples in file order. It shares nothing with the reader: the
/// filters are applied forwards, the checksum is computed bit by bit, the interlace pattern is looked up in a picture
/// of it.
/// </summary>
internal sealed class PngBuilder(int width, int height, int depth, int colourType, bool interlaced)
{
    // Which of the seven passes a pixel of an 8 × 8 block belongs to.
    private static readonly string[] PassOfPixel =
        ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];

    public int SamplesPerPixel => colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    public List<(string Type, byte[] Body)> BeforeData { get; } = [];

    /// <summary>Samples in the order row, column, sample; each within the depth.</summary>
    public byte[] Build(int[] samples, int dataChunkBytes = int.MaxValue)
    {
        using var file = new MemoryStream();
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        Chunk(file, "IHDR", Header());
        BeforeData.ForEach(chunk => Chunk(file, chunk.Type, chunk.Body));
        byte[] data = Deflate(Scanlines(samples));
        for (int at = 0; at < data.Length; at += Math.Min(dataChunkBytes, data.Length))
        {
            Chunk(file, "IDAT", data.AsSpan(at, Math.Min(dataChunkBytes, data.Length - at)));
        }
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    public byte[] Header()
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9], header[12]) = ((byte)depth, (byte)colourType, (byte)(interlaced ? 1 : 0));
        return header;
    }

    public static void Chunk(Stream file, string type, ReadOnlySpan<byte> body)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. body];
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, body.Length);
        file.Write(word);
        file.Write(typed);
        BinaryPrimitives.WriteUInt32BigEndian(word, Crc(typed));
        file.Write(word);
    }

    /// <summary>
    /// Writes right checksums into a file that has been changed, as far as its chunk lengths make sense.
    /// </summary>
    public static byte[] RepairChecksums(byte[] file)
    {
        byte[] result = [.. file];
        for (int at = 8; at + 12 <= result.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(result.AsSpan(at));
            if (length < 0 || length > result.Length - at - 12)
            {
                break;
            }
            uint crc = Crc(result.AsSpan(at + 4, length + 4));
            BinaryPrimitives.WriteUInt32BigEndian(result.AsSpan(at + 8 + length), crc);
            at += length + 12;
        }
        return result;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320u * (crc & 1));
            }
        }
        return ~crc;
    }

    private static byte[] Deflate(byte[] bytes)
    {
        using var target = new MemoryStream();
        using (var deflater = new ZLibStream(target, CompressionLevel.Optimal))
        {
            deflater.Write(bytes);
        }
        return target.ToArray();
    }

    private byte[] Scanlines(int[] samples)
    {
        var result = new List<byte>();
        int filter = 0;
        for (int pass = interlaced ? 1 : 0; pass <= (interlaced ? 7 : 0); pass++)
        {
            byte[]? above = null;
            for (int y = 0; y < height; y++)
            {
                int[] columns = [.. Enumerable.Range(0, width)
                    .Where(x => pass == 0 || PassOfPixel[y % 8][x % 8] - '0' == pass)];
                if (columns.Length == 0)
                {
                    continue;
                }
                byte[] row = Pack(columns.SelectMany(
                    x => samples.AsSpan(((y * width) + x) * SamplesPerPixel, SamplesPerPixel).ToArray()));
                result.Add((byte)filter);
                result.AddRange(Filter(row, above ?? new byte[row.Length], filter));
                (above, filter) = (row, (filter + 1) % 5);
            }
        }
        return [.. result];
    }

    private byte[] Pack(IEnumerable<int> samples)
    {
        string bits = string.Concat(samples.Select(sample => Convert.ToString(sample, 2).PadLeft(depth, '0')));
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '0');
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }

    private byte[] Filter(byte[] row, byte[] above, int filter)
    {
        int distance = Math.Max(1, SamplesPerPixel * depth / 8);
        var result = new byte[row.Length];
        for (int i = 0; i < row.Length; i++)
        {
            int a = i < distance ? 0 : row[i - distance], b = above[i], c = i < distance ? 0 : above[i - distance];
            int p = a + b - c;
            int nearest = new[] { a, b, c }.OrderBy(value => Math.Abs(p - value)).First();
            int prediction = filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => nearest };
            result[i] = (byte)(row[i] - prediction);
        }
        return result;
    }
}
