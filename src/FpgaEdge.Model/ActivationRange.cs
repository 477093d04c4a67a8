namespace FpgaEdge.Model;

/// <summary>
/// A clamp of the real-valued result of an operator, fused into it: Relu is 0…∞, Relu6 is 0…6, Clip any pair. TFLite
/// operators bring it along; <c>GraphSimplifier</c> marks it on ONNX operators.
/// </summary>
/// <param name="Minimum">Smallest real result; −∞ for none.</param>
/// <param name="Maximum">Largest real result; +∞ for none.</param>
public readonly record struct ActivationRange(float Minimum, float Maximum)
{
    /// <summary>No clamp.</summary>
    public static ActivationRange None { get; } = new(float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>max(x, 0).</summary>
    public static ActivationRange Relu { get; } = new(0, float.PositiveInfinity);

    /// <summary>min(max(x, 0), 6).</summary>
    public static ActivationRange Relu6 { get; } = new(0, 6);

    /// <summary>True when nothing is clamped.</summary>
    public bool IsNone => Minimum == float.NegativeInfinity && Maximum == float.PositiveInfinity;

    /// <summary>The clamped value.</summary>
    public float Apply(float value) => Math.Min(Math.Max(value, Minimum), Maximum);

    /// <summary>First this clamp, then <paramref name="next"/>, as one clamp.</summary>
    public ActivationRange Then(ActivationRange next) => new(next.Apply(Minimum), next.Apply(Maximum));
}
