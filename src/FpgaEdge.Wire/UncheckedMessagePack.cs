using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace FpgaEdge.Wire;

/// <summary>
/// MessagePack integers through a reference whose room was checked once for a whole header: what a data datagram costs
/// is mostly this. Whatever these readers do not take, <see cref="MessagePackReader"/> decides.
/// </summary>
internal static class UncheckedMessagePack
{
    /// <summary>Bytes of the longest integer.</summary>
    public const int IntegerBytes = 9;

    /// <summary>Writes an unsigned integer in its shortest form; moves <paramref name="at"/> behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref byte start, ref nint at, ulong value)
    {
        ref byte to = ref Unsafe.Add(ref start, at);
        if (value <= MessagePackCode.MaxFixInt)
        {
            to = (byte)value;
            at++;
        }
        else if (value > uint.MaxValue)
        {
            to = MessagePackCode.UInt64;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 1), BigEndian(value));
            at += IntegerBytes;
        }
        else
        {
            at += WriteMiddle(ref to, (uint)value);
        }
    }

    /// <summary>Writes binary data of sixteen bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref byte start, ref nint at, in Hash128 value)
    {
        ref byte to = ref Unsafe.Add(ref start, at);
        Unsafe.WriteUnaligned(ref to, BitConverter.IsLittleEndian
            ? (ushort)(MessagePackCode.Bin8 | (16 << 8)) : (ushort)((MessagePackCode.Bin8 << 8) | 16));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 2), BigEndian(value.High));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 10), BigEndian(value.Low));
        at += 18;
    }

    /// <summary>
    /// Reads an unsigned integer in its shortest form; false when the next value is anything else. Moves
    /// <paramref name="at"/> behind it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ref byte start, ref nint at, out ulong value)
    {
        ref byte from = ref Unsafe.Add(ref start, at);
        value = from;
        if (value <= MessagePackCode.MaxFixInt)
        {
            at++;
            return true;
        }

        if (value == MessagePackCode.UInt64)
        {
            value = BigEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, 1)));
            at += IntegerBytes;
            return value > uint.MaxValue;
        }

        int size = ReadMiddle(ref from, out uint middle);
        value = middle;
        at += size;
        return size != 0;
    }

    /// <summary>Reads an unsigned integer of at most 32 bits in its shortest form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ref byte start, ref nint at, out uint value)
    {
        ref byte from = ref Unsafe.Add(ref start, at);
        value = from;
        if (value <= MessagePackCode.MaxFixInt)
        {
            at++;
            return true;
        }

        int size = ReadMiddle(ref from, out value);
        at += size;
        return size != 0;
    }

    /// <summary>Reads binary data of sixteen bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead(ref byte start, ref nint at, out Hash128 value)
    {
        ref byte from = ref Unsafe.Add(ref start, at);
        value = new Hash128(BigEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, 2))),
            BigEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, 10))));
        at += 18;
        return from == MessagePackCode.Bin8 && Unsafe.Add(ref from, 1) == 16;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteMiddle(ref byte to, uint value)
    {
        if (value > ushort.MaxValue)
        {
            to = MessagePackCode.UInt32;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 1), BigEndian(value));
            return 5;
        }

        if (value > byte.MaxValue)
        {
            to = MessagePackCode.UInt16;
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, 1), BigEndian((ushort)value));
            return 3;
        }

        to = MessagePackCode.UInt8;
        Unsafe.Add(ref to, 1) = (byte)value;
        return 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ReadMiddle(ref byte from, out uint value)
    {
        ref byte digits = ref Unsafe.Add(ref from, 1);
        switch (from)
        {
            case MessagePackCode.UInt32:
                value = BigEndian(Unsafe.ReadUnaligned<uint>(ref digits));
                return value > ushort.MaxValue ? 5 : 0;
            case MessagePackCode.UInt16:
                value = BigEndian(Unsafe.ReadUnaligned<ushort>(ref digits));
                return value > byte.MaxValue ? 3 : 0;
            case MessagePackCode.UInt8:
                value = digits;
                return value > MessagePackCode.MaxFixInt ? 2 : 0;
            default:
                value = 0;
                return 0;
        }
    }

    private static ushort BigEndian(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint BigEndian(uint value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong BigEndian(ulong value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
