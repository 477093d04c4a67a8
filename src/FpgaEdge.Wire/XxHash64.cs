using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FpgaEdge.Wire;

/// <summary>
/// The XXH64 checksum (seed 0): 64 well-mixed bits at memory speed, also on 32-bit ARM without cryptographic
/// instructions. It is a checksum against accidents, not authentication.
/// </summary>
public static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    /// <summary>Hash of <paramref name="data"/>.</summary>
    public static ulong Hash(ReadOnlySpan<byte> data)
    {
        ulong hash;
        ReadOnlySpan<byte> rest = data;
        if (data.Length >= 32)
        {
            hash = HashStripes(ref rest);
        }
        else
        {
            hash = Prime5;
        }

        hash += (ulong)data.Length;
        for (; rest.Length >= 8; rest = rest[8..])
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
        }

        if (rest.Length >= 4)
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            rest = rest[4..];
        }

        foreach (byte value in rest)
        {
            hash ^= value * Prime5;
            hash = BitOperations.RotateLeft(hash, 11) * Prime1;
        }

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private static ulong HashStripes(ref ReadOnlySpan<byte> rest)
    {
        ulong lane1 = unchecked(Prime1 + Prime2);
        ulong lane2 = Prime2;
        ulong lane3 = 0;
        ulong lane4 = unchecked(0 - Prime1);
        int stripes = rest.Length / 32;
        ref byte at = ref MemoryMarshal.GetReference(rest);
        for (int i = 0; i < stripes; i++)
        {
            lane1 = Round(lane1, Read(ref at));
            lane2 = Round(lane2, Read(ref Unsafe.Add(ref at, 8)));
            lane3 = Round(lane3, Read(ref Unsafe.Add(ref at, 16)));
            lane4 = Round(lane4, Read(ref Unsafe.Add(ref at, 24)));
            at = ref Unsafe.Add(ref at, 32);
        }

        rest = rest[(stripes * 32)..];
        ulong hash = BitOperations.RotateLeft(lane1, 1) + BitOperations.RotateLeft(lane2, 7)
            + BitOperations.RotateLeft(lane3, 12) + BitOperations.RotateLeft(lane4, 18);
        hash = Merge(hash, lane1);
        hash = Merge(hash, lane2);
        hash = Merge(hash, lane3);
        return Merge(hash, lane4);
    }

    private static ulong Read(ref byte at)
    {
        ulong value = Unsafe.ReadUnaligned<ulong>(ref at);
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }

    private static ulong Round(ulong lane, ulong input) =>
        BitOperations.RotateLeft(lane + (input * Prime2), 31) * Prime1;

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;
}
