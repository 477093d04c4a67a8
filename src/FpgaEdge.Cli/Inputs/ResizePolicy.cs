using System.Globalization;

namespace FpgaEdge.Cli.Inputs;

/// <summary>What to do with a picture whose size is not the network's.</summary>
public enum ResizeKind
{
    /// <summary>Refuse it.</summary>
    None,

    /// <summary>Scale both sides to the network's size, without regard to proportions.</summary>
    Stretch,

    /// <summary>
    /// Scale in proportion until it covers the network's size (or to a given shorter side), then cut out the centre.
    /// </summary>
    Crop,
}

/// <summary>
/// How pictures of another size are treated; one that has the network's size already is left alone by every policy.
/// </summary>
/// <param name="Kind">The method.</param>
/// <param name="ShorterSide">For <see cref="ResizeKind.Crop"/>: the shorter side after scaling; 0 is just enough to
/// cover.</param>
public sealed record ResizePolicy(ResizeKind Kind, int ShorterSide = 0)
{
    /// <summary>Pictures of another size are refused.</summary>
    public static ResizePolicy None { get; } = new(ResizeKind.None);

    /// <summary>From "none", "stretch", "crop" or the shorter side in pixels ("256").</summary>
    public static bool TryParse(string text, out ResizePolicy policy)
    {
        string value = text.Trim().ToLowerInvariant();
        policy = value switch
        {
            "stretch" => new ResizePolicy(ResizeKind.Stretch),
            "crop" => new ResizePolicy(ResizeKind.Crop),
            _ => None,
        };
        bool side = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int shorter)
            && shorter is >= 1 and <= InputLimits.MaxImageSide;
        policy = side ? new ResizePolicy(ResizeKind.Crop, shorter) : policy;
        return side || value is "none" or "stretch" or "crop";
    }

    /// <summary>Brings a picture to the wanted height and width.</summary>
    /// <exception cref="InputException">It has another size and the policy is to refuse; or the shorter side is too
    /// short.</exception>
    public byte[] Apply(DecodedInput picture, int height, int width)
    {
        int sourceHeight = picture.Shape[0], sourceWidth = picture.Shape[1];
        if (sourceHeight == height && sourceWidth == width)
        {
            return picture.Pixels!;
        }
        if (Kind == ResizeKind.None)
        {
            throw new InputException(
                picture.Name, $"{height}x{width} pixels (height x width, the network's input)",
                $"{sourceHeight}x{sourceWidth}",
                "add --resize crop (or stretch, or the shorter side, such as 256) to scale images");
        }
        (int fullHeight, int fullWidth) = Kind == ResizeKind.Stretch
            ? (height, width)
            : Covering(sourceHeight, sourceWidth, height, width);
        if (fullHeight < height || fullWidth < width)
        {
            throw InputException.Usage("--resize", $"a shorter side that covers {height}x{width}", $"{ShorterSide}");
        }
        var rows = new ResampleAxis(sourceHeight, fullHeight, (fullHeight - height) / 2, height);
        var columns = new ResampleAxis(sourceWidth, fullWidth, (fullWidth - width) / 2, width);
        return ImageResizer.Resample(picture.Pixels!, picture.Shape[2], rows, columns);
    }

    private (int Height, int Width) Covering(int sourceHeight, int sourceWidth, int height, int width)
    {
        if (ShorterSide > 0)
        {
            return sourceHeight <= sourceWidth
                ? (ShorterSide, InProportion(ShorterSide, sourceWidth, sourceHeight))
                : (InProportion(ShorterSide, sourceHeight, sourceWidth), ShorterSide);
        }
        // The side that needs the larger factor decides; the other one is rounded up, so that it covers.
        return (long)height * sourceWidth >= (long)width * sourceHeight
            ? (height, (int)((((long)height * sourceWidth) + sourceHeight - 1) / sourceHeight))
            : ((int)((((long)width * sourceHeight) + sourceWidth - 1) / sourceWidth), width);
    }

    /// <summary>side · longer / shorter, rounded to nearest.</summary>
    private static int InProportion(int side, int longer, int shorter) =>
        (int)((((long)side * longer) + (shorter / 2)) / shorter);
}
