using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Model.Onnx;

/// <summary>
/// Walks the fields of one protobuf message (wire format: varint, 64-bit, length-delimited, 32-bit). Every length is
/// checked against the bytes that are there before it is used.
/// </summary>
internal ref struct ProtobufReader
{
    private const int VarintType = 0;
    private const int Fixed64Type = 1;
    private const int LengthType = 2;
    private const int Fixed32Type = 5;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly string file;
    private readonly string message;
    private readonly int start;
    private int position;

    /// <param name="bytes">Exactly the message.</param>
    /// <param name="file">File name for error messages.</param>
    /// <param name="message">Name of the message type for error messages.</param>
    /// <param name="start">Offset of the message in the file.</param>
    public ProtobufReader(ReadOnlySpan<byte> bytes, string file, string message, int start)
    {
        this.bytes = bytes;
        this.file = file;
        this.message = message;
        this.start = start;
    }

    /// <summary>Number of the field whose value comes next.</summary>
    public int Field { get; private set; }

    /// <summary>Offset in the file of the next byte.</summary>
    public readonly int Offset => start + position;

    /// <summary>True when the present field is length-delimited (a packed list, text, bytes or a message).</summary>
    public readonly bool IsLengthDelimited => wireType == LengthType;

    private int wireType;

    /// <summary>Steps to the next field; false at the end of the message.</summary>
    public bool Next()
    {
        if (position >= bytes.Length)
        {
            return false;
        }
        ulong tag = RawVarint();
        Field = (int)Math.Min(tag >> 3, int.MaxValue);
        wireType = (int)(tag & 7);
        return wireType is VarintType or Fixed64Type or LengthType or Fixed32Type && Field > 0
            ? true
            : throw Error("a field tag", $"field {tag >> 3} with wire type {wireType}");
    }

    /// <summary>The value of a varint field.</summary>
    public long Varint()
    {
        RequireType(VarintType, "a varint");
        return (long)RawVarint();
    }

    /// <summary>The value of a varint field that must fit 32 bits.</summary>
    public int Int32()
    {
        long value = Varint();
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw Error("a 32-bit number", $"{value}");
    }

    /// <summary>The value of a 32-bit float field.</summary>
    public float Float()
    {
        RequireType(Fixed32Type, "a 32-bit value");
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4));
    }

    /// <summary>The bytes of a length-delimited field.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        RequireType(LengthType, "a length");
        ulong length = RawVarint();
        int left = bytes.Length - position;
        return length <= (ulong)left
            ? Take((int)length)
            : throw Error($"{length} more bytes", $"{left}");
    }

    /// <summary>A length-delimited field as UTF-8 text.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A length-delimited field as a message of its own.</summary>
    public ProtobufReader Message(string name)
    {
        ReadOnlySpan<byte> content = Bytes();
        return new ProtobufReader(content, file, name, Offset - content.Length);
    }

    /// <summary>A repeated varint field, packed or one by one, appended to <paramref name="values"/>.</summary>
    public void Varints(List<long> values)
    {
        if (!IsLengthDelimited)
        {
            values.Add(Varint());
            return;
        }
        ProtobufReader packed = Message(message);
        while (packed.position < packed.bytes.Length)
        {
            values.Add((long)packed.RawVarint());
        }
    }

    /// <summary>A repeated float field, packed or one by one, appended to <paramref name="values"/>.</summary>
    public void Floats(List<float> values)
    {
        if (!IsLengthDelimited)
        {
            values.Add(Float());
            return;
        }
        ReadOnlySpan<byte> packed = Bytes();
        if (packed.Length % 4 != 0)
        {
            throw Error("a multiple of 4 bytes", $"{packed.Length}");
        }
        for (; packed.Length > 0; packed = packed[4..])
        {
            values.Add(BinaryPrimitives.ReadSingleLittleEndian(packed));
        }
    }

    /// <summary>A repeated double field, packed or one by one, appended to <paramref name="values"/>.</summary>
    public void Doubles(List<double> values)
    {
        if (!IsLengthDelimited)
        {
            RequireType(Fixed64Type, "a 64-bit value");
            values.Add(BinaryPrimitives.ReadDoubleLittleEndian(Take(8)));
            return;
        }
        ReadOnlySpan<byte> packed = Bytes();
        if (packed.Length % 8 != 0)
        {
            throw Error("a multiple of 8 bytes", $"{packed.Length}");
        }
        for (; packed.Length > 0; packed = packed[8..])
        {
            values.Add(BinaryPrimitives.ReadDoubleLittleEndian(packed));
        }
    }

    /// <summary>Passes over the value of a field that is not needed.</summary>
    public void Skip()
    {
        switch (wireType)
        {
            case VarintType:
                RawVarint();
                break;
            case Fixed64Type:
                Take(8);
                break;
            case Fixed32Type:
                Take(4);
                break;
            default:
                Bytes();
                break;
        }
    }

    /// <summary>An error at the present field.</summary>
    public readonly ModelFormatException Error(string expected, string found) => ModelFormatException.At(
        file, $"offset {Offset}, {message} field {Field}", expected, found,
        "the file is truncated or damaged, or not ONNX; fetch or export it again");

    private readonly void RequireType(int type, string expected)
    {
        if (wireType != type)
        {
            throw Error(expected, $"wire type {wireType}");
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - position)
        {
            throw Error($"{count} more bytes", $"{bytes.Length - position}");
        }
        ReadOnlySpan<byte> taken = bytes.Slice(position, count);
        position += count;
        return taken;
    }

    private ulong RawVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (position >= bytes.Length)
            {
                throw Error("the rest of a varint", "the end");
            }
            byte next = bytes[position++];
            value |= shift < 64 ? (ulong)(next & 0x7F) << shift : 0;
            if (next < 0x80)
            {
                return value;
            }
        }
        throw Error("a varint of at most 10 bytes", "a longer one");
    }
}
