using System.Globalization;

namespace FpgaEdge.Model.Onnx;

/// <summary>Reads ONNX TensorProto messages: initializers, attributes, and the <c>.pb</c> files of test data.</summary>
internal static class OnnxTensorReader
{
    private const int MaxRank = 16;

    /// <summary>A tensor and the name it carries (empty when none).</summary>
    public static (string Name, Tensor Tensor) Read(ProtobufReader reader)
    {
        TensorProto proto = new();
        bool hasRaw = false;
        ReadOnlySpan<byte> raw = default;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: reader.Varints(proto.Dims); break;
                case 2: proto.DataType = reader.Int32(); break;
                case 4: reader.Floats(proto.Floats); break;
                case 5: reader.Varints(proto.Int32s); break;
                case 7: reader.Varints(proto.Int64s); break;
                case 8: proto.Name = reader.Text(); break;
                case 9: raw = reader.Bytes(); hasRaw = true; break;
                case 10: reader.Doubles(proto.Doubles); break;
                case 11: reader.Varints(proto.UInt64s); break;
                case 14:
                    if (reader.Varint() != 0)
                    {
                        throw reader.Error("the data inside the file", "a reference to an external file");
                    }
                    break;
                default: reader.Skip(); break;
            }
        }
        return (proto.Name, Build(proto, hasRaw, raw, reader));
    }

    /// <summary>The element type behind ONNX's number for it, or null.</summary>
    public static ElementType? ElementTypeOf(int onnxType) => onnxType switch
    {
        1 => ElementType.Float32,
        2 => ElementType.UInt8,
        3 => ElementType.Int8,
        4 => ElementType.UInt16,
        5 => ElementType.Int16,
        6 => ElementType.Int32,
        7 => ElementType.Int64,
        9 => ElementType.Bool,
        10 => ElementType.Float16,
        11 => ElementType.Double,
        12 => ElementType.UInt32,
        13 => ElementType.UInt64,
        _ => null,
    };

    /// <summary>Extents as 32-bit numbers; −1 where a value is absent. Refuses what no tensor can have.</summary>
    public static int[] ToDims(List<long> dims, in ProtobufReader reader)
    {
        if (dims.Count > MaxRank)
        {
            throw reader.Error($"at most {MaxRank} dimensions", dims.Count.ToString(CultureInfo.InvariantCulture));
        }
        int[] result = new int[dims.Count];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = dims[i] is >= 0 and <= int.MaxValue
                ? (int)dims[i]
                : throw reader.Error("a dimension of 0 or more", dims[i].ToString(CultureInfo.InvariantCulture));
        }
        return result;
    }

    private static Tensor Build(TensorProto proto, bool hasRaw, ReadOnlySpan<byte> raw, in ProtobufReader reader)
    {
        ElementType type = ElementTypeOf(proto.DataType)
            ?? throw reader.Error("a numeric element type", $"type {proto.DataType} in tensor '{proto.Name}'");
        int[] dims = ToDims(proto.Dims, reader);
        int length = Tensor.TryCountElements(dims);
        if (length < 0)
        {
            throw reader.Error(
                $"at most {Tensor.MaxElements} elements", $"{Tensor.FormatDims(dims)} in tensor '{proto.Name}'");
        }
        // The data is in the file, so its size bounds what is allocated below.
        long present = hasRaw ? raw.Length : proto.CountFor(type);
        long expected = hasRaw ? (long)length * type.SizeBytes() : length;
        if (present != expected)
        {
            throw reader.Error(
                $"{expected} {(hasRaw ? "bytes" : "values")} for {type} {Tensor.FormatDims(dims)}",
                $"{present} in tensor '{proto.Name}'");
        }
        return hasRaw ? Tensor.FromLittleEndian(type, dims, raw) : proto.ToTensor(type, dims);
    }

    private sealed class TensorProto
    {
        public List<long> Dims { get; } = [];

        public int DataType { get; set; }

        public string Name { get; set; } = "";

        public List<float> Floats { get; } = [];

        public List<long> Int32s { get; } = [];

        public List<long> Int64s { get; } = [];

        public List<long> UInt64s { get; } = [];

        public List<double> Doubles { get; } = [];

        public int CountFor(ElementType type) => type switch
        {
            ElementType.Float32 => Floats.Count,
            ElementType.Double => Doubles.Count,
            ElementType.Int64 => Int64s.Count,
            ElementType.UInt32 or ElementType.UInt64 => UInt64s.Count,
            _ => Int32s.Count,
        };

        public Tensor ToTensor(ElementType type, int[] dims) => type switch
        {
            ElementType.Float32 => Tensor.Of(Floats.ToArray(), dims),
            ElementType.Double => Tensor.Of(Doubles.ToArray(), dims),
            ElementType.Int64 => Tensor.Of(Int64s.ToArray(), dims),
            ElementType.UInt64 => Convert(UInt64s, dims, static v => (ulong)v),
            ElementType.UInt32 => Convert(UInt64s, dims, static v => (uint)v),
            ElementType.Int32 => Convert(Int32s, dims, static v => (int)v),
            ElementType.Int16 => Convert(Int32s, dims, static v => (short)v),
            ElementType.UInt16 => Convert(Int32s, dims, static v => (ushort)v),
            ElementType.Int8 => Convert(Int32s, dims, static v => (sbyte)v),
            ElementType.UInt8 => Convert(Int32s, dims, static v => (byte)v),
            ElementType.Float16 => Convert(Int32s, dims, static v => BitConverter.UInt16BitsToHalf((ushort)v)),
            _ => Convert(Int32s, dims, static v => v != 0),
        };

        private static Tensor Convert<T>(List<long> values, int[] dims, Func<long, T> convert) where T : unmanaged
        {
            T[] result = new T[values.Count];
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = convert(values[i]);
            }
            return Tensor.Of(result, dims);
        }
    }
}
