using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <summary>Rules that TFLite's integer operators share.</summary>
internal static class TfliteIntegers
{
    /// <summary>
    /// Picks the integer form of an operator when operand 0 holds quantised integers, the plain form otherwise.
    /// </summary>
    public static Action<OperatorContext> Either(Action<OperatorContext> plain, Action<OperatorContext> integer) =>
        context => (IsQuantized(context.Input(0).Type) ? integer : plain)(context);

    /// <summary>True for the element types of quantised activations.</summary>
    public static bool IsQuantized(ElementType type) => type is ElementType.Int8 or ElementType.UInt8;

    /// <summary>The fixed-point multiplier and exponent of a real factor.</summary>
    public static (int Multiplier, int Exponent) Multiplier(OperatorContext context, double factor) =>
        double.IsFinite(factor) && factor is >= 0 and < 1 << 30
            ? FromReal(factor)
            : throw context.Error("scales whose ratio lies in 0…2^30", $"{factor}");

    /// <summary>Scale of the tensor's only parameters, which must be positive.</summary>
    public static QuantizationParameters PerTensor(OperatorContext context, QuantizationParameters parameters) =>
        parameters.IsPerAxis || parameters.Scale <= 0
            ? throw context.Error("one positive scale per activation", $"{parameters.Scales.Count} scales")
            : parameters;

    /// <summary>Elements less the zero point, as 32-bit integers.</summary>
    public static int[] Centred(Tensor tensor, int zeroPoint)
    {
        int[] result = new int[tensor.Length];
        if (tensor.Type == ElementType.Int8)
        {
            ReadOnlySpan<sbyte> values = tensor.Data<sbyte>();
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = values[i] - zeroPoint;
            }
        }
        else if (tensor.Type == ElementType.UInt8)
        {
            ReadOnlySpan<byte> values = tensor.Data<byte>();
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = values[i] - zeroPoint;
            }
        }
        else
        {
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = unchecked((int)tensor.ValueAt(i) - zeroPoint);
            }
        }
        return result;
    }

    /// <summary>Stores a value clamped to an 8-bit element type.</summary>
    public static void Store(Tensor target, int index, long value)
    {
        if (target.Type == ElementType.Int8)
        {
            target.Data<sbyte>()[index] = (sbyte)Math.Clamp(value, sbyte.MinValue, sbyte.MaxValue);
        }
        else
        {
            target.Data<byte>()[index] = (byte)Math.Clamp(value, 0, byte.MaxValue);
        }
    }

    /// <summary>Rounds to nearest, halves away from zero, as TFLite does outside its kernels' integer loops.</summary>
    public static float Round(float value) => MathF.Round(value, MidpointRounding.AwayFromZero);

    /// <summary>
    /// The clamp of a fused activation in the result's integers; the type's whole range where it does not bind.
    /// </summary>
    public static (int Minimum, int Maximum) Clamp(
        ActivationRange activation, QuantizationParameters parameters, ElementType type)
    {
        (long low, long high) = Elements.Range(type);
        return (
            (int)Bound(activation.Minimum, low, high, parameters),
            (int)Bound(activation.Maximum, low, high, parameters));
    }

    private static long Bound(float bound, long low, long high, QuantizationParameters parameters)
    {
        if (float.IsInfinity(bound))
        {
            return bound < 0 ? low : high;
        }
        double quantized = parameters.ZeroPoint + (double)Round(bound / parameters.Scale);
        return (long)Math.Clamp(quantized, low, high);
    }
}
