using System.Buffers.Binary;

namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// The IHDR chunk, checked: a size within the limits and a combination of depth and colour that PNG allows.
/// </summary>
internal sealed record PngHeader(int Width, int Height, int Depth, int ColourType, bool Interlaced)
{
    /// <summary>Stored samples per pixel, with alpha.</summary>
    public int SamplesPerPixel => ColourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

    /// <summary>Channels of the decoded picture.</summary>
    public int Channels => ColourType is 0 or 4 ? 1 : 3;

    /// <summary>A palette is needed for type 3 and may be a hint in types 2 and 6.</summary>
    public bool AllowsPalette => ColourType is 2 or 3 or 6;

    public int BitsPerPixel => SamplesPerPixel * Depth;

    /// <summary>Distance in bytes that the row filters look back: one pixel, but at least one byte.</summary>
    public int FilterDistance => Math.Max(1, BitsPerPixel / 8);

    public int RowBytes(int pixels) => (int)((((long)pixels * BitsPerPixel) + 7) / 8);

    public static PngHeader Parse(PngReader.Chunks chunks)
    {
        ReadOnlySpan<byte> body = chunks.Body;
        if (body.Length != 13)
        {
            throw chunks.Bad("a header of 13 bytes", $"{body.Length} bytes");
        }
        uint width = BinaryPrimitives.ReadUInt32BigEndian(body);
        uint height = BinaryPrimitives.ReadUInt32BigEndian(body[4..]);
        bool sizeGood = width is >= 1 and <= InputLimits.MaxImageSide && height is >= 1 and <= InputLimits.MaxImageSide
            && (ulong)width * height <= InputLimits.MaxImagePixels;
        if (!sizeGood)
        {
            throw chunks.Bad(
                $"sides of 1 to {InputLimits.MaxImageSide} and at most {InputLimits.MaxImagePixels} pixels",
                $"height {height}, width {width}");
        }
        int depth = body[8], colour = body[9];
        bool typeGood = (colour, depth) is
            (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) or (2 or 4 or 6, 8 or 16);
        if (!typeGood || body[10] != 0 || body[11] != 0 || body[12] > 1)
        {
            throw chunks.Bad(
                "a depth, colour type, compression, filter and interlace of the standard",
                $"{depth}, {colour}, {body[10]}, {body[11]}, {body[12]}");
        }
        return new PngHeader((int)width, (int)height, depth, colour, body[12] == 1);
    }
}
