namespace FpgaEdge.Cli.Inputs;

/// <summary>Height × width × channels of an image or of a network's input (NHWC without the N).</summary>
public readonly record struct InputShape(int Height, int Width, int Channels)
{
    /// <summary>Number of elements.</summary>
    public int ElementCount => checked(Height * Width * Channels);

    /// <inheritdoc/>
    public override string ToString() => $"{Height}x{Width}x{Channels}";
}
