namespace FpgaEdge.Model;

/// <summary>What one element of a <see cref="Tensor"/> is. Names and widths are those of ONNX.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32, <see cref="float"/>.</summary>
    Float32,

    /// <summary>IEEE 754 binary16, <see cref="Half"/>.</summary>
    Float16,

    /// <summary>IEEE 754 binary64, <see cref="double"/>.</summary>
    Double,

    /// <summary>Signed 8 bits, <see cref="sbyte"/>.</summary>
    Int8,

    /// <summary>Unsigned 8 bits, <see cref="byte"/>.</summary>
    UInt8,

    /// <summary>Signed 16 bits, <see cref="short"/>.</summary>
    Int16,

    /// <summary>Unsigned 16 bits, <see cref="ushort"/>.</summary>
    UInt16,

    /// <summary>Signed 32 bits, <see cref="int"/>.</summary>
    Int32,

    /// <summary>Unsigned 32 bits, <see cref="uint"/>.</summary>
    UInt32,

    /// <summary>Signed 64 bits, <see cref="long"/>.</summary>
    Int64,

    /// <summary>Unsigned 64 bits, <see cref="ulong"/>.</summary>
    UInt64,

    /// <summary>One byte, 0 or 1, <see cref="bool"/>.</summary>
    Bool,
}

/// <summary>Sizes and classes of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes that one element takes in memory and in a model file.</summary>
    public static int SizeBytes(this ElementType type) => type switch
    {
        ElementType.Int8 or ElementType.UInt8 or ElementType.Bool => 1,
        ElementType.Float16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        _ => 8,
    };

    /// <summary>True for the three floating-point types.</summary>
    public static bool IsFloat(this ElementType type) =>
        type is ElementType.Float32 or ElementType.Float16 or ElementType.Double;

    /// <summary>The <see cref="ElementType"/> that a .NET element type stands for.</summary>
    /// <exception cref="NotSupportedException">The .NET type is not an element type.</exception>
    public static ElementType Of<T>() where T : unmanaged
    {
        Type type = typeof(T);
        return type == typeof(float) ? ElementType.Float32
            : type == typeof(Half) ? ElementType.Float16
            : type == typeof(double) ? ElementType.Double
            : type == typeof(sbyte) ? ElementType.Int8
            : type == typeof(byte) ? ElementType.UInt8
            : type == typeof(short) ? ElementType.Int16
            : type == typeof(ushort) ? ElementType.UInt16
            : type == typeof(int) ? ElementType.Int32
            : type == typeof(uint) ? ElementType.UInt32
            : type == typeof(long) ? ElementType.Int64
            : type == typeof(ulong) ? ElementType.UInt64
            : type == typeof(bool) ? ElementType.Bool
            : throw new NotSupportedException($"{type.Name} is not an element type");
    }
}
