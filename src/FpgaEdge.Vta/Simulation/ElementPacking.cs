namespace FpgaEdge.Vta.Simulation;

/// <summary>Signed values of 1 to 16 bits in memory: little-endian, sub-byte values packed from the low bits up
/// (SPEC section 1).</summary>
internal static class ElementPacking
{
    public static void Widen(ReadOnlySpan<byte> packed, int bits, Span<short> values)
    {
        switch (bits)
        {
            case 8:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (sbyte)packed[i];
                }
                break;
            case 16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = (short)(packed[2 * i] | (packed[(2 * i) + 1] << 8));
                }
                break;
            default:
                WidenSubByte(packed, bits, values);
                break;
        }
    }

    public static void Narrow(ReadOnlySpan<int> values, int bits, Span<byte> packed)
    {
        switch (bits)
        {
            case 8:
                for (int i = 0; i < values.Length; i++)
                {
                    packed[i] = (byte)values[i];
                }
                break;
            case 16:
                for (int i = 0; i < values.Length; i++)
                {
                    packed[2 * i] = (byte)values[i];
                    packed[(2 * i) + 1] = (byte)(values[i] >> 8);
                }
                break;
            default:
                NarrowSubByte(values, bits, packed);
                break;
        }
    }

    private static void WidenSubByte(ReadOnlySpan<byte> packed, int bits, Span<short> values)
    {
        int unused = 32 - bits;
        for (int i = 0; i < values.Length; i++)
        {
            int position = i * bits;
            values[i] = (short)(packed[position >> 3] >> (position & 7) << unused >> unused);
        }
    }

    private static void NarrowSubByte(ReadOnlySpan<int> values, int bits, Span<byte> packed)
    {
        packed.Clear();
        int mask = (1 << bits) - 1;
        for (int i = 0; i < values.Length; i++)
        {
            int position = i * bits;
            packed[position >> 3] |= (byte)((values[i] & mask) << (position & 7));
        }
    }
}
