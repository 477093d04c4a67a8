using System.Globalization;
using System.Runtime.InteropServices;

namespace FpgaEdge.Model;

/// <summary>
/// A dense row-major array of one element type. Rank 0 is a scalar with one element. A tensor made by
/// <see cref="ShapeOnly"/> has a type and dims but no data; shape inference works with such tensors.
/// </summary>
public sealed class Tensor
{
    /// <summary>Largest number of elements of one tensor; a model that asks for more is refused.</summary>
    public const int MaxElements = 1 << 28;

    private readonly int[] dims;
    private readonly Array? data;

    private Tensor(ElementType type, int[] dims, int length, Array? data)
    {
        Type = type;
        this.dims = dims;
        Length = length;
        this.data = data;
    }

    /// <summary>Type of every element.</summary>
    public ElementType Type { get; }

    /// <summary>Extent of every dimension, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<int> Dims => dims;

    /// <summary>Number of dimensions.</summary>
    public int Rank => dims.Length;

    /// <summary>Number of elements: the product of <see cref="Dims"/>.</summary>
    public int Length { get; }

    /// <summary>False for a tensor of which only type and dims are known.</summary>
    public bool HasData => data is not null;

    /// <summary>A new tensor of zeros.</summary>
    public static Tensor Create(ElementType type, ReadOnlySpan<int> dims)
    {
        int length = CountElements(dims);
        return new Tensor(type, dims.ToArray(), length, Allocate(type, length));
    }

    /// <summary>A tensor over an existing array (not copied) whose length must be the product of the dims.</summary>
    public static Tensor Of<T>(T[] data, params ReadOnlySpan<int> dims) where T : unmanaged
    {
        int length = CountElements(dims);
        if (length != data.Length)
        {
            throw new ArgumentException($"dims {FormatDims(dims)} need {length} elements, found {data.Length}");
        }
        return new Tensor(ElementTypes.Of<T>(), dims.ToArray(), length, data);
    }

    /// <summary>A tensor of rank 0.</summary>
    public static Tensor Scalar<T>(T value) where T : unmanaged => Of([value]);

    /// <summary>A tensor of rank 1.</summary>
    public static Tensor Vector<T>(params ReadOnlySpan<T> values) where T : unmanaged =>
        Of(values.ToArray(), values.Length);

    /// <summary>A tensor without data.</summary>
    public static Tensor ShapeOnly(ElementType type, ReadOnlySpan<int> dims) =>
        new(type, dims.ToArray(), CountElements(dims), null);

    /// <summary>
    /// A tensor of <paramref name="dims"/> filled from little-endian bytes, as ONNX <c>raw_data</c>, TFLite buffers and
    /// raw files store them. The number of bytes must fit exactly.
    /// </summary>
    public static Tensor FromLittleEndian(ElementType type, ReadOnlySpan<int> dims, ReadOnlySpan<byte> bytes)
    {
        int length = CountElements(dims);
        if (bytes.Length != (long)length * type.SizeBytes())
        {
            throw new ArgumentException(
                $"{type} {FormatDims(dims)} needs {(long)length * type.SizeBytes()} bytes, found {bytes.Length}");
        }
        Tensor tensor = new(type, dims.ToArray(), length, Allocate(type, length));
        bytes.CopyTo(tensor.Bytes);
        if (type == ElementType.Bool)
        {
            // A bool that is neither 0 nor 1 would compare unequal to true.
            foreach (ref byte value in tensor.Bytes)
            {
                value = value != 0 ? (byte)1 : (byte)0;
            }
        }
        return tensor;
    }

    /// <summary>The elements; <typeparamref name="T"/> must be the .NET type of <see cref="Type"/>.</summary>
    /// <exception cref="InvalidOperationException">Another element type, or a tensor without data.</exception>
    public Span<T> Data<T>() where T : unmanaged
    {
        if (ElementTypes.Of<T>() != Type)
        {
            throw new InvalidOperationException($"elements are {Type}, asked for {typeof(T).Name}");
        }
        return (T[]?)data ?? throw new InvalidOperationException("this tensor has a shape but no data");
    }

