using System.Buffers.Binary;

namespace FpgaEdge.Vta.Vectors;

/// <summary>The pseudo-random fill of vector files: a published generator with 64 bits of state.</summary>
internal static class SplitMix64
{
    public static void Fill(ulong seed, Span<byte> target)
    {
        Span<byte> word = stackalloc byte[8];
        ulong state = seed;
        for (int i = 0; i < target.Length; i += 8)
        {
            state = unchecked(state + 0x9E37_79B9_7F4A_7C15);
            BinaryPrimitives.WriteUInt64LittleEndian(word, Mix(state));
            word[..Math.Min(8, target.Length - i)].CopyTo(target[i..]);
        }
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
            z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
            return z ^ (z >> 31);
        }
    }
}
