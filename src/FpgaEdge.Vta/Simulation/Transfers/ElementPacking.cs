using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace FpgaEdge.Vta.Simulation.Transfers;

/// <summary>Signed values of 1 to 16 bits in memory: little-endian, sub-byte values packed from the low bits up
/// (SPEC section 1).</summary>
internal static unsafe class ElementPacking
{
    /// <summary>Sign-extends packed values.</summary>
    public static void Widen(ReadOnlySpan<byte> packed, int bits, Span<short> values, VtaKernel kernel)
    {
        switch (bits)
        {
            case 8:
                WidenBytes(packed, values, kernel);
                break;
            case 16:
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = BinaryPrimitives.ReadInt16LittleEndian(packed[(2 * i)..]);
                }
                break;
            default:
                WidenSubByte(packed, bits, values);
                break;
        }
    }

    /// <summary>Keeps the low bits of each value.</summary>
    public static void Narrow(ReadOnlySpan<int> values, int bits, Span<byte> packed, VtaKernel kernel)
    {
        switch (bits)
        {
            case 8:
                NarrowToBytes(values, packed, kernel);
                break;
            case 16:
                for (int i = 0; i < values.Length; i++)
                {
                    BinaryPrimitives.WriteInt16LittleEndian(packed[(2 * i)..], unchecked((short)values[i]));
                }
                break;
            default:
                NarrowSubByte(values, bits, packed);
                break;
        }
    }

    private static void WidenBytes(ReadOnlySpan<byte> packed, Span<short> values, VtaKernel kernel)
    {
        int i = 0;
        int count = values.Length;
        fixed (byte* source = packed[..count])
        fixed (short* target = values)
        {
            if (kernel == VtaKernel.Avx512)
            {
                for (; i <= count - 32; i += 32)
                {
                    Avx512BW.ConvertToVector512Int16(Vector256.Load((sbyte*)source + i)).Store(target + i);
                }
            }
            if (kernel >= VtaKernel.Avx2)
            {
                for (; i <= count - 16; i += 16)
                {
                    Avx2.ConvertToVector256Int16(Vector128.Load((sbyte*)source + i)).Store(target + i);
                }
            }
            if (kernel >= VtaKernel.Vector128)
            {
                for (; i <= count - 16; i += 16)
                {
                    (Vector128<short> low, Vector128<short> high) = Vector128.Widen(Vector128.Load((sbyte*)source + i));
                    low.Store(target + i);
                    high.Store(target + i + 8);
                }
            }
            for (; i < count; i++)
            {
                target[i] = (sbyte)source[i];
            }
        }
    }

    private static void NarrowToBytes(ReadOnlySpan<int> values, Span<byte> packed, VtaKernel kernel)
    {
        int i = 0;
        int count = values.Length;
        fixed (int* source = values)
        fixed (byte* target = packed[..count])
        {
            if (kernel == VtaKernel.Avx512)
            {
                for (; i <= count - 16; i += 16)
                {
                    Avx512F.ConvertToVector128Byte(Vector512.Load(source + i)).Store(target + i);
                }
            }
            if (kernel >= VtaKernel.Vector128)
            {
                for (; i <= count - 16; i += 16)
                {
                    Vector128<short> low = Vector128.Narrow(Vector128.Load(source + i), Vector128.Load(source + i + 4));
                    Vector128<short> high =
                        Vector128.Narrow(Vector128.Load(source + i + 8), Vector128.Load(source + i + 12));
                    Vector128.Narrow(low, high).AsByte().Store(target + i);
                }
            }
            for (; i < count; i++)
            {
                target[i] = unchecked((byte)source[i]);
            }
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
