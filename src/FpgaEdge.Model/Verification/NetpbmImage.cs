namespace FpgaEdge.Model.Verification;

/// <summary>A binary PPM (P6, RGB) or PGM (P5, grey) picture with 8 bits per value.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Channels">3 or 1.</param>
/// <param name="Pixels">Values in the order height, width, channel.</param>
public sealed record NetpbmImage(int Height, int Width, int Channels, byte[] Pixels)
{
    private const int MaxExtent = 1 << 15;

    /// <summary>Reads a picture; <paramref name="name"/> stands for the file in error messages.</summary>
    /// <exception cref="ModelFormatException">Not a complete picture of this kind.</exception>
    public static NetpbmImage Read(ReadOnlySpan<byte> bytes, string name)
    {
        bool isColour = bytes.StartsWith("P6"u8);
        if (!isColour && !bytes.StartsWith("P5"u8))
        {
            throw Error(name, 0, "P6 or P5", "another file");
        }
        int position = 2;
        int width = ReadNumber(bytes, name, ref position, MaxExtent);
        int height = ReadNumber(bytes, name, ref position, MaxExtent);
        int maximum = ReadNumber(bytes, name, ref position, byte.MaxValue);
        if (maximum != byte.MaxValue)
        {
            throw Error(name, position, "a maximum of 255", $"{maximum}");
        }
        position++;
        int channels = isColour ? 3 : 1;
        long size = (long)width * height * channels;
        if (bytes.Length - position < size)
        {
            throw Error(name, position, $"{size} bytes of pixels", $"{Math.Max(0, bytes.Length - position)}");
        }
        return new NetpbmImage(height, width, channels, bytes.Slice(position, (int)size).ToArray());
    }

    private static int ReadNumber(ReadOnlySpan<byte> bytes, string name, ref int position, int limit)
    {
        while (position < bytes.Length && " \t\r\n#"u8.Contains(bytes[position]))
        {
            if (bytes[position] == '#')
            {
                while (position < bytes.Length && bytes[position] != '\n')
                {
                    position++;
                }
            }
            else
            {
                position++;
            }
        }
        int value = 0;
        int start = position;
        for (; position < bytes.Length && bytes[position] is >= (byte)'0' and <= (byte)'9'; position++)
        {
            value = Math.Min((value * 10) + bytes[position] - '0', limit + 1);
        }
        return position > start && value >= 1 && value <= limit
            ? value : throw Error(name, start, $"a number of 1…{limit}", position > start ? $"{value}" : "none");
    }

    private static ModelFormatException Error(string name, int offset, string expected, string found) =>
        ModelFormatException.At(name, $"offset {offset}", expected, found, "convert the picture to binary PPM or PGM");
}
