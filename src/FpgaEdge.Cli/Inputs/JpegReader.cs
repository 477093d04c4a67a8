namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// JPEG through libturbojpeg, with the exact integer transform, so that every machine sees the same pixels. Grey
/// files give one channel, all others RGB. The orientation tag is not applied: pixels come as stored.
/// </summary>
internal static class JpegReader
{
    // Numbers of the TurboJPEG API.
    private const int FormatRgb = 0, FormatGrey = 6;
    private const int SpaceGrey = 2, SpaceCmyk = 3, SpaceYcck = 4;
    private const int FlagAccurateTransform = 4096, FlagStopOnWarning = 8192, FlagLimitScans = 32768;

    /// <summary>Decodes a whole file.</summary>
    /// <param name="file">The content.</param>
    /// <param name="name">How messages call it.</param>
    /// <param name="library">The library, or null where the system has none.</param>
    /// <exception cref="InputException">No library; damaged, cut off, too large, or in CMYK.</exception>
    public static DecodedInput Decode(byte[] file, string name, TurboJpeg? library)
    {
        if (library is null)
        {
            throw new InputException(
                name, "the system's libturbojpeg for a JPEG image", "none installed",
                "install it (Debian, Ubuntu: apt install libturbojpeg0) or convert the image to PNG or PPM");
        }
        nint decompressor = library.Open();
        if (decompressor == 0)
        {
            throw Bad(name, "a JPEG decompressor", library.ErrorText());
        }
        try
        {
            return Decode(file, name, library, decompressor);
        }
        finally
        {
            library.Close(decompressor);
        }
    }

    private static DecodedInput Decode(byte[] file, string name, TurboJpeg library, nint decompressor)
    {
        if (!library.ReadHeader(decompressor, file, out int height, out int width, out int space))
        {
            throw Bad(name, "a JPEG header", library.ErrorText());
        }
        ImageReader.CheckSize(name, height, width, 0);
        if (space is SpaceCmyk or SpaceYcck)
        {
            throw Bad(name, "a grey or RGB JPEG", "one in CMYK");
        }
        int channels = space == SpaceGrey ? 1 : 3;
        byte[] pixels = new byte[height * width * channels];
        bool good = library.Decompress(
            decompressor, file, pixels, height, width, width * channels, channels == 1 ? FormatGrey : FormatRgb,
            FlagAccurateTransform | FlagStopOnWarning | FlagLimitScans);
        return good
            ? DecodedInput.Picture(name, height, width, channels, pixels)
            : throw Bad(name, "a whole JPEG image", library.ErrorText());
    }

    private static InputException Bad(string name, string expected, string found) =>
        new(name, expected, $"'{found.Trim()}'", "save the image again, as RGB");
}
