using FpgaEdge.Model.Onnx;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// ONNX's operators over quantised integers. Sums are exact integers; the scale factor is a double; one rounding,
/// halves to even; then the zero point and the clamp.
/// </summary>
internal static partial class QuantizedOnnx
{
    /// <summary>QuantizeLinear: x / scale in float, rounded with halves to even.</summary>
    public static void QuantizeLinear(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor? zero = context.Optional(2);
        RequireNoBlocks(context);
        Tensor y = context.Output(0, zero?.Type ?? OutputType(context, ElementType.UInt8), x.Dims);
        if (!y.HasData)
        {
            return;
        }
        (long low, long high) = Elements.Range(y.Type);
        if (y.Type.IsFloat())
        {
            throw context.Error("an integer zero point", $"{y.Type}");
        }
        SliceScales scales = new(context, x, 1, 2);
        ReadOnlySpan<float> values = context.Floats(0);
        for (int i = 0; i < values.Length; i++)
        {
            float steps = MathF.Round(values[i] / scales.Scale(i), MidpointRounding.ToEven);
            double shifted = (double)steps + scales.Zero(i);
            Elements.StoreWrapped(y, i, (long)Math.Clamp(double.IsNaN(shifted) ? 0 : shifted, low, high));
        }
    }

    /// <summary>DequantizeLinear: (q − zero point) · scale in float.</summary>
    public static void DequantizeLinear(OperatorContext context)
    {
        Tensor x = context.Input(0);
        RequireNoBlocks(context);
        Tensor y = context.Output(0, context.Input(1).Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        SliceScales scales = new(context, x, 1, 2);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (float)((long)x.ValueAt(i) - scales.Zero(i)) * scales.Scale(i);
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>DynamicQuantizeLinear: uint8 with scale and zero point from the data.</summary>
    public static void DynamicQuantizeLinear(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, ElementType.UInt8, x.Dims);
        Tensor scaleResult = context.Output(1, ElementType.Float32, []);
        Tensor zeroResult = context.Output(2, ElementType.UInt8, []);
        if (!y.HasData)
        {
            context.Set(1, Tensor.ShapeOnly(ElementType.Float32, []));
            context.Set(2, Tensor.ShapeOnly(ElementType.UInt8, []));
            return;
        }
        ReadOnlySpan<float> values = context.Floats(0);
        (float low, float high) = (0, 0);
        foreach (float value in values)
        {
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }
        float scale = (high - low) / 255;
        scale = scale == 0 ? 1 : scale;
        float zero = Math.Clamp(MathF.Round(-low / scale, MidpointRounding.ToEven), 0, 255);
        for (int i = 0; i < values.Length; i++)
        {
            float steps = MathF.Round(values[i] / scale, MidpointRounding.ToEven) + zero;
            y.Data<byte>()[i] = (byte)Math.Clamp(steps, 0, 255);
        }
        scaleResult.Data<float>()[0] = scale;
        zeroResult.Data<byte>()[0] = (byte)zero;
    }

    /// <summary>QLinearConv: x, its scale and zero, w, its scale and zero, y's scale and zero, optional bias.</summary>
    public static void QLinearConv(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        Tensor w = context.Input(3, 3);
        ConvolutionShape shape = Convolution.Shape(context, x, w);
        Tensor y = context.Output(0, context.Input(7).Type, shape.OutputDims(x.Rank - 2));
        if (!y.HasData)
        {
            return;
        }
        int[] sums = new int[y.Length];
        if (context.Optional(8) is { } bias)
        {
            FloatOperators.FillBias<int>(context, shape, bias.Data<int>(), sums);
        }
        Convolution.Accumulate<int>(shape, Centred(context, 0, 2), CentredFilters(context, 3, 5), sums);
        double[] factors = Factors(context, 4, shape.Filters, 6);
        int zero = Zero(context, 7);
        for (int i = 0; i < sums.Length; i++)
        {
            Store(y, i, sums[i] * factors[i / shape.Positions % shape.Filters], zero);
        }
    }

    /// <summary>ConvInteger: the sums themselves, as 32-bit integers.</summary>
    public static void ConvInteger(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        ConvolutionShape shape = Convolution.Shape(context, x, context.Input(1, 3));
        Tensor y = context.Output(0, ElementType.Int32, shape.OutputDims(x.Rank - 2));
        if (y.HasData)
        {
            Convolution.Accumulate<int>(
                shape, Centred(context, 0, 2), CentredFilters(context, 1, 3), y.Data<int>());
        }
    }

    /// <summary>QLinearMatMul: a, its scale and zero, b, its scale and zero, y's scale and zero.</summary>
    public static void QLinearMatMul(OperatorContext context)
    {
        MatrixShape shape = MatrixShape.Of(context, context.Input(0), context.Input(3));
        Tensor y = context.Output(0, context.Input(7).Type, shape.Dims);
        if (!y.HasData)
        {
            return;
        }
        int[] sums = new int[y.Length];
        shape.Accumulate<int>(Centred(context, 0, 2), CentredColumns(context, 3, 5), sums);
        int columns = context.Input(3).Rank > 1 ? context.Input(3).Dims[^1] : 1;
        double[] factors = Factors(context, 4, columns, 6);
        int zero = Zero(context, 7);
        for (int i = 0; i < sums.Length; i++)
        {
            Store(y, i, sums[i] * factors[i % columns], zero);
        }
    }

    /// <summary>MatMulInteger: the sums themselves, as 32-bit integers.</summary>
    public static void MatMulInteger(OperatorContext context)
    {
        MatrixShape shape = MatrixShape.Of(context, context.Input(0), context.Input(1));
        Tensor y = context.Output(0, ElementType.Int32, shape.Dims);
        if (y.HasData)
        {
            shape.Accumulate<int>(Centred(context, 0, 2), Centred(context, 1, 3), y.Data<int>());
        }
    }

    /// <summary>The element type that <c>output_dtype</c> asks for.</summary>
    public static ElementType OutputType(OperatorContext context, ElementType defaultType)
    {
        long number = context.Node.Int("output_dtype", 0);
        return number == 0 ? defaultType
            : OnnxTensorReader.ElementTypeOf((int)Math.Clamp(number, 0, 1000))
                ?? throw context.Error("an integer output_dtype", $"{number}");
    }
}
