using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace FpgaEdge.Wire;

/// <summary>
/// Writes MessagePack into a fixed span, always in the shortest form, with the member names of MessagePack-CSharp's
/// <c>MessagePackWriter</c>. A value that does not fit is not written and sets <see cref="Overflowed"/>: nothing is
/// ever written past the span and nothing throws.
/// </summary>
public ref struct MessagePackWriter
{
    private readonly Span<byte> buffer;
    private int position;

    /// <summary>Starts at the beginning of <paramref name="buffer"/>.</summary>
    public MessagePackWriter(Span<byte> buffer) => this.buffer = buffer;

    /// <summary>Bytes written so far.</summary>
    public readonly int BytesWritten => position;

    /// <summary>True once a value did not fit; what is in the buffer is then not a message.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What has been written.</summary>
    public readonly ReadOnlySpan<byte> WrittenSpan => buffer[..position];

    /// <summary>Writes nil.</summary>
    public void WriteNil() => WriteByte(MessagePackCode.Nil);

    /// <summary>Writes a boolean.</summary>
    public void Write(bool value) => WriteByte(value ? MessagePackCode.True : MessagePackCode.False);

    /// <summary>Writes an unsigned integer in 1 to 9 bytes.</summary>
    public void Write(ulong value)
    {
        int size = SizeOf(value);
        if (buffer.Length - position < size)
        {
            Overflow();
            return;
        }

        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(buffer), position);
        position += size;
        switch (size)
        {
            case 1:
                at = (byte)value;
                break;
            case 2:
                at = MessagePackCode.UInt8;
                Unsafe.Add(ref at, 1) = (byte)value;
                break;
            case 3:
                at = MessagePackCode.UInt16;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BigEndian((ushort)value));
                break;
            case 5:
                at = MessagePackCode.UInt32;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BigEndian((uint)value));
                break;
            default:
                at = MessagePackCode.UInt64;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, 1), BigEndian(value));
                break;
        }
    }

    /// <summary>Writes an unsigned integer in 1 to 5 bytes.</summary>
    public void Write(uint value) => Write((ulong)value);

    /// <summary>Writes a signed integer in 1 to 9 bytes; values of zero and above as unsigned.</summary>
    public void Write(long value)
    {
        if (value >= 0)
        {
            Write((ulong)value);
            return;
        }

        Span<byte> at = Take(value >= -32 ? 1 : value >= sbyte.MinValue ? 2 : value >= short.MinValue ? 3
            : value >= int.MinValue ? 5 : 9);
        switch (at.Length)
        {
            case 0:
                break;
            case 1:
                at[0] = (byte)value;
                break;
            case 2:
                at[0] = MessagePackCode.Int8;
                at[1] = (byte)value;
                break;
            case 3:
                at[0] = MessagePackCode.Int16;
                BinaryPrimitives.WriteInt16BigEndian(at[1..], (short)value);
                break;
            case 5:
                at[0] = MessagePackCode.Int32;
                BinaryPrimitives.WriteInt32BigEndian(at[1..], (int)value);
                break;
            default:
                at[0] = MessagePackCode.Int64;
                BinaryPrimitives.WriteInt64BigEndian(at[1..], value);
                break;
        }
    }

    /// <summary>Writes a signed integer in 1 to 5 bytes.</summary>
    public void Write(int value) => Write((long)value);

    /// <summary>Writes a 32-bit float.</summary>
    public void Write(float value)
    {
        Span<byte> at = Take(5);
        if (at.Length != 0)
        {
            at[0] = MessagePackCode.Float32;
            BinaryPrimitives.WriteSingleBigEndian(at[1..], value);
        }
    }

    /// <summary>Writes a 64-bit float.</summary>
    public void Write(double value)
    {
        Span<byte> at = Take(9);
        if (at.Length != 0)
        {
            at[0] = MessagePackCode.Float64;
            BinaryPrimitives.WriteDoubleBigEndian(at[1..], value);
        }
    }

    /// <summary>Writes binary data with its header.</summary>
    public void Write(scoped ReadOnlySpan<byte> value)
    {
        WriteBinHeader(value.Length);
        WriteRaw(value);
    }

    /// <summary>Writes a string as UTF-8; null as nil.</summary>
    public void Write(string? value)
    {
        if (value is null)
        {
            WriteNil();
            return;
        }

        int length = Encoding.UTF8.GetByteCount(value);
        WriteStringHeader(length);
        Span<byte> at = Take(length);
        if (at.Length == length)
        {
            Encoding.UTF8.GetBytes(value, at);
        }
    }

    /// <summary>
    /// Writes the header of an array of <paramref name="count"/> elements, which the caller writes next.
    /// </summary>
    public void WriteArrayHeader(int count) =>
        WriteHeader(count, 16, MessagePackCode.MinFixArray, MessagePackCode.Array16, MessagePackCode.Array32);

    /// <summary>Writes the header of a map of <paramref name="count"/> pairs, which the caller writes next.</summary>
    public void WriteMapHeader(int count) =>
        WriteHeader(count, 16, MessagePackCode.MinFixMap, MessagePackCode.Map16, MessagePackCode.Map32);

    /// <summary>
    /// Writes the header of <paramref name="length"/> bytes of binary data, which the caller writes next.
    /// </summary>
    public void WriteBinHeader(int length)
    {
        if (length <= byte.MaxValue)
        {
            Span<byte> at = Take(2);
            if (at.Length != 0)
            {
                at[0] = MessagePackCode.Bin8;
                at[1] = (byte)length;
            }

            return;
        }

        WriteHeader(length, 0, 0, MessagePackCode.Bin16, MessagePackCode.Bin32);
    }

    /// <summary>
    /// Writes the header of a string of <paramref name="byteCount"/> bytes of UTF-8, which the caller writes next.
    /// </summary>
    public void WriteStringHeader(int byteCount)
    {
        if (byteCount is >= 32 and <= byte.MaxValue)
        {
            Span<byte> at = Take(2);
            if (at.Length != 0)
            {
                at[0] = MessagePackCode.Str8;
                at[1] = (byte)byteCount;
            }

            return;
        }

        WriteHeader(byteCount, 32, MessagePackCode.MinFixStr, MessagePackCode.Str16, MessagePackCode.Str32);
    }

    /// <summary>Writes bytes as they are, without a header.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> raw)
    {
        Span<byte> at = Take(raw.Length);
        if (at.Length == raw.Length)
        {
            raw.CopyTo(at);
        }
    }

    /// <summary>
    /// Where the next bytes go, if <paramref name="most"/> of them fit: the writer of a whole header checks once. A
    /// null reference if not; then it writes value by value.
    /// </summary>
    internal readonly ref byte Room(int most) => ref buffer.Length - position < most
        ? ref Unsafe.NullRef<byte>() : ref Unsafe.Add(ref MemoryMarshal.GetReference(buffer), position);

    /// <summary>Bytes were written to <see cref="Room"/>.</summary>
    internal void Advance(int count) => position += count;

    /// <summary>Bytes that <see cref="Write(ulong)"/> takes.</summary>
    public static int SizeOf(ulong value) =>
        value <= MessagePackCode.MaxFixInt ? 1
        : value <= byte.MaxValue ? 2
        : value <= ushort.MaxValue ? 3
        : value <= uint.MaxValue ? 5 : 9;

    private static ushort BigEndian(ushort value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static uint BigEndian(uint value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private static ulong BigEndian(ulong value) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    private void WriteByte(byte value)
    {
        Span<byte> at = Take(1);
        if (at.Length != 0)
        {
            at[0] = value;
        }
    }

    private void WriteHeader(int count, int fixLimit, byte fixCode, byte code16, byte code32)
    {
        Span<byte> at = Take(count < fixLimit ? 1 : count <= ushort.MaxValue ? 3 : 5);
        switch (at.Length)
        {
            case 0:
                break;
            case 1:
                at[0] = (byte)(fixCode | count);
                break;
            case 3:
                at[0] = code16;
                BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)count);
                break;
            default:
                at[0] = code32;
                BinaryPrimitives.WriteUInt32BigEndian(at[1..], (uint)count);
                break;
        }
    }

    private Span<byte> Take(int count)
    {
        if (Overflowed || buffer.Length - position < count)
        {
            Overflow();
            return default;
        }

        Span<byte> at = buffer.Slice(position, count);
        position += count;
        return at;
    }

    private void Overflow()
    {
        Overflowed = true;
        position = buffer.Length;
    }
}
