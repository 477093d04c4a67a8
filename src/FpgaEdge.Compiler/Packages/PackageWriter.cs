using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Compiler.Packages;

/// <summary>Writes one section: little-endian, lists and texts after their 32-bit count.</summary>
internal sealed class PackageWriter
{
    private byte[] buffer = new byte[1024];
    private int length;

    public byte[] ToArray() => buffer.AsSpan(0, length).ToArray();

    public void Byte(byte value) => Grow(1)[0] = value;

    public void Boolean(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Grow(4), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleLittleEndian(Grow(8), value);

    public void Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        value.CopyTo(Grow(value.Length));
    }

    public void Int32s(IReadOnlyCollection<int> values)
    {
        Int32(values.Count);
        foreach (int value in values)
        {
            Int32(value);
        }
    }

    public void Doubles(IReadOnlyCollection<double> values)
    {
        Int32(values.Count);
        foreach (double value in values)
        {
            Double(value);
        }
    }

    private Span<byte> Grow(int count)
    {
        if (buffer.Length - length < count)
        {
            int doubled = (int)Math.Min(Array.MaxLength, buffer.Length * 2L);
            Array.Resize(ref buffer, Math.Max(checked(length + count), doubled));
        }
        length += count;
        return buffer.AsSpan(length - count, count);
    }
}
