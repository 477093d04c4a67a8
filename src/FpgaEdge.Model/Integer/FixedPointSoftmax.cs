using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Integer;

/// <summary>
/// TFLite's integer softmax: exponentials and the reciprocal of their sum as 32-bit fixed-point polynomials. A number
/// written Qm.n has m integer and n fraction bits beside the sign; products are doubling high multiplications, so Qm ·
/// Qk is Q(m + k).
/// </summary>
public static class FixedPointSoftmax
{
    private const int DifferenceIntegerBits = 5;
    private const int DifferenceFractionBits = 31 - DifferenceIntegerBits;
    private const int SumIntegerBits = 12;

    // exp(−2^k) in Q0.31 for k = −2 … 4: one factor per bit of the difference's whole quarters.
    private static readonly int[] PowerFactors =
        [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

    /// <summary>
    /// The smallest difference that still fits Q5.26 after the left shift: TFLite's choice of DifferenceMinimum.
    /// </summary>
    public static int DifferenceMinimum(int leftShift) =>
        -(int)((((1L << DifferenceIntegerBits) - 1) << DifferenceFractionBits) >> leftShift);

    /// <summary>
    /// Softmax of one row of 8-bit values; the result r stands for (r − minimum of the type) / 256.
    /// </summary>
    /// <param name="input">The row as integers.</param>
    /// <param name="output">As long as the input.</param>
    /// <param name="multiplier">Q31 multiplier of the difference to the largest element.</param>
    /// <param name="leftShift">Left shift before that multiplication, 0 … 30.</param>
    /// <param name="differenceMinimum">Differences below this count as probability 0; at most 0.</param>
    /// <param name="outputMinimum">−128 for Int8, 0 for UInt8.</param>
    public static void Row(
        ReadOnlySpan<int> input, Span<int> output, int multiplier, int leftShift, int differenceMinimum,
            int outputMinimum)
    {
        int largest = int.MinValue;
        foreach (int value in input)
        {
            largest = Math.Max(largest, value);
        }
        int sum = 0; // Q12.19
        foreach (int value in input)
        {
            if (value - largest >= differenceMinimum)
            {
                sum = unchecked(sum + RoundingDivideByPowerOfTwo(
                    ExponentialOfNegative(Rescale(value - largest, multiplier, leftShift)), SumIntegerBits));
            }
        }
        (int reciprocal, int bitsOverUnit) = Reciprocal(sum);
        for (int i = 0; i < input.Length; i++)
        {
            int difference = input[i] - largest;
            output[i] = outputMinimum;
            if (difference >= differenceMinimum)
            {
                int exponential = ExponentialOfNegative(Rescale(difference, multiplier, leftShift));
                int product = SaturatingRoundingDoublingHighMultiply(reciprocal, exponential);
                int shift = Math.Clamp(bitsOverUnit + 31 - 8, 0, 31);
                int scaled = RoundingDivideByPowerOfTwo(product, shift);
                output[i] = Math.Clamp(scaled + outputMinimum, outputMinimum, outputMinimum + 255);
            }
        }
    }

    private static int Rescale(int difference, int multiplier, int leftShift) =>
        SaturatingRoundingDoublingHighMultiply(unchecked(difference << leftShift), multiplier);

    /// <summary>exp(a) for a ≤ 0 in Q5.26; the result is Q0.31.</summary>
    private static int ExponentialOfNegative(int a)
    {
        if (a == 0)
        {
            return int.MaxValue;
        }
        const int quarter = 1 << (DifferenceFractionBits - 2);
        int withinQuarter = (a & (quarter - 1)) - quarter;
        int result = ExponentialWithinQuarter(SaturatingShiftLeft(withinQuarter, DifferenceIntegerBits));
        int wholeQuarters = unchecked(withinQuarter - a);
        for (int k = 0; k < PowerFactors.Length; k++)
        {
            if ((wholeQuarters & (1 << (DifferenceFractionBits - 2 + k))) != 0)
            {
                result = SaturatingRoundingDoublingHighMultiply(result, PowerFactors[k]);
            }
        }
        return result;
    }

    /// <summary>exp(a) for −1/4 ≤ a &lt; 0 in Q0.31: Taylor's series to the fourth power around −1/8.</summary>
    private static int ExponentialWithinQuarter(int a)
    {
        const int expOfMinusEighth = 1895147668;
        const int third = 715827883;
        int x = unchecked(a + (1 << 28));
        int x2 = SaturatingRoundingDoublingHighMultiply(x, x);
        int x3 = SaturatingRoundingDoublingHighMultiply(x2, x);
        int x4 = SaturatingRoundingDoublingHighMultiply(x2, x2);
        int x4Quarter = RoundingDivideByPowerOfTwo(x4, 2);
        int higher = RoundingDivideByPowerOfTwo(
            unchecked(SaturatingRoundingDoublingHighMultiply(unchecked(x4Quarter + x3), third) + x2), 1);
        int series = unchecked(x + higher);
        return unchecked(expOfMinusEighth + SaturatingRoundingDoublingHighMultiply(expOfMinusEighth, series));
    }

    /// <summary>1 / sum for a Q12.19 sum, as a Q0.31 mantissa and the power of two it was normalised by.</summary>
    private static (int Mantissa, int BitsOverUnit) Reciprocal(int sum)
    {
        int leadingZeros = int.LeadingZeroCount(sum);
        int fraction = unchecked((int)(((uint)sum << leadingZeros) - (1u << 31)));
        return (OneOverOnePlus(fraction), SumIntegerBits - leadingZeros);
    }

    /// <summary>1 / (1 + x) for 0 ≤ x &lt; 1 in Q0.31: three Newton steps in Q2.29.</summary>
    private static int OneOverOnePlus(int x)
    {
        const int fortyEightSeventeenths = 1515870810;
        const int minusThirtyTwoSeventeenths = -1010580540;
        long total = (long)x + int.MaxValue;
        int halfDenominator = (int)((total + (total >= 0 ? 1 : -1)) / 2);
        int estimate = unchecked(fortyEightSeventeenths +
            SaturatingRoundingDoublingHighMultiply(halfDenominator, minusThirtyTwoSeventeenths));
        for (int step = 0; step < 3; step++)
        {
            int product = SaturatingRoundingDoublingHighMultiply(halfDenominator, estimate);
            int error = unchecked((1 << 29) - product);
            int correction = SaturatingRoundingDoublingHighMultiply(estimate, error); // Q4.27
            estimate = unchecked(estimate + SaturatingShiftLeft(correction, 2));
        }
        return SaturatingShiftLeft(estimate, 1);
    }

    private static int SaturatingShiftLeft(int value, int exponent) =>
        (int)Math.Clamp((long)value << exponent, int.MinValue, int.MaxValue);
}
