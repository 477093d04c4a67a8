using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FpgaEdge.Wire;

/// <summary>
/// Reads MessagePack from a span with the member names of MessagePack-CSharp's <c>MessagePackReader</c>. Every length
/// is checked before use. The <c>TryRead…</c> members return false and leave the position where it was when the next
/// value is of another type, too large, or cut off; the <c>Read…</c> members throw instead. Only the shortest form of
/// integers and headers is accepted, so each message has exactly one encoding.
/// </summary>
public ref struct MessagePackReader
{
    private const int MaximumDepth = 8;
    private readonly ReadOnlySpan<byte> buffer;
    private int position;

    /// <summary>Starts at the beginning of <paramref name="buffer"/>.</summary>
    public MessagePackReader(ReadOnlySpan<byte> buffer) => this.buffer = buffer;

    /// <summary>Bytes read so far.</summary>
    public readonly int Consumed => position;

    /// <summary>True when nothing is left.</summary>
    public readonly bool End => position >= buffer.Length;

    /// <summary>First byte of the next value; 0xc1, which the format never uses, at the end.</summary>
    public readonly byte NextCode => position < buffer.Length ? buffer[position] : MessagePackCode.NeverUsed;

    /// <summary>True when the next value is nil.</summary>
    public readonly bool IsNil => NextCode == MessagePackCode.Nil;

    /// <summary>Reads nil if it is next.</summary>
    public bool TryReadNil()
    {
        if (!IsNil)
        {
            return false;
        }

        position++;
        return true;
    }

    /// <summary>Reads a boolean.</summary>
    public bool TryReadBoolean(out bool value)
    {
        byte code = NextCode;
        value = code == MessagePackCode.True;
        if (code is not (MessagePackCode.True or MessagePackCode.False))
        {
            return false;
        }

        position++;
        return true;
    }

    /// <summary>Reads an unsigned integer, shortest form only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadUInt64(out ulong value)
    {
        // Most numbers of a message are small: one comparison and one load.
        int at = position;
        if ((uint)at < (uint)buffer.Length)
        {
            byte code = buffer[at];
            if (code <= MessagePackCode.MaxFixInt)
            {
                value = code;
                position = at + 1;
                return true;
            }
        }

        return TryReadLongUInt(out value);
    }

    /// <summary>Reads an unsigned integer of at most 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadUInt32(out uint value)
    {
        int start = position;
        if (TryReadUInt64(out ulong wide) && wide <= uint.MaxValue)
        {
            value = (uint)wide;
            return true;
        }

        value = 0;
        position = start;
        return false;
    }

    /// <summary>Reads an unsigned integer of at most 8 bits.</summary>
    public bool TryReadByte(out byte value)
    {
        int start = position;
        bool ok = TryReadUInt64(out ulong wide) && wide <= byte.MaxValue;
        value = (byte)wide;
        position = ok ? position : start;
        return ok;
    }

    /// <summary>Reads a signed integer, shortest form only.</summary>
    public bool TryReadInt64(out long value)
    {
        value = 0;
        byte code = NextCode;
        if (code is <= MessagePackCode.MaxFixInt or (>= MessagePackCode.UInt8 and <= MessagePackCode.UInt64))
        {
            int start = position;
            bool ok = TryReadUInt64(out ulong wide) && wide <= long.MaxValue;
            value = (long)wide;
            position = ok ? position : start;
            return ok;
        }

        if (End)
        {
            return false;
        }

        if (code >= MessagePackCode.MinNegativeFixInt)
        {
            value = (sbyte)code;
            position++;
            return true;
        }

        return TryReadNegative(code, out value);
    }

    /// <summary>Reads a signed integer of at most 32 bits.</summary>
    public bool TryReadInt32(out int value)
    {
        int start = position;
        bool ok = TryReadInt64(out long wide) && wide is >= int.MinValue and <= int.MaxValue;
        value = (int)wide;
        position = ok ? position : start;
        return ok;
    }

    /// <summary>Reads the header of an array; the elements follow. Never more elements than bytes left.</summary>
    public bool TryReadArrayHeader(out int count)
    {
        byte code = NextCode;
        count = code & 15;
        if ((code & 0xf0) == MessagePackCode.MinFixArray && count < buffer.Length - position)
        {
            position++;
            return true;
        }

        return TryReadLongArrayHeader(out count);
    }

    private bool TryReadLongArrayHeader(out int count) =>
        TryReadHeader(16, MessagePackCode.MinFixArray, MessagePackCode.NeverUsed,
            MessagePackCode.Array16, MessagePackCode.Array32, 1, out count);

    /// <summary>Reads the header of a map; the pairs follow. Never more pairs than half the bytes left.</summary>
    public bool TryReadMapHeader(out int count) =>
        TryReadHeader(16, MessagePackCode.MinFixMap, MessagePackCode.NeverUsed,
            MessagePackCode.Map16, MessagePackCode.Map32, 2, out count);

    /// <summary>Reads binary data; the result is a part of the buffer.</summary>
    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        value = default;
        int start = position;
        int rest = buffer.Length - start - 2;
        if (rest >= 0 && buffer[start] == MessagePackCode.Bin8 && buffer[start + 1] <= rest)
        {
            value = buffer.Slice(start + 2, buffer[start + 1]);
            position = start + 2 + value.Length;
            return true;
        }

        if (!TryReadHeader(0, 0, MessagePackCode.Bin8, MessagePackCode.Bin16, MessagePackCode.Bin32, 1, out int length))
        {
            position = start;
            return false;
        }

        value = buffer.Slice(position, length);
        position += length;
        return true;
    }

    /// <summary>
    /// Reads the UTF-8 bytes of a string; the result is a part of the buffer and is not checked to be UTF-8.
    /// </summary>
    public bool TryReadStringSpan(out ReadOnlySpan<byte> value)
    {
        value = default;
        int start = position;
        if (!TryReadHeader(32, MessagePackCode.MinFixStr, MessagePackCode.Str8, MessagePackCode.Str16,
            MessagePackCode.Str32, 1, out int length))
        {
            position = start;
            return false;
        }

        value = buffer.Slice(position, length);
        position += length;
        return true;
    }

    /// <summary>Reads the next <paramref name="count"/> bytes as they are.</summary>
    public bool TryReadRaw(int count, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (count < 0 || buffer.Length - position < count)
        {
            return false;
        }

        value = buffer.Slice(position, count);
        position += count;
        return true;
    }

    /// <summary>Reads a boolean.</summary>
    public bool ReadBoolean() => TryReadBoolean(out bool value) ? value : throw Expected("a boolean");

    /// <summary>Reads an unsigned 8-bit integer.</summary>
    public byte ReadByte() => TryReadByte(out byte value) ? value : throw Expected("an integer of 8 bits");

    /// <summary>Reads a signed 32-bit integer.</summary>
    public int ReadInt32() => TryReadInt32(out int value) ? value : throw Expected("a signed integer of 32 bits");

    /// <summary>Reads an unsigned 32-bit integer.</summary>
    public uint ReadUInt32() => TryReadUInt32(out uint value) ? value : throw Expected("an integer of 32 bits");

    /// <summary>Reads a signed 64-bit integer.</summary>
    public long ReadInt64() => TryReadInt64(out long value) ? value : throw Expected("a signed integer of 64 bits");

    /// <summary>Reads an unsigned 64-bit integer.</summary>
    public ulong ReadUInt64() => TryReadUInt64(out ulong value) ? value : throw Expected("an integer of 64 bits");

    /// <summary>Reads a 32-bit float.</summary>
    public float ReadSingle()
    {
        if (NextCode != MessagePackCode.Float32 || buffer.Length - position < 5)
        {
            throw Expected("a float of 32 bits");
        }

        position += 5;
        return BinaryPrimitives.ReadSingleBigEndian(buffer[(position - 4)..]);
    }

    /// <summary>Reads a 64-bit float.</summary>
    public double ReadDouble()
    {
        if (NextCode != MessagePackCode.Float64 || buffer.Length - position < 9)
        {
            throw Expected("a float of 64 bits");
        }

        position += 9;
        return BinaryPrimitives.ReadDoubleBigEndian(buffer[(position - 8)..]);
    }

    /// <summary>Reads the header of an array; the elements follow.</summary>
    public int ReadArrayHeader() => TryReadArrayHeader(out int count) ? count : throw Expected("an array");

    /// <summary>Reads the header of a map; the pairs follow.</summary>
    public int ReadMapHeader() => TryReadMapHeader(out int count) ? count : throw Expected("a map");

    /// <summary>Reads binary data; the result is a part of the buffer.</summary>
    public ReadOnlySpan<byte> ReadBytes() =>
        TryReadBytes(out ReadOnlySpan<byte> value) ? value : throw Expected("binary data");

    /// <summary>Reads a string, or null for nil.</summary>
    public string? ReadString()
    {
        if (TryReadNil())
        {
            return null;
        }

        return TryReadStringSpan(out ReadOnlySpan<byte> value)
            ? Encoding.UTF8.GetString(value) : throw Expected("a string");
    }

    /// <summary>Skips one value of any type, with everything in it, at most eight levels deep.</summary>
    public bool TrySkip()
    {
        int start = position;
        if (TrySkip(MaximumDepth))
        {
            return true;
        }

        position = start;
        return false;
    }

    /// <summary>Skips one value of any type.</summary>
    public void Skip()
    {
        if (!TrySkip())
        {
            throw Expected("a value");
        }
    }

    /// <summary>
    /// Where the next bytes are, if there are <paramref name="least"/>: the reader of a whole header checks once. A null
    /// reference if not; then it reads value by value.
    /// </summary>
    internal readonly ref byte Rest(int least) => ref buffer.Length - position < least
        ? ref Unsafe.NullRef<byte>() : ref Unsafe.Add(ref MemoryMarshal.GetReference(buffer), position);

    /// <summary>
    /// Takes <paramref name="length"/> bytes after <paramref name="skip"/> that were read from <see cref="Rest"/>; false,
    /// and nothing moves, when they are not there.
    /// </summary>
    internal bool TryReadAfter(int skip, int length, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (buffer.Length - position - skip < length)
        {
            return false;
        }

        value = buffer.Slice(position + skip, length);
        position += skip + length;
        return true;
    }

    /// <summary>Bytes were read from <see cref="Rest"/>.</summary>
    internal void Advance(int count) => position += count;

    private static ushort Swap(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint Swap(uint value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong Swap(ulong value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    /// <summary>Integers of 2, 3, 5 or 9 bytes; longer than needed is not valid.</summary>
    private bool TryReadLongUInt(out ulong value)
    {
        value = 0;
        int left = buffer.Length - position;
        if (left < 2)
        {
            return false;
        }

        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(buffer), position);
        ref byte digits = ref Unsafe.Add(ref at, 1);
        switch (at)
        {
            case MessagePackCode.UInt64 when left >= 9:
                value = Swap(Unsafe.ReadUnaligned<ulong>(ref digits));
                position += value > uint.MaxValue ? 9 : 0;
                return value > uint.MaxValue;
            case MessagePackCode.UInt32 when left >= 5:
                value = Swap(Unsafe.ReadUnaligned<uint>(ref digits));
                position += value > ushort.MaxValue ? 5 : 0;
                return value > ushort.MaxValue;
            case MessagePackCode.UInt16 when left >= 3:
                value = Swap(Unsafe.ReadUnaligned<ushort>(ref digits));
                position += value > byte.MaxValue ? 3 : 0;
                return value > byte.MaxValue;
            case MessagePackCode.UInt8:
                value = digits;
                position += value > MessagePackCode.MaxFixInt ? 2 : 0;
                return value > MessagePackCode.MaxFixInt;
            default:
                return false;
        }
    }

    private bool TryReadNegative(byte code, out long value)
    {
        value = 0;
        int digits = code switch
        {
            MessagePackCode.Int8 => 1,
            MessagePackCode.Int16 => 2,
            MessagePackCode.Int32 => 4,
            MessagePackCode.Int64 => 8,
            _ => 0,
        };
        if (digits == 0 || buffer.Length - position <= digits)
        {
            return false;
        }

        ReadOnlySpan<byte> at = buffer.Slice(position + 1, digits);
        value = digits switch
        {
            1 => (sbyte)at[0],
            2 => BinaryPrimitives.ReadInt16BigEndian(at),
            4 => BinaryPrimitives.ReadInt32BigEndian(at),
            _ => BinaryPrimitives.ReadInt64BigEndian(at),
        };
        bool shortest = digits switch
        {
            1 => value < -32,
            2 => value < sbyte.MinValue,
            4 => value < short.MinValue,
            _ => value < int.MinValue,
        };
        if (!shortest)
        {
            return false;
        }

        position += 1 + digits;
        return true;
    }

    private bool TryReadHeader(
        int fixLimit, byte fixCode, byte code8, byte code16, byte code32, int bytesEach, out int count)
    {
        count = 0;
        byte code = NextCode;
        int left = buffer.Length - position;
        if (left <= 0)
        {
            return false;
        }

        int size;
        if (fixLimit != 0 && (code & ~(fixLimit - 1)) == fixCode)
        {
            count = code & (fixLimit - 1);
            size = 1;
        }
        else if (code == code8 && code8 != MessagePackCode.NeverUsed && left >= 2)
        {
            count = buffer[position + 1];
            size = count < fixLimit ? int.MaxValue : 2;
        }
        else if (code == code16 && left >= 3)
        {
            count = BinaryPrimitives.ReadUInt16BigEndian(buffer[(position + 1)..]);
            bool shorter = code8 != MessagePackCode.NeverUsed ? count <= byte.MaxValue : count < fixLimit;
            size = shorter ? int.MaxValue : 3;
        }
        else if (code == code32 && left >= 5)
        {
            uint wide = BinaryPrimitives.ReadUInt32BigEndian(buffer[(position + 1)..]);
            count = (int)Math.Min(wide, int.MaxValue);
            size = wide <= ushort.MaxValue ? int.MaxValue : 5;
        }
        else
        {
            return false;
        }

        if (size > left || count > (left - size) / bytesEach)
        {
            count = 0;
            return false;
        }

        position += size;
        return true;
    }

    private bool TrySkip(int depth)
    {
        byte code = NextCode;
        if (End || code == MessagePackCode.NeverUsed)
        {
            return false;
        }

        if (TryReadArrayHeader(out int count) || TryReadPairs(out count))
        {
            for (int i = 0; i < count; i++)
            {
                if (depth == 0 || !TrySkip(depth - 1))
                {
                    return false;
                }
            }

            return true;
        }

        return TryReadInt64(out _) || TryReadUInt64(out _) || TryReadBytes(out _) || TryReadStringSpan(out _)
            || TryReadRaw(FixedSize(code), out _);
    }

    private bool TryReadPairs(out int count)
    {
        bool ok = TryReadMapHeader(out count);
        count *= 2;
        return ok;
    }

    private readonly int FixedSize(byte code)
    {
        ReadOnlySpan<byte> rest = buffer[(position + 1)..];
        return code switch
        {
            MessagePackCode.Nil or MessagePackCode.False or MessagePackCode.True => 1,
            MessagePackCode.Float32 => 5,
            MessagePackCode.Float64 => 9,
            >= MessagePackCode.FixExt1 and <= MessagePackCode.FixExt16 => 2 + (1 << (code - MessagePackCode.FixExt1)),
            MessagePackCode.Ext8 when rest.Length >= 1 => 3 + rest[0],
            MessagePackCode.Ext16 when rest.Length >= 2 => 4 + BinaryPrimitives.ReadUInt16BigEndian(rest),
            MessagePackCode.Ext32 when rest.Length >= 4 && rest[0] < 0x7f =>
                6 + (int)BinaryPrimitives.ReadUInt32BigEndian(rest),
            _ => -1,
        };
    }

    private readonly MessagePackSerializationException Expected(string what) =>
        new($"expected {what} at byte {position}, found " + (End ? "the end" : $"0x{NextCode:x2}"));
}
