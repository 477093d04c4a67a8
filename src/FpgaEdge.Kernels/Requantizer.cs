using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// Accumulators of one pixel to output elements, exactly as <see cref="GoldenInterpreter.Requantize"/>. Vectorised for
/// AVX2; elsewhere one element at a time.
/// </summary>
public sealed class Requantizer
{
    // Parameters of whole vectors may be read past the last channel.
    private const int Padding = 16;

    private readonly Requantization requantization;
    private readonly int zeroPoint;
    private readonly int[] rightShifts;
    private readonly int[] leftShifts;
    private readonly int[] multipliers;
    private readonly double[] factors;

    /// <summary>Prepares the parameters of every channel.</summary>
    /// <param name="requantization">Of a valid convolution.</param>
    /// <param name="output">Its output tensor.</param>
    public Requantizer(Requantization requantization, IntegerTensor output)
    {
        this.requantization = requantization;
        zeroPoint = output.ZeroPoint;
        BytesPerElement = output.Type == IntegerType.Int32 ? 4 : 1;
        int[] shifts = Spread(requantization.Shift, output.Channels);
        bool exponents = requantization.Kind == RequantizationKind.FixedPoint; // positive is left
        rightShifts = exponents ? Array.ConvertAll(shifts, shift => Math.Max(0, -shift)) : shifts;
        leftShifts = exponents ? Array.ConvertAll(shifts, shift => Math.Max(0, shift)) : [];
        multipliers = Spread(requantization.Multiplier, output.Channels);
        factors = Spread(requantization.Factors, output.Channels);
    }

    /// <summary>Bytes of one output element: 1, or 4 for raw accumulators.</summary>
    public int BytesPerElement { get; }

    /// <summary>Converts accumulators of neighbouring channels of one pixel.</summary>
    /// <param name="sums">At least as many as <paramref name="output"/> has elements.</param>
    /// <param name="firstChannel">Channel of the first one.</param>
    /// <param name="output">The channels' bytes.</param>
    public void Convert(ReadOnlySpan<int> sums, int firstChannel, Span<byte> output)
    {
        if (requantization.Kind == RequantizationKind.None)
        {
            MemoryMarshal.AsBytes(sums)[..output.Length].CopyTo(output);
            return;
        }
        int i = 0;
        if (Avx2.IsSupported)
        {
            ref int sum = ref MemoryMarshal.GetReference(sums);
            for (; i + 16 <= output.Length; i += 16)
            {
                Vector256<int> low = Convert(Vector256.LoadUnsafe(ref sum, (nuint)i), firstChannel + i);
                Vector256<int> high = Convert(Vector256.LoadUnsafe(ref sum, (nuint)i + 8), firstChannel + i + 8);
                Vector256<short> words = Vector256.Narrow(low, high);
                Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte().CopyTo(output[i..]);
            }
        }
        for (; i < output.Length; i++)
        {
            int value = GoldenInterpreter.Requantize(requantization, sums[i], firstChannel + i, zeroPoint);
            output[i] = unchecked((byte)value);
        }
    }

    private Vector256<int> Convert(Vector256<int> sums, int channel)
    {
        Vector256<int> value = requantization.Kind switch
        {
            RequantizationKind.Shift => Avx2.ShiftRightArithmeticVariable(sums, Load(rightShifts, channel).AsUInt32()),
            RequantizationKind.FixedPoint => Clampable(FixedPoint(sums, channel)) + Vector256.Create(zeroPoint),
            _ => Real(sums, channel),
        };
        return Vector256.Min(
            Vector256.Max(value, Vector256.Create(requantization.Minimum)), Vector256.Create(requantization.Maximum));
    }

    private Vector256<int> FixedPoint(Vector256<int> sums, int channel)
    {
        Vector256<int> shifted = Avx2.ShiftLeftLogicalVariable(sums, Load(leftShifts, channel).AsUInt32());
        Vector256<int> multiplier = Load(multipliers, channel);
        // (a · b + 2^30) >> 31 is the doubling high multiplication, halves away from zero included, when b ≥ 0; the
        // bits that matter survive a logical shift.
        Vector256<long> nudge = Vector256.Create(1L << 30);
        Vector256<long> even = Avx2.Multiply(shifted, multiplier) + nudge;
        Vector256<long> odd = Avx2.Multiply(
            Avx2.ShiftRightLogical(shifted.AsInt64(), 32).AsInt32(),
            Avx2.ShiftRightLogical(multiplier.AsInt64(), 32).AsInt32()) + nudge;
        Vector256<int> high = Avx2.Blend(
            Avx2.ShiftRightLogical(even, 31).AsInt32(), Avx2.ShiftLeftLogical(odd, 1).AsInt32(), 0b10101010);
        Vector256<uint> exponent = Load(rightShifts, channel).AsUInt32();
        Vector256<int> mask = Avx2.ShiftLeftLogicalVariable(Vector256<int>.One, exponent) - Vector256<int>.One;
        Vector256<int> negative = Avx2.ShiftRightArithmetic(high, 31); // −1 where negative
        Vector256<int> threshold = Avx2.ShiftRightLogical(mask, 1) - negative;
        Vector256<int> roundUp = Avx2.CompareGreaterThan(high & mask, threshold); // −1 where it is so
        return Avx2.ShiftRightArithmeticVariable(high, exponent) - roundUp;
    }

    // Far outside of every clamp, and adding a zero point cannot overflow.
    private static Vector256<int> Clampable(Vector256<int> value) =>
        Vector256.Min(Vector256.Max(value, Vector256.Create(-(1 << 20))), Vector256.Create(1 << 20));

    private Vector256<int> Real(Vector256<int> sums, int channel) =>
        Vector256.Create(Real(sums.GetLower(), channel), Real(sums.GetUpper(), channel + 4));

    private Vector128<int> Real(Vector128<int> sums, int channel)
    {
        Vector256<double> product = Avx.ConvertToVector256Double(sums)
            * Vector256.LoadUnsafe(ref factors[channel]);
        Vector256<double> rounded = Avx.RoundToNearestInteger(product) + Vector256.Create((double)zeroPoint);
        Vector256<double> clamped = Avx.Min(
            Avx.Max(rounded, Vector256.Create((double)requantization.Minimum)),
            Vector256.Create((double)requantization.Maximum));
        return Avx.ConvertToVector128Int32(clamped);
    }

    private static Vector256<int> Load(int[] values, int channel) => Vector256.LoadUnsafe(ref values[channel]);

    private static T[] Spread<T>(T[] values, int channels)
    {
        T[] result = new T[channels + Padding];
        for (int c = 0; c < channels && values.Length > 0; c++)
        {
            result[c] = values[values.Length == 1 ? 0 : c];
        }
        return result;
    }
}
