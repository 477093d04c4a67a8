namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// PGM and PPM, binary (P5, P6) and in digits (P2, P3), with any maximum value up to 65,535; values are scaled to 0 …
/// 255, rounded to nearest. One picture per file.
/// </summary>
public static class NetpbmReader
{
    /// <summary>Decodes a whole file.</summary>
    /// <exception cref="InputException">Damaged, too large, or a kind of netpbm that is not read (P1, P4,
    /// P7).</exception>
    public static DecodedInput Decode(ReadOnlySpan<byte> file, string name)
    {
        var cursor = new Cursor(file, name);
        int kind = cursor.Magic();
        int width = cursor.Number(int.MaxValue, "the width");
        int height = cursor.Number(int.MaxValue, "the height");
        ImageReader.CheckSize(name, height, width, 0);
        int maximum = cursor.Number(65_535, "a maximum value of 1 to 65535");
        if (maximum == 0)
        {
            throw cursor.Bad("a maximum value of 1 to 65535", "0");
        }
        cursor.OneSpace();
        int channels = kind is 3 or 6 ? 3 : 1;
        byte[] pixels = kind <= 3
            ? Digits(ref cursor, height * width * channels, maximum)
            : Binary(ref cursor, height * width * channels, maximum);
        cursor.End();
        return DecodedInput.Picture(name, height, width, channels, pixels);
    }

    internal static bool IsSpace(byte value) => value is 32 or (>= 9 and <= 13);

    private static byte[] Binary(ref Cursor cursor, int count, int maximum)
    {
        int size = maximum > 255 ? 2 : 1;
        ReadOnlySpan<byte> raster = cursor.Take((long)count * size);
        byte[] pixels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            int sample = size == 1 ? raster[i] : (raster[2 * i] << 8) | raster[(2 * i) + 1];
            if (sample > maximum)
            {
                throw cursor.Bad($"samples of at most {maximum}", $"{sample} as sample {i}");
            }
            pixels[i] = Scale(sample, maximum);
        }
        return pixels;
    }

    private static byte[] Digits(ref Cursor cursor, int count, int maximum)
    {
        // At least one digit and one separator per sample, so a small file cannot ask for much memory.
        cursor.Need((2L * count) - 1);
        byte[] pixels = new byte[count];
        for (int i = 0; i < count; i++)
        {
            pixels[i] = Scale(cursor.Number(maximum, $"samples of at most {maximum}"), maximum);
        }
        return pixels;
    }

    private static byte Scale(int sample, int maximum) =>
        maximum == 255 ? (byte)sample : (byte)(((sample * 255L) + (maximum / 2)) / maximum);

    /// <summary>Reads the header and digits; every failure names the byte.</summary>
    private ref struct Cursor(ReadOnlySpan<byte> file, string name)
    {
        private readonly ReadOnlySpan<byte> file = file;
        private int position;

        public readonly InputException Bad(string expected, string found) =>
            new(name, expected, found, "save the image again as PPM, PGM or PNG", position);

        public int Magic()
        {
            int kind = file.Length >= 2 && file[0] == 'P' ? file[1] - '0' : -1;
            if (kind is not (2 or 3 or 5 or 6))
            {
                throw Bad(
                    "PGM or PPM (P2, P3, P5 or P6)", file.Length < 2 ? "the end of the file" : $"P{(char)file[1]}");
            }
            position = 2;
            return kind;
        }

        public int Number(int limit, string what)
        {
            SkipSpace();
            long value = 0;
            int start = position;
            while (position < file.Length && file[position] is >= (byte)'0' and <= (byte)'9')
            {
                value = (value * 10) + (file[position] - '0');
                if (value > limit)
                {
                    throw Bad(what, $"{value} or more");
                }
                position++;
            }
            if (position == start)
            {
                throw Bad(what, position == file.Length ? "the end of the file" : $"byte 0x{file[position]:X2}");
            }
            return (int)value;
        }

        public void OneSpace()
        {
            if (position >= file.Length || !IsSpace(file[position]))
            {
                throw Bad(
                    "one blank after the header", position == file.Length ? "the end of the file" : "more digits");
            }
            position++;
        }

        public readonly void Need(long bytes)
        {
            if (file.Length - position < bytes)
            {
                throw Bad($"{bytes} bytes of samples", $"{file.Length - position} (the file is cut off)");
            }
        }

        public ReadOnlySpan<byte> Take(long bytes)
        {
            Need(bytes);
            ReadOnlySpan<byte> taken = file.Slice(position, (int)bytes);
            position += (int)bytes;
            return taken;
        }

        public void End()
        {
            SkipSpace();
            if (position < file.Length)
            {
                throw Bad("the end of the file after one image", $"{file.Length - position} more bytes");
            }
        }

        private void SkipSpace()
        {
            bool comment = false;
            while (position < file.Length)
            {
                byte value = file[position];
                comment = comment ? value is not (10 or 13) : value == '#';
                if (!comment && !IsSpace(value))
                {
                    return;
                }
                position++;
            }
        }
    }
}
