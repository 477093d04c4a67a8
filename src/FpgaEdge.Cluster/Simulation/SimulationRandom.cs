namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// SplitMix64: a small generator that gives the same numbers for the same seed on every machine and version.
/// </summary>
public sealed class SimulationRandom(ulong seed)
{
    private ulong state = seed;

    /// <summary>Sixty-four random bits.</summary>
    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        ulong mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number in [0, <paramref name="limit"/>), or 0.</summary>
    public long Below(long limit) => limit <= 0 ? 0 : (long)(Next() % (ulong)limit);

    /// <summary>A number in [<paramref name="low"/>, <paramref name="high"/>].</summary>
    public long Between(long low, long high) => low + Below(high - low + 1);

    /// <summary>Fills bytes.</summary>
    public void Fill(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = (byte)Next();
        }
    }

    /// <summary>True in <paramref name="perMille"/> of 1,000 cases.</summary>
    public bool Chance(int perMille) => Below(1000) < perMille;
}
