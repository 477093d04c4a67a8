namespace FpgaEdge.Cli.Inputs;

/// <summary>The kinds of file that are told apart by their first bytes.</summary>
public enum ImageKind
{
    /// <summary>Not a known image.</summary>
    Unknown,

    /// <summary>PBM, PGM, PPM or PAM; of these PGM and PPM can be read.</summary>
    Netpbm,

    /// <summary>Portable Network Graphics.</summary>
    Png,

    /// <summary>JPEG, read by the system's libturbojpeg.</summary>
    Jpeg,
}

/// <summary>Reads pictures into 8-bit grey or RGB, recognising them by content, not by file name.</summary>
public static class ImageReader
{
    /// <summary>Bytes of a file that <see cref="Recognise"/> wants to see.</summary>
    public const int SignatureBytes = 8;

    /// <summary>What can be told from the first bytes of a file.</summary>
    public static ImageKind Recognise(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(PngReader.Signature))
        {
            return ImageKind.Png;
        }
        if (start.Length >= 3 && start[0] == 0xFF && start[1] == 0xD8 && start[2] == 0xFF)
        {
            return ImageKind.Jpeg;
        }
        bool netpbm = start.Length >= 3 && start[0] == 'P' && start[1] is >= (byte)'1' and <= (byte)'7'
            && (NetpbmReader.IsSpace(start[2]) || start[2] == '#');
        return netpbm ? ImageKind.Netpbm : ImageKind.Unknown;
    }

    /// <summary>Decodes a whole file.</summary>
    /// <param name="file">The content.</param>
    /// <param name="name">How messages call it.</param>
    /// <exception cref="InputException">It is not an image that can be read.</exception>
    public static DecodedInput Decode(byte[] file, string name) => Recognise(file) switch
    {
        ImageKind.Netpbm => NetpbmReader.Decode(file, name),
        ImageKind.Png => PngReader.Decode(file, name),
        ImageKind.Jpeg => JpegReader.Decode(file, name, TurboJpeg.System),
        _ => throw NotAnImage(name, file),
    };

    internal static InputException NotAnImage(string name, ReadOnlySpan<byte> start) => new(
        name, "a PPM, PGM, PNG or JPEG image",
        start.IsEmpty
            ? "an empty file"
            : $"bytes {Convert.ToHexString(start[..Math.Min(start.Length, SignatureBytes)])}",
        "for a raw tensor add --input-shape and --input-type, for example --input-shape 32,32,3 --input-type uint8");

    /// <summary>Checks a size that a header claims before anything is allocated for it.</summary>
    internal static void CheckSize(string name, long height, long width, long offset)
    {
        bool fits = height is >= 1 and <= InputLimits.MaxImageSide && width is >= 1 and <= InputLimits.MaxImageSide
            && height * width <= InputLimits.MaxImagePixels;
        if (!fits)
        {
            throw new InputException(
                name,
                $"sides of 1 to {InputLimits.MaxImageSide} and at most {InputLimits.MaxImagePixels} pixels",
                $"height {height}, width {width}", "scale the image down first", offset);
        }
    }
}
