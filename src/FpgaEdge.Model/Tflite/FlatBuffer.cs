using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Model.Tflite;

/// <summary>
/// Checked access to a flatbuffer. Offsets may point anywhere, so each is checked against the file; and as many may
/// point to one place, everything that is read counts against a budget that is a small multiple of the file's size.
/// </summary>
internal sealed class FlatBuffer
{
    private const int BudgetPerByte = 8;

    private readonly byte[] bytes;
    private readonly string file;
    private long budget;

    public FlatBuffer(ReadOnlySpan<byte> bytes, string file)
    {
        this.bytes = bytes.ToArray();
        this.file = file;
        budget = (long)bytes.Length * BudgetPerByte;
    }

    /// <summary>The root table.</summary>
    public FlatTable Root() => Table(0, "root");

    /// <summary>The table that the offset at <paramref name="position"/> points to.</summary>
    public FlatTable Table(int position, string field)
    {
        int table = Follow(position, field);
        int vtable = table - ReadInt32(table, field);
        if (vtable < 0 || vtable > bytes.Length - 4)
        {
            throw Error(table, field, "a field table inside the file", $"one at {vtable}");
        }
        int size = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(vtable));
        if (size < 4 || size > bytes.Length - vtable)
        {
            throw Error(vtable, field, $"a field table of 4…{bytes.Length - vtable} bytes", $"{size}");
        }
        Spend(size, vtable, field);
        return new FlatTable(this, table, vtable, size);
    }

    /// <summary>A vector's first element and element count, after checking that all of it is in the file.</summary>
    public (int Start, int Count) Vector(int position, int elementBytes, string field)
    {
        int start = Follow(position, field);
        long count = (uint)ReadInt32(start, field);
        long left = bytes.Length - start - 4;
        if (count * elementBytes > left)
        {
            throw Error(start, field, $"{count} elements of {elementBytes} bytes", $"{left} bytes");
        }
        Spend(count * elementBytes, start, field);
        return (start + 4, (int)count);
    }

    /// <summary>Bytes of the file; the range was checked by <see cref="Vector"/>.</summary>
    public ReadOnlySpan<byte> Slice(int start, int count) => bytes.AsSpan(start, count);

    /// <summary>The text that the offset at <paramref name="position"/> points to.</summary>
    public string Text(int position, string field)
    {
        (int start, int count) = Vector(position, 1, field);
        return Encoding.UTF8.GetString(bytes, start, count);
    }

    /// <summary>One byte.</summary>
    public byte ReadByte(int position, string field)
    {
        Check(position, 1, field);
        return bytes[position];
    }

    /// <summary>A 16-bit number.</summary>
    public ushort ReadUInt16(int position, string field)
    {
        Check(position, 2, field);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(position));
    }

    /// <summary>A 32-bit number.</summary>
    public int ReadInt32(int position, string field)
    {
        Check(position, 4, field);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position));
    }

    /// <summary>A 64-bit number.</summary>
    public long ReadInt64(int position, string field)
    {
        Check(position, 8, field);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(position));
    }

    /// <summary>An error at a place of this file.</summary>
    public ModelFormatException Error(int position, string field, string expected, string found) =>
        ModelFormatException.At(
            file, $"offset {position}, {field}", expected, found, "the file is truncated or damaged; fetch it again");

    private int Follow(int position, string field)
    {
        long target = position + (long)(uint)ReadInt32(position, field);
        if (target > bytes.Length - 4)
        {
            throw Error(position, field, $"an offset inside the {bytes.Length} bytes", $"one to {target}");
        }
        return (int)target;
    }

    private void Check(int position, int count, string field)
    {
        if (position < 0 || position > bytes.Length - count)
        {
            throw Error(position, field, $"{count} bytes", $"the end at {bytes.Length}");
        }
    }

    private void Spend(long count, int position, string field)
    {
        budget -= count;
        if (budget < 0)
        {
            throw Error(position, field, "parts that do not overlap", "the same bytes used many times");
        }
    }
}

/// <summary>One table of a <see cref="FlatBuffer"/>; fields by their number in the schema.</summary>
internal readonly struct FlatTable(FlatBuffer buffer, int position, int vtable, int vtableBytes)
{
    /// <summary>Offset of the table in the file.</summary>
    public int Position => position;

    /// <summary>An 8-bit field.</summary>
    public int Byte(int field, string name, int defaultValue = 0) =>
        Find(field) is var at && at == 0 ? defaultValue : (sbyte)buffer.ReadByte(at, name);

    /// <summary>A 32-bit field.</summary>
    public int Int(int field, string name, int defaultValue = 0) =>
        Find(field) is var at && at == 0 ? defaultValue : buffer.ReadInt32(at, name);

    /// <summary>A 32-bit float field.</summary>
    public float Float(int field, string name, float defaultValue = 0) =>
        Find(field) is var at && at == 0 ? defaultValue : BitConverter.Int32BitsToSingle(buffer.ReadInt32(at, name));

    /// <summary>A text field, empty when absent.</summary>
    public string Text(int field, string name) => Find(field) is var at && at == 0 ? "" : buffer.Text(at, name);

    /// <summary>A table field, or null when absent.</summary>
    public FlatTable? Table(int field, string name) =>
        Find(field) is var at && at == 0 ? null : buffer.Table(at, name);

    /// <summary>A vector of tables, empty when absent.</summary>
    public FlatTable[] Tables(int field, string name)
    {
        int at = Find(field);
        if (at == 0)
        {
            return [];
        }
        (int start, int count) = buffer.Vector(at, 4, name);
        FlatTable[] tables = new FlatTable[count];
        for (int i = 0; i < count; i++)
        {
            tables[i] = buffer.Table(start + (4 * i), name);
        }
        return tables;
    }

    /// <summary>A vector of 32-bit numbers, empty when absent.</summary>
    public int[] Ints(int field, string name)
    {
        int at = Find(field);
        if (at == 0)
        {
            return [];
        }
        (int start, int count) = buffer.Vector(at, 4, name);
        int[] values = new int[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = buffer.ReadInt32(start + (4 * i), name);
        }
        return values;
    }

    /// <summary>A vector of 64-bit numbers, empty when absent.</summary>
    public long[] Longs(int field, string name)
    {
        int at = Find(field);
        if (at == 0)
        {
            return [];
        }
        (int start, int count) = buffer.Vector(at, 8, name);
        long[] values = new long[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = buffer.ReadInt64(start + (8 * i), name);
        }
        return values;
    }

    /// <summary>A vector of bytes, empty when absent.</summary>
    public ReadOnlySpan<byte> Bytes(int field, string name)
    {
        int at = Find(field);
        if (at == 0)
        {
            return [];
        }
        (int start, int count) = buffer.Vector(at, 1, name);
        return buffer.Slice(start, count);
    }

    /// <summary>An error at this table.</summary>
    public ModelFormatException Error(string name, string expected, string found) =>
        buffer.Error(position, name, expected, found);

    private int Find(int field)
    {
        int entry = 4 + (2 * field);
        int offset = entry + 2 <= vtableBytes ? buffer.ReadUInt16(vtable + entry, "field table") : 0;
        return offset == 0 ? 0 : position + offset;
    }
}
