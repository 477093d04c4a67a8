using System.Buffers.Binary;
using System.Globalization;
using FpgaEdge.Model;

namespace FpgaEdge.Cli.Inputs;

/// <summary>Element type of a raw tensor; more than one byte is little-endian.</summary>
public enum RawType
{
    /// <summary>Unsigned 8 bits.</summary>
    UInt8,

    /// <summary>Signed 8 bits.</summary>
    Int8,

    /// <summary>Signed 16 bits.</summary>
    Int16,

    /// <summary>Signed 32 bits; rounded to float32 when read.</summary>
    Int32,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>IEEE single precision.</summary>
    Float32,
}

/// <summary>
/// How a file without a header is to be read: the shape of one case and the type of its elements. A file holds one or
/// more whole cases.
/// </summary>
/// <param name="Shape">Dimensions of one case, row-major, without the batch.</param>
/// <param name="Type">Element type.</param>
/// <param name="ChannelsFirst">
/// Three dimensions are channel, height, width (as exported from NCHW networks) instead of height, width, channel.
/// </param>
public sealed record RawFormat(IReadOnlyList<int> Shape, RawType Type, bool ChannelsFirst = false)
{
    private static readonly string[] TypeNames = ["uint8", "int8", "int16", "int32", "float16", "float32"];

    /// <summary>Elements of one case.</summary>
    public int ElementCount { get; } = Shape.Aggregate(1, (count, size) => checked(count * size));

    /// <summary>Bytes of one element.</summary>
    public int ElementBytes => Type switch
    {
        RawType.UInt8 or RawType.Int8 => 1,
        RawType.Int16 or RawType.Float16 => 2,
        _ => 4,
    };

    /// <summary>Bytes of one case.</summary>
    public int CaseBytes => checked(ElementCount * ElementBytes);

    /// <summary>
    /// From the values of <c>--input-shape</c> ("32,32,3"), <c>--input-type</c> ("uint8"; null is float32) and
    /// <c>--input-layout</c> ("hwc" or "chw"; null is hwc).
    /// </summary>
    /// <exception cref="InputException">A value that is not understood; exit code 2.</exception>
    public static RawFormat Parse(string shape, string? type, string? layout = null)
    {
        int[] sizes = ParseShape(shape);
        int index = type is null ? (int)RawType.Float32 : Array.IndexOf(TypeNames, type.Trim().ToLowerInvariant());
        if (index < 0)
        {
            throw InputException.Usage("--input-type", $"one of {string.Join(", ", TypeNames)}", type!);
        }
        bool channelsFirst = layout?.Trim().ToLowerInvariant() switch
        {
            null or "hwc" => false,
            "chw" when sizes.Length == 3 => true,
            _ => throw InputException.Usage("--input-layout", "hwc, or chw with three sizes in --input-shape", layout!),
        };
        return new RawFormat(sizes, (RawType)index, channelsFirst);
    }

    private static int[] ParseShape(string shape)
    {
        string[] parts = shape.Split(',');
        var sizes = new int[parts.Length];
        long count = 1;
        bool good = parts.Length <= InputLimits.MaxRank;
        for (int i = 0; good && i < parts.Length; i++)
        {
            good = int.TryParse(parts[i].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i])
                && sizes[i] > 0;
            count *= sizes[i];
            good &= count <= InputLimits.MaxTensorElements;
        }
        if (!good)
        {
            throw InputException.Usage(
                "--input-shape",
                $"up to {InputLimits.MaxRank} sizes of one case, together at most {InputLimits.MaxTensorElements} "
                + "elements, for example 32,32,3", shape);
        }
        return sizes;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{string.Join(",", Shape)} {TypeNames[(int)Type]}{(ChannelsFirst ? " chw" : "")}";

    /// <summary>
    /// Decodes one case of exactly <see cref="CaseBytes"/> bytes; the result is height, width, channel.
    /// </summary>
    /// <exception cref="InputException">A float that is not a finite number.</exception>
    public DecodedInput Decode(ReadOnlySpan<byte> bytes, string name)
    {
        var values = new float[ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Element(bytes.Slice(i * ElementBytes, ElementBytes));
            if (!float.IsFinite(values[i]))
            {
                throw new InputException(
                    name, "finite numbers", $"{values[i]} as element {i}",
                    "check --input-type and the program that wrote it");
            }
        }
        IReadOnlyList<int> shape = Shape;
        if (ChannelsFirst)
        {
            values = TensorLayout.Transpose(Tensor.Of(values, [.. Shape]), [1, 2, 0]).ToFloats();
            shape = [Shape[1], Shape[2], Shape[0]];
        }
        bool picture = Type == RawType.UInt8 && shape.Count == 3 && shape[2] is (1 or 3);
        return picture
            ? DecodedInput.Picture(name, shape[0], shape[1], shape[2], Array.ConvertAll(values, value => (byte)value))
            : DecodedInput.Tensor(name, shape, values);
    }

    private float Element(ReadOnlySpan<byte> bytes) => Type switch
    {
        RawType.UInt8 => bytes[0],
        RawType.Int8 => (sbyte)bytes[0],
        RawType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
        RawType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        RawType.Float16 => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        _ => BinaryPrimitives.ReadSingleLittleEndian(bytes),
    };
}
