namespace FpgaEdge.Samples.Train;

/// <summary>
/// A generator whose numbers depend on the seed alone, on every machine and runtime: a 64-bit counter, mixed
/// (SplitMix64).
/// </summary>
internal sealed class PortableRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong NextBits()
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Uniform in low … high.</summary>
    public double Uniform(double low, double high) => low + ((high - low) * (NextBits() >> 11) * (1.0 / (1L << 53)));

    /// <summary>Uniform in 0 … count − 1.</summary>
    public int Below(int count) => (int)((NextBits() >> 33) * (ulong)count >> 31);

    /// <summary>About normal with mean 0 and deviation 1: the sum of twelve uniform numbers.</summary>
    public double Normal()
    {
        double sum = -6;
        for (int i = 0; i < 12; i++)
        {
            sum += Uniform(0, 1);
        }
        return sum;
    }

    /// <summary>Puts items into a random order.</summary>
    public void Shuffle<T>(T[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int other = Below(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }
}
