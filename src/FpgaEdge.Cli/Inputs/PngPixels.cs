using System.IO.Compression;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// From compressed image data to pixels: inflate row by row, undo the row filter, spread the samples.
/// </summary>
internal sealed class PngPixels
{
    // Deflate cannot expand further than this, so a small file cannot claim a large picture.
    private const long LargestExpansion = 1032;

    // First column, first row, column step, row step of the seven passes (Adam7).
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    private static readonly (int X, int Y, int StepX, int StepY)[] OnePass = [(0, 0, 1, 1)];

    private readonly PngHeader header;
    private readonly byte[]? palette;
    private readonly string name;
    private readonly byte[] pixels;

    private PngPixels(PngHeader header, byte[]? palette, string name)
    {
        this.header = header;
        this.palette = palette;
        this.name = name;
        pixels = new byte[header.Height * header.Width * header.Channels];
    }

    public static DecodedInput Decode(PngHeader header, byte[]? palette, MemoryStream data, string name)
    {
        long needed = 0;
        foreach ((int x, int y, int stepX, int stepY) in Passes(header))
        {
            int columns = Count(header.Width, x, stepX);
            needed += columns == 0 ? 0 : Count(header.Height, y, stepY) * (1L + header.RowBytes(columns));
        }
        if (needed > (data.Length + 1) * LargestExpansion)
        {
            throw Bad(name, $"{needed} bytes of image data", $"at most {data.Length * LargestExpansion}");
        }
        var decoder = new PngPixels(header, palette, name);
        data.Position = 0;
        try
        {
            using var inflated = new ZLibStream(data, CompressionMode.Decompress);
            decoder.ReadPasses(inflated);
        }
        catch (InvalidDataException error)
        {
            throw Bad(name, "zlib data in its image data", "damaged data", error);
        }
        return DecodedInput.Picture(name, header.Height, header.Width, header.Channels, decoder.pixels);
    }

    private static (int X, int Y, int StepX, int StepY)[] Passes(PngHeader header) =>
        header.Interlaced ? Adam7 : OnePass;

    private static int Count(int size, int first, int step) => size <= first ? 0 : ((size - first - 1) / step) + 1;

    private static InputException Bad(string name, string expected, string found, Exception? cause = null) =>
        new(name, $"a PNG with {expected}", found, "save the image again", null, cause);

    private void ReadPasses(Stream inflated)
    {
        foreach ((int x, int y, int stepX, int stepY) in Passes(header))
        {
            int columns = Count(header.Width, x, stepX);
            int bytes = header.RowBytes(columns);
            byte[] row = new byte[bytes];
            byte[] above = new byte[bytes];
            for (int line = y; columns > 0 && line < header.Height; line += stepY)
            {
                ReadRow(inflated, row, above);
                Spread(row, line, x, stepX, columns);
                (row, above) = (above, row);
            }
        }
        // Reading on to the end makes the inflater compare the checksum of the whole stream.
        if (inflated.ReadByte() >= 0)
        {
            throw Bad(name, "image data that ends with its last row", "more data");
        }
    }

    private void ReadRow(Stream inflated, byte[] row, byte[] above)
    {
        int filter = inflated.ReadByte();
        if (filter < 0 || inflated.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length)
        {
            throw Bad(name, $"{header.Height} rows of image data", "fewer (the file is cut off)");
        }
        int distance = header.FilterDistance;
        for (int i = 0; i < row.Length && filter != 0; i++)
        {
            int left = i >= distance ? row[i - distance] : 0;
            int corner = i >= distance ? above[i - distance] : 0;
            row[i] += filter switch
            {
                1 => (byte)left,
                2 => above[i],
                3 => (byte)((left + above[i]) / 2),
                4 => Paeth(left, above[i], corner),
                _ => throw Bad(name, "row filters of 0 to 4", $"{filter}"),
            };
        }
    }

    /// <summary>The neighbour nearest to left + above − corner; ties in that order.</summary>
    private static byte Paeth(int left, int above, int corner)
    {
        int toLeft = Math.Abs(above - corner);
        int toAbove = Math.Abs(left - corner);
        int toCorner = Math.Abs(left + above - (2 * corner));
        return (byte)(toLeft <= toAbove && toLeft <= toCorner ? left : toAbove <= toCorner ? above : corner);
    }

    private void Spread(byte[] row, int line, int x, int stepX, int columns)
    {
        int channels = header.Channels;
        for (int i = 0; i < columns; i++)
        {
            int to = ((line * header.Width) + x + (i * stepX)) * channels;
            if (header.ColourType == 3)
            {
                FromPalette(Sample(row, i), to);
                continue;
            }
            for (int c = 0; c < channels; c++)
            {
                pixels[to + c] = Scale(Sample(row, (i * header.SamplesPerPixel) + c));
            }
        }
    }

    private void FromPalette(int index, int to)
    {
        if (index >= palette!.Length / 3)
        {
            throw Bad(name, $"palette indices below {palette.Length / 3}", $"{index}");
        }
        palette.AsSpan(index * 3, 3).CopyTo(pixels.AsSpan(to));
    }

    private int Sample(byte[] row, int index)
    {
        switch (header.Depth)
        {
            case 16:
                return (row[2 * index] << 8) | row[(2 * index) + 1];
            case 8:
                return row[index];
            default:
                int bit = index * header.Depth;
                return (row[bit >> 3] >> (8 - header.Depth - (bit & 7))) & ((1 << header.Depth) - 1);
        }
    }

    private byte Scale(int sample) => header.Depth switch
    {
        16 => (byte)(((sample * 255L) + 32_767) / 65_535),
        8 => (byte)sample,
        4 => (byte)(sample * 17),
        2 => (byte)(sample * 85),
        _ => (byte)(sample * 255),
    };
}
