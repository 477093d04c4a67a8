using FpgaEdge.Model.Integer;
using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Tests.Integer;

[TestClass]
public sealed class FixedPointArithmeticTests
{
    [TestMethod]
    public void HighMultiplicationRoundsHalvesAwayFromZero()
    {
        // Goal: the definition at its corners. Method: values with an exact half and the single overflow.
        Assert.AreEqual(int.MaxValue, SaturatingRoundingDoublingHighMultiply(int.MinValue, int.MinValue));
        Assert.AreEqual(1, SaturatingRoundingDoublingHighMultiply(1, 1 << 30));
        Assert.AreEqual(0, SaturatingRoundingDoublingHighMultiply(-1, 1 << 30)); // −0.5 + nudge truncates to 0
        Assert.AreEqual(-2, SaturatingRoundingDoublingHighMultiply(-3, 1 << 30 | 1));
        Assert.AreEqual(0, SaturatingRoundingDoublingHighMultiply(0, int.MaxValue));
    }

    [TestMethod]
    public void DivisionByPowersOfTwoRoundsHalvesAwayFromZero()
    {
        // Goal: sign symmetry. Method: compare with decimal division over a range of values and exponents.
        foreach (int exponent in (int[])[0, 1, 2, 7, 30, 31])
        {
            foreach (int value in (int[])[0, 1, -1, 2, -2, 3, -3, 64, -64, 65, -65, int.MaxValue, int.MinValue + 1])
            {
                decimal exact = (decimal)value / (1L << exponent);
                int expected = (int)Math.Round(exact, MidpointRounding.AwayFromZero);
                Assert.AreEqual(expected, RoundingDivideByPowerOfTwo(value, exponent), $"{value} / 2^{exponent}");
            }
        }
    }

    [TestMethod]
    public void FactorsBecomeMultipliers()
    {
        // Goal: FromReal is the nearest 31-bit factor. Method: multiply back.
        foreach (double factor in (double[])[1, 0.5, 0.75, 1e-3, 123.456, 0.99999999999, 1.0 / 3])
        {
            (int multiplier, int exponent) = FromReal(factor);
            double back = Math.ScaleB(multiplier, exponent - 31);
            Assert.AreEqual(factor, back, factor * 1e-9);
            Assert.IsGreaterThanOrEqualTo(1 << 30, multiplier);
        }
        Assert.AreEqual((0, 0), FromReal(0));
        Assert.ThrowsExactly<ModelFormatException>(() => FromReal(double.NaN));
        Assert.ThrowsExactly<ModelFormatException>(() => FromReal(-1));
    }

    [TestMethod]
    public void SoftmaxFollowsTheRealFunction()
    {
        // Goal: the fixed-point exponential and reciprocal are right. Method: within 1 of 256 · softmax for random
        // rows.
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            double scale = 0.01 + random.NextDouble();
            int[] row = Enumerable.Range(0, 1 + random.Next(20)).Select(_ => random.Next(-128, 128)).ToArray();
            (int multiplier, int exponent) = FromReal(scale * (1 << 26));
            int[] result = new int[row.Length];
            FixedPointSoftmax.Row(row, result, multiplier, exponent, FixedPointSoftmax.DifferenceMinimum(exponent),
                -128);
            double sum = row.Sum(q => Math.Exp(q * scale));
            for (int i = 0; i < row.Length; i++)
            {
                double expected = Math.Min(127, (256 * Math.Exp(row[i] * scale) / sum) - 128);
                Assert.AreEqual(expected, result[i], 1.0);
            }
        }
    }
}
