using System.Buffers.Binary;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// PNG: every bit depth, colour type and interlace method of the standard, checksums verified. The result is grey for
/// grey files, RGB for colour and palette files; 16-bit samples are scaled to 8 bits, rounded to nearest. Transparency
/// is checked and then dropped: the stored colour counts, as in the training pipelines that networks come from.
/// </summary>
public static class PngReader
{
    internal static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Decodes a whole file.</summary>
    /// <exception cref="InputException">Damaged, cut off or too large.</exception>
    public static DecodedInput Decode(byte[] file, string name)
    {
        var chunks = new Chunks(file, name);
        if (!file.AsSpan().StartsWith(Signature))
        {
            throw chunks.Bad("its signature", "other bytes");
        }
        PngHeader? header = null;
        byte[]? palette = null;
        bool transparencySeen = false, dataClosed = false;
        using var data = new MemoryStream();
        while (chunks.Next())
        {
            // Image data is one unbroken run of chunks; anything after its first gap must not be image data.
            dataClosed |= data.Length > 0 && chunks.Type != "IDAT";
            if (header is null != (chunks.Type == "IHDR"))
            {
                throw chunks.Bad("IHDR as the first chunk and only there", chunks.Type);
            }
            switch (chunks.Type)
            {
                case "IHDR":
                    header = PngHeader.Parse(chunks);
                    break;
                case "PLTE":
                    palette = ParsePalette(chunks, header!, palette, data.Length > 0);
                    break;
                case "tRNS":
                    CheckTransparency(chunks, header!, palette, transparencySeen || data.Length > 0);
                    transparencySeen = true;
                    break;
                case "IDAT":
                    AppendData(chunks, header!, palette, data, dataClosed);
                    break;
                case "IEND":
                    return PngPixels.Decode(header!, palette, data, name);
                default:
                    RefuseCritical(chunks);
                    break;
            }
        }
        throw chunks.Bad("an IEND chunk", "the end of the file (the file is cut off)");
    }

    private static byte[] ParsePalette(Chunks chunks, PngHeader header, byte[]? previous, bool late)
    {
        int length = chunks.Body.Length;
        bool good = previous is null && !late && header.AllowsPalette
            && length is > 0 and <= 768 && length % 3 == 0;
        return good
            ? chunks.Body.ToArray()
            : throw chunks.Bad(
                "one palette of 1 to 256 colours before the image data, in a colour file", $"{length} bytes of PLTE");
    }

    private static void CheckTransparency(Chunks chunks, PngHeader header, byte[]? palette, bool late)
    {
        int length = chunks.Body.Length;
        bool good = header.ColourType switch
        {
            0 => length == 2,
            2 => length == 6,
            3 => palette is not null && length >= 1 && length <= palette.Length / 3,
            _ => false,
        };
        if (late || !good)
        {
            throw chunks.Bad(
                $"transparency that fits colour type {header.ColourType}, before the image data",
                $"{length} bytes of tRNS");
        }
    }

    private static void AppendData(Chunks chunks, PngHeader header, byte[]? palette, MemoryStream data, bool dataClosed)
    {
        if (dataClosed)
        {
            throw chunks.Bad("image data in one run of chunks", "more image data after another chunk");
        }
        if (header.ColourType == 3 && palette is null)
        {
            throw chunks.Bad("a palette (PLTE) before the image data", "none");
        }
        data.Write(chunks.Body);
    }

    private static void RefuseCritical(Chunks chunks)
    {
        if (char.IsUpper(chunks.Type[0]))
        {
            throw chunks.Bad("a chunk of the PNG standard", $"critical chunk {chunks.Type}");
        }
    }

    /// <summary>Walks the chunks of a file; every one is within the file and its checksum is right.</summary>
    internal sealed class Chunks(byte[] file, string name)
    {
        private int start = Signature.Length;
        private int next = Signature.Length;

        /// <summary>Four letters.</summary>
        public string Type { get; private set; } = "";

        /// <summary>The chunk's content.</summary>
        public ReadOnlySpan<byte> Body => file.AsSpan(start + 8, next - start - 12);

        public InputException Bad(string expected, string found) =>
            new(name, $"a PNG with {expected}", found, "save the image again", start);

        public bool Next()
        {
            start = next;
            if (file.Length - start < 12)
            {
                return false;
            }
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(start));
            if (length > (uint)(file.Length - start - 12))
            {
                throw Bad($"{length} more bytes", $"{file.Length - start - 12} (the file is cut off)");
            }
            ReadOnlySpan<byte> typed = file.AsSpan(start + 4, (int)length + 4);
            next = start + 12 + (int)length;
            uint stored = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(next - 4));
            uint computed = Crc32.Compute(typed);
            if (computed != stored)
            {
                throw Bad($"checksum {stored:X8} of a chunk", $"{computed:X8} (the file is damaged)");
            }
            Type = TypeName(typed[..4]);
            return true;
        }

        private string TypeName(ReadOnlySpan<byte> letters)
        {
            foreach (byte letter in letters)
            {
                if (!char.IsAsciiLetter((char)letter))
                {
                    throw Bad("chunk names of four letters", Convert.ToHexString(letters));
                }
            }
            return System.Text.Encoding.ASCII.GetString(letters);
        }
    }
}
