namespace FpgaEdge.Model.Reference;

/// <summary>Single elements of tensors of any type.</summary>
internal static class Elements
{
    /// <summary>Copies one element between tensors of the same type.</summary>
    public static void Copy(Tensor source, int from, Tensor target, int to)
    {
        int size = source.Type.SizeBytes();
        source.Bytes.Slice(from * size, size).CopyTo(target.Bytes[(to * size)..]);
    }

    /// <summary>Stores an integer; it wraps to the width of the element type as ONNX's arithmetic does.</summary>
    public static void StoreWrapped(Tensor target, int index, long value)
    {
        switch (target.Type)
        {
            case ElementType.Int8: target.Data<sbyte>()[index] = (sbyte)value; break;
            case ElementType.UInt8: target.Data<byte>()[index] = (byte)value; break;
            case ElementType.Int16: target.Data<short>()[index] = (short)value; break;
            case ElementType.UInt16: target.Data<ushort>()[index] = (ushort)value; break;
            case ElementType.Int32: target.Data<int>()[index] = (int)value; break;
            case ElementType.UInt32: target.Data<uint>()[index] = (uint)value; break;
            case ElementType.Int64: target.Data<long>()[index] = value; break;
            case ElementType.UInt64: target.Data<ulong>()[index] = (ulong)value; break;
            case ElementType.Bool: target.Data<bool>()[index] = value != 0; break;
            default: throw new InvalidOperationException($"{target.Type} is not an integer type");
        }
    }

    /// <summary>Stores a real number into a floating-point tensor.</summary>
    public static void StoreReal(Tensor target, int index, double value)
    {
        switch (target.Type)
        {
            case ElementType.Float32: target.Data<float>()[index] = (float)value; break;
            case ElementType.Float16: target.Data<Half>()[index] = (Half)value; break;
            case ElementType.Double: target.Data<double>()[index] = value; break;
            default: throw new InvalidOperationException($"{target.Type} is not a floating-point type");
        }
    }

    /// <summary>Smallest and largest value of an integer type of up to 32 bits.</summary>
    public static (long Minimum, long Maximum) Range(ElementType type) => type switch
    {
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt8 => (0, byte.MaxValue),
        ElementType.Int16 => (short.MinValue, short.MaxValue),
        ElementType.UInt16 => (0, ushort.MaxValue),
        ElementType.UInt32 => (0, uint.MaxValue),
        _ => (int.MinValue, int.MaxValue),
    };
}
