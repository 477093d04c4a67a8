namespace FpgaEdge.Model;

/// <summary>
/// How the integers of a tensor stand for real numbers: real = scale · (q − zero point), per tensor or per slice of one
/// axis. TFLite attaches these to tensors; ONNX carries them as operator inputs instead.
/// </summary>
public sealed class QuantizationParameters
{
    /// <summary>Parameters of a whole tensor.</summary>
    public QuantizationParameters(float scale, int zeroPoint)
        : this([scale], [zeroPoint], 0)
    {
    }

    /// <summary>
    /// Parameters per slice of <paramref name="axis"/>, or of the whole tensor when there is one scale.
    /// </summary>
    public QuantizationParameters(IReadOnlyList<float> scales, IReadOnlyList<int> zeroPoints, int axis)
    {
        if (scales.Count == 0 || zeroPoints.Count != scales.Count)
        {
            throw new ArgumentException($"{scales.Count} scales need as many zero points, found {zeroPoints.Count}");
        }
        Scales = scales;
        ZeroPoints = zeroPoints;
        Axis = axis;
    }

    /// <summary>One scale, or one per slice of <see cref="Axis"/>.</summary>
    public IReadOnlyList<float> Scales { get; }

    /// <summary>As many as <see cref="Scales"/>.</summary>
    public IReadOnlyList<int> ZeroPoints { get; }

    /// <summary>The axis that several scales run along; without meaning for one scale.</summary>
    public int Axis { get; }

    /// <summary>True when slices of <see cref="Axis"/> have scales of their own.</summary>
    public bool IsPerAxis => Scales.Count > 1;

    /// <summary>The scale of the whole tensor (the first one per axis).</summary>
    public float Scale => Scales[0];

    /// <summary>The zero point of the whole tensor (the first one per axis).</summary>
    public int ZeroPoint => ZeroPoints[0];

    /// <summary>Scale of slice <paramref name="index"/>, whether per tensor or per axis.</summary>
    public float ScaleAt(int index) => Scales.Count == 1 ? Scales[0] : Scales[index];

    /// <summary>Zero point of slice <paramref name="index"/>, whether per tensor or per axis.</summary>
    public int ZeroPointAt(int index) => ZeroPoints.Count == 1 ? ZeroPoints[0] : ZeroPoints[index];

    /// <summary>True when both have the same scales, zero points and (per axis) axis.</summary>
    public bool Matches(QuantizationParameters other) =>
        Scales.SequenceEqual(other.Scales) && ZeroPoints.SequenceEqual(other.ZeroPoints)
        && (!IsPerAxis || Axis == other.Axis);
}
