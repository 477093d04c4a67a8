namespace FpgaEdge.Cli.Inputs;

/// <summary>Fixed limits of what is read from the outside; checked before memory is allocated.</summary>
public static class InputLimits
{
    /// <summary>Largest image file, or other file that is read as a whole, in bytes.</summary>
    public const int MaxFileBytes = 128 << 20;

    /// <summary>Largest side of an image, in pixels.</summary>
    public const int MaxImageSide = 32_768;

    /// <summary>Most pixels of an image.</summary>
    public const int MaxImagePixels = 64 << 20;

    /// <summary>Most elements of one tensor.</summary>
    public const int MaxTensorElements = 64 << 20;

    /// <summary>Most dimensions of a raw tensor.</summary>
    public const int MaxRank = 8;

    /// <summary>Most cases (files, or cases of raw files) of one input set.</summary>
    public const int MaxCases = 1_000_000;

    /// <summary>Largest text file (labels, class names, preprocessing), in bytes.</summary>
    public const int MaxTextBytes = 16 << 20;
}