    /// <summary>The elements as bytes in the machine's order (little-endian on every supported machine).</summary>
    public Span<byte> Bytes => data is null
        ? throw new InvalidOperationException("this tensor has a shape but no data")
        : MemoryMarshal.CreateSpan(
            ref MemoryMarshal.GetArrayDataReference(data), checked(Length * Type.SizeBytes()));

    /// <summary>The same elements (shared, not copied) under other dims of the same product.</summary>
    public Tensor Reshape(params ReadOnlySpan<int> newDims)
    {
        int length = CountElements(newDims);
        if (length != Length)
        {
            throw new ArgumentException($"cannot view {FormatDims(dims)} as {FormatDims(newDims)}");
        }
        return new Tensor(Type, newDims.ToArray(), length, data);
    }

    /// <summary>Every element converted to <see cref="float"/>, in row-major order, in a new array.</summary>
    public float[] ToFloats()
    {
        float[] result = new float[Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (float)ValueAt(i);
        }
        return result;
    }

    /// <summary>Every element converted to <see cref="long"/> (floats truncated), in a new array.</summary>
    public long[] ToLongs()
    {
        long[] result = new long[Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Type == ElementType.Int64 ? Data<long>()[i] : (long)ValueAt(i);
        }
        return result;
    }

    /// <summary>Element <paramref name="index"/> in row-major order as a double.</summary>
    public double ValueAt(int index) => Type switch
    {
        ElementType.Float32 => Data<float>()[index],
        ElementType.Float16 => (double)Data<Half>()[index],
        ElementType.Double => Data<double>()[index],
        ElementType.Int8 => Data<sbyte>()[index],
        ElementType.UInt8 => Data<byte>()[index],
        ElementType.Int16 => Data<short>()[index],
        ElementType.UInt16 => Data<ushort>()[index],
        ElementType.Int32 => Data<int>()[index],
        ElementType.UInt32 => Data<uint>()[index],
        ElementType.Int64 => Data<long>()[index],
        ElementType.UInt64 => Data<ulong>()[index],
        _ => Data<bool>()[index] ? 1 : 0,
    };

    /// <summary>Type and dims, for example <c>Float32 [1,3,224,224]</c>.</summary>
    public override string ToString() => $"{Type} {FormatDims(dims)}";

    /// <summary>Dims as <c>[1,3,224,224]</c>; an unknown extent (−1) prints as <c>?</c>.</summary>
    public static string FormatDims(ReadOnlySpan<int> dims)
    {
        string[] parts = new string[dims.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            parts[i] = dims[i] < 0 ? "?" : dims[i].ToString(CultureInfo.InvariantCulture);
        }
        return $"[{string.Join(',', parts)}]";
    }

    /// <summary>
    /// Product of dims, or −1 when an extent is negative or there are more than <see cref="MaxElements"/>.
    /// </summary>
    public static int TryCountElements(ReadOnlySpan<int> dims)
    {
        long count = 1;
        bool empty = false;
        foreach (int dim in dims)
        {
            if (dim < 0)
            {
                return -1;
            }
            empty |= dim == 0;
            count *= Math.Max(dim, 1);
            if (count > MaxElements)
            {
                return -1;
            }
        }
        return empty ? 0 : (int)count;
    }

    private static int CountElements(ReadOnlySpan<int> dims)
    {
        int count = TryCountElements(dims);
        return count >= 0
            ? count
            : throw new ArgumentException($"dims {FormatDims(dims)} are not 0…{MaxElements} elements");
    }

    private static Array Allocate(ElementType type, int length) => type switch
    {
        ElementType.Float32 => new float[length],
        ElementType.Float16 => new Half[length],
        ElementType.Double => new double[length],
        ElementType.Int8 => new sbyte[length],
        ElementType.UInt8 => new byte[length],
        ElementType.Int16 => new short[length],
        ElementType.UInt16 => new ushort[length],
        ElementType.Int32 => new int[length],
        ElementType.UInt32 => new uint[length],
        ElementType.Int64 => new long[length],
        ElementType.UInt64 => new ulong[length],
        _ => new bool[length],
    };
}
