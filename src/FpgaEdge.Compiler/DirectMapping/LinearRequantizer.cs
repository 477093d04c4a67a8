using System.Numerics;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.DirectMapping;

/// <summary>
/// Requantisation of one channel as floor((accumulator · Multiplier + Offset) / 2^Shift), clamped, with as few digits in
/// the multiplier as give the same output as the golden arithmetic for every accumulator there can be. The golden
/// arithmetic never falls when the accumulator rises, so it is known by where each output begins.
/// </summary>
/// <param name="Multiplier">Positive factor.</param>
/// <param name="Offset">Added before the shift.</param>
/// <param name="Shift">Bits shifted out.</param>
/// <param name="Lowest">Least output.</param>
/// <param name="Highest">Greatest output.</param>
internal sealed record LinearRequantizer(long Multiplier, long Offset, int Shift, int Lowest, int Highest)
{
    private const int LargestShift = 42;

    /// <summary>Multipliers looked at for each shift.</summary>
    private const int Candidates = 20_000;

    /// <summary>The output of an accumulator.</summary>
    public int Apply(long accumulator) =>
        (int)Math.Clamp(((accumulator * Multiplier) + Offset) >> Shift, Lowest, Highest);

    /// <summary>Finds one for accumulators from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <param name="golden">Output of an accumulator; must not fall.</param>
    /// <param name="least">Least accumulator.</param>
    /// <param name="most">Greatest accumulator.</param>
    /// <exception cref="CompilerException">There is none.</exception>
    public static LinearRequantizer Fit(Func<int, int> golden, int least, int most)
    {
        int lowest = golden(least);
        int highest = golden(most);
        // Begins[i]: the least accumulator whose output is lowest + 1 + i or more.
        long[] begins = [.. Enumerable.Range(lowest + 1, highest - lowest).Select(output => Begin(golden, least, most, output))];
        if (begins.Length == 0)
        {
            return new LinearRequantizer(1, lowest, 0, lowest, lowest);
        }
        LinearRequantizer? best = null;
        for (int shift = 0; shift <= LargestShift && (best is null || shift < best.Shift + 3); shift++)
        {
            (long first, long last) = Multipliers(begins, shift);
            last = Math.Min(last, first + Candidates);
            for (long factor = first; factor <= last; factor++)
            {
                if ((best is null || Digits(factor) < Digits(best.Multiplier)) &&
                    OffsetOf(begins, lowest, factor, shift) is long offset)
                {
                    best = new LinearRequantizer(factor, offset, shift, lowest, highest);
                }
            }
        }
        return best ?? throw new CompilerException("no multiplier of that size gives the same outputs as the requantisation");
    }

    /// <summary>Non-zero digits of the canonical signed form: terms of the multiplication.</summary>
    public static int Digits(long factor) => BitOperations.PopCount((ulong)(factor ^ (3 * factor)));

    private static long Begin(Func<int, int> golden, int least, int most, int output)
    {
        int below = least;
        int reached = most;
        while (reached - below > 1)
        {
            int middle = below + ((reached - below) / 2);
            (below, reached) = golden(middle) >= output ? (below, middle) : (middle, reached);
        }
        return reached;
    }

    /// <summary>Multipliers that could put every begin where it is: bounds from each pair of begins.</summary>
    private static (long First, long Last) Multipliers(long[] begins, int shift)
    {
        long first = 1;
        long last = long.MaxValue >> 16;
        for (int i = 0; i < begins.Length; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                long step = (long)(i - j) << shift;
                long most = begins[i] - begins[j] + 1;
                first = Math.Max(first, (step + most) / most);
                long least = begins[i] - begins[j] - 1;
                if (least > 0)
                {
                    last = Math.Min(last, (step - 1) / least);
                }
            }
        }
        return (first, last);
    }

    /// <summary>An offset that puts every begin where it is; null if there is none.</summary>
    private static long? OffsetOf(long[] begins, int lowest, long factor, int shift)
    {
        long least = long.MinValue;
        long most = long.MaxValue;
        for (int i = 0; i < begins.Length; i++)
        {
            long threshold = (long)(lowest + 1 + i) << shift;
            least = Math.Max(least, threshold - (begins[i] * factor));
            most = Math.Min(most, threshold - 1 - ((begins[i] - 1) * factor));
            if (least > most)
            {
                return null;
            }
        }
        return least + ((most - least) / 2);
    }
}
