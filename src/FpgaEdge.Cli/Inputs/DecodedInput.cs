namespace FpgaEdge.Cli.Inputs;

/// <summary>
/// One case as it is stored, before preprocessing: an 8-bit picture (<see cref="Pixels"/>) or plain numbers
/// (<see cref="Values"/>); exactly one of the two is set.
/// </summary>
public sealed class DecodedInput
{
    private DecodedInput(string name, int[] shape, byte[]? pixels, float[]? values)
    {
        Name = name;
        Shape = shape;
        Pixels = pixels;
        Values = values;
    }

    /// <summary>File path, with the case in brackets where a file has many: <c>images_u8.bin[17]</c>.</summary>
    public string Name { get; }

    /// <summary>Dimensions in memory order, row-major; height, width, channels for a picture.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Picture: 0 … 255, height × width × channels, channels 1 (grey) or 3 (red, green, blue).</summary>
    public byte[]? Pixels { get; }

    /// <summary>Numbers, row-major.</summary>
    public float[]? Values { get; }

    /// <summary>A picture.</summary>
    public static DecodedInput Picture(string name, int height, int width, int channels, byte[] pixels) =>
        new(name, [height, width, channels], pixels, null);

    /// <summary>Plain numbers.</summary>
    public static DecodedInput Tensor(string name, IReadOnlyList<int> shape, float[] values) =>
        new(name, [.. shape], null, values);
}
