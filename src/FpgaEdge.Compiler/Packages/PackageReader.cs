using System.Buffers.Binary;
using System.Text;

namespace FpgaEdge.Compiler.Packages;

/// <summary>Reads one section; every length is compared with what is left before anything is allocated.</summary>
internal ref struct PackageReader(ReadOnlySpan<byte> bytes, long start)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private readonly long start = start;
    private int position;

    /// <summary>Offset in the file of the next byte.</summary>
    public readonly long Offset => start + position;

    /// <summary>Whether everything was read.</summary>
    public readonly bool AtEnd => position == bytes.Length;

    public byte Byte() => Take(1)[0];

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public double Double() => BinaryPrimitives.ReadDoubleLittleEndian(Take(8));

    public bool Boolean() => Limited(Byte(), 1, "a truth value") == 1;

    /// <summary>A count of items of at least <paramref name="bytesEach"/> bytes, so that a lie cannot cost
    /// memory.</summary>
    public int Count(int bytesEach)
    {
        int count = Int32();
        if (count < 0 || count > (bytes.Length - position) / bytesEach)
        {
            throw new PackageFormatException(
                Offset - 4, $"expected a count of at most {(bytes.Length - position) / bytesEach}, found {count}");
        }
        return count;
    }

    public string Text()
    {
        ReadOnlySpan<byte> text = Take(Count(1));
        try
        {
            return StrictUtf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new PackageFormatException(Offset - text.Length, "expected UTF-8 text");
        }
    }

    public byte[] Bytes() => Take(Count(1)).ToArray();

    public int[] Int32s()
    {
        int[] values = new int[Count(4)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Int32();
        }
        return values;
    }

    public double[] Doubles()
    {
        double[] values = new double[Count(8)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Double();
        }
        return values;
    }

    /// <summary>A byte that names one of <paramref name="last"/> + 1 things.</summary>
    public readonly byte Limited(byte value, byte last, string what) => value <= last
        ? value
        : throw new PackageFormatException(Offset - 1, $"expected {what} (0 … {last}), found {value}");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - position)
        {
            throw new PackageFormatException(Offset, $"expected {count} more bytes, found {bytes.Length - position}");
        }
        position += count;
        return bytes.Slice(position - count, count);
    }
}
