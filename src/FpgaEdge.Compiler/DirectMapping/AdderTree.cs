using System.Globalization;
using System.Text;

namespace FpgaEdge.Compiler.DirectMapping;

/// <summary>A signal with the values it can have and the clock, counted in enables, at which it is valid.</summary>
/// <param name="Name">Name in the module.</param>
/// <param name="Least">Least value.</param>
/// <param name="Most">Greatest value.</param>
/// <param name="Time">Registers since the taps.</param>
internal sealed record Signal(string Name, long Least, long Most, int Time)
{
    /// <summary>Bits of the two's complement that holds all values.</summary>
    public int Width => Bits(Least, Most);

    /// <summary>Bits that hold two values and all between.</summary>
    public static int Bits(long least, long most)
    {
        int bits = 1;
        while (-(1L << (bits - 1)) > least || most >= 1L << (bits - 1))
        {
            bits++;
        }
        return bits;
    }
}

/// <summary>One addend: a signal times plus or minus a power of two.</summary>
internal readonly record struct Term(Signal Signal, int Shift, bool Negative);

/// <summary>Writes sums of shifted signals as trees of registered adders of two.</summary>
internal sealed class AdderTree(StringBuilder text)
{
    private int names;

    /// <summary>Adders written.</summary>
    public int Adders { get; private set; }

    /// <summary>A constant times a signal as terms: the digits of its canonical signed form.</summary>
    public static IEnumerable<Term> Multiple(Signal signal, long factor)
    {
        for (int shift = 0; factor != 0; shift++, factor >>= 1)
        {
            if ((factor & 1) != 0)
            {
                bool negative = (factor & 3) == 3;
                factor += negative ? 1 : -1;
                yield return new Term(signal, shift, negative);
            }
        }
    }

    /// <summary>The sum of terms as one signal.</summary>
    public Signal Sum(IEnumerable<Term> addends)
    {
        // Neighbours in shift and sign make narrow adders.
        List<Term> terms = [.. addends.OrderBy(term => term.Shift).ThenBy(term => term.Negative)];
        while (terms.Count > 1)
        {
            int time = terms.Max(term => term.Signal.Time);
            List<Term> next = [];
            for (int i = 0; i + 1 < terms.Count; i += 2)
            {
                next.Add(Add(terms[i] with { Signal = Delay(terms[i].Signal, time) },
                    terms[i + 1] with { Signal = Delay(terms[i + 1].Signal, time) }));
            }
            if (terms.Count % 2 == 1)
            {
                next.Add(terms[^1] with { Signal = Delay(terms[^1].Signal, time + 1) });
            }
            terms = next;
        }
        Term sum = terms[0];
        return sum.Shift == 0 && !sum.Negative ? sum.Signal : Register(
            $"{(sum.Negative ? "-" : "")}({sum.Signal.Name} <<< {sum.Shift})", Scaled(sum), sum.Signal.Time + 1);
    }

    /// <summary>The signal some registers later.</summary>
    public Signal Delay(Signal signal, int time)
    {
        while (signal.Time < time)
        {
            signal = Register(signal.Name, (signal.Least, signal.Most), signal.Time + 1);
        }
        return signal;
    }

    /// <summary>A registered expression.</summary>
    public Signal Register(string expression, (long Least, long Most) range, int time)
    {
        var signal = new Signal($"n{names++}", range.Least, range.Most, time);
        text.Append(CultureInfo.InvariantCulture,
            $"  reg signed [{signal.Width - 1}:0] {signal.Name}; always @(posedge clk) if (en) {signal.Name} <= {expression};\n");
        return signal;
    }

    /// <summary>One adder; what both addends share of shift and sign is left for later.</summary>
    private Term Add(Term a, Term b)
    {
        if (a.Negative && !b.Negative)
        {
            (a, b) = (b, a);
        }
        int shift = Math.Min(a.Shift, b.Shift);
        bool negative = a.Negative && b.Negative;
        Term left = new(a.Signal, a.Shift - shift, false);
        Term right = new(b.Signal, b.Shift - shift, b.Negative && !negative);
        (long leftLeast, long leftMost) = Scaled(left);
        (long rightLeast, long rightMost) = Scaled(right);
        Adders++;
        Signal sum = Register(
            $"({left.Signal.Name} <<< {left.Shift}) {(right.Negative ? "-" : "+")} ({right.Signal.Name} <<< {right.Shift})",
            (leftLeast + rightLeast, leftMost + rightMost), left.Signal.Time + 1);
        return new Term(sum, shift, negative);
    }

    private static (long Least, long Most) Scaled(Term term)
    {
        long least = term.Signal.Least << term.Shift;
        long most = term.Signal.Most << term.Shift;
        return term.Negative ? (-most, -least) : (least, most);
    }
}
