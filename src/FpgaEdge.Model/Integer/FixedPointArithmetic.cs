namespace FpgaEdge.Model.Integer;

/// <summary>
/// The integer roundings that quantised networks are defined by: TFLite's fixed-point multiplication in its published
/// form (two roundings), and IEEE doubles rounded half to even for ONNX QLinear operators.
/// </summary>
public static class FixedPointArithmetic
{
    /// <summary>
    /// (a · b) / 2^31 rounded to nearest, halves away from zero; the one overflow, both arguments −2^31, gives 2^31 −
    /// 1.
    /// </summary>
    public static int SaturatingRoundingDoublingHighMultiply(int a, int b)
    {
        if (a == int.MinValue && b == int.MinValue)
        {
            return int.MaxValue;
        }
        long product = (long)a * b;
        long nudge = product >= 0 ? 1L << 30 : 1 - (1L << 30);
        return (int)((product + nudge) / (1L << 31)); // division truncates towards zero, as the definition does
    }

    /// <summary>value / 2^exponent rounded to nearest, halves away from zero; exponent 0 … 31.</summary>
    public static int RoundingDivideByPowerOfTwo(int value, int exponent)
    {
        int mask = (int)((1L << exponent) - 1);
        int remainder = value & mask;
        int threshold = (mask >> 1) + (value < 0 ? 1 : 0);
        int quotient = exponent == 0 ? value : (int)((long)value >> exponent);
        return quotient + (remainder > threshold ? 1 : 0);
    }

    /// <summary>
    /// value · multiplier / 2^31 · 2^exponent with TFLite's two roundings. A positive exponent shifts left first, in
    /// 32-bit wrap-around arithmetic; exponent −31 … 30, multiplier 0 … 2^31 − 1.
    /// </summary>
    public static int MultiplyByQuantizedMultiplier(int value, int multiplier, int exponent)
    {
        int left = exponent > 0 ? exponent : 0;
        int right = exponent > 0 ? 0 : -exponent;
        int high = SaturatingRoundingDoublingHighMultiply(unchecked(value << left), multiplier);
        return RoundingDivideByPowerOfTwo(high, right);
    }

    /// <summary>sum / count, halves away from zero; count is positive.</summary>
    public static long DivideAwayFromZero(long sum, int count) =>
        sum > 0 ? (sum + (count / 2)) / count : (sum - (count / 2)) / count;

    /// <summary>
    /// (value + 2^(shift − 1)) &gt;&gt; shift: to nearest, halves upwards; no rounding term for shift 0.
    /// </summary>
    public static long RoundingShift(long value, int shift) =>
        shift == 0 ? value : (value + (1L << (shift - 1))) >> shift;

    /// <summary>value rounded to an integer (halves to even), plus the zero point, clamped.</summary>
    public static int RoundToClamped(double value, int zeroPoint, int minimum, int maximum)
    {
        double rounded = Math.Round(value, MidpointRounding.ToEven) + zeroPoint;
        return rounded <= minimum ? minimum : rounded >= maximum ? maximum : (int)rounded;
    }

    /// <summary>
    /// The multiplier (2^30 … 2^31 − 1, or 0) and exponent that <see cref="MultiplyByQuantizedMultiplier"/> takes for
    /// a real factor: factor ≈ multiplier · 2^(exponent − 31). A factor below 2^−32 becomes 0.
    /// </summary>
    /// <param name="factor">A finite factor, at least 0 and below 2^30.</param>
    public static (int Multiplier, int Exponent) FromReal(double factor)
    {
        if (!(factor >= 0) || factor >= 1 << 30)
        {
            throw new ModelFormatException($"a scale factor must lie in 0 … 2^30, found {factor}");
        }
        if (factor == 0)
        {
            return (0, 0);
        }
        int exponent = Math.ILogB(factor) + 1;
        double fraction = Math.ScaleB(factor, -exponent); // 0.5 … 1
        long multiplier = (long)Math.Round(fraction * (1L << 31), MidpointRounding.AwayFromZero);
        if (multiplier == 1L << 31)
        {
            multiplier /= 2;
            exponent++;
        }
        return exponent < -31 ? (0, 0) : ((int)multiplier, exponent);
    }
}
