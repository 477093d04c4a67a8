using FpgaEdge.Model.Onnx;
using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// ONNX's operators over quantised integers. Sums are exact integers; the scale factor is a double; one rounding,
/// halves to even; then the zero point and the clamp.
/// </summary>
internal static class QuantizedOnnx
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
        double[] factors = Factors(context, 4, shape.Filters);
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
        shape.Accumulate<int>(Centred(context, 0, 2), Centred(context, 3, 5), sums);
        double factor = Scale(context, 1) * Scale(context, 4) / Scale(context, 6);
        int zero = Zero(context, 7);
        for (int i = 0; i < sums.Length; i++)
        {
            Store(y, i, sums[i] * factor, zero);
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

    /// <summary>com.microsoft QLinearAdd and QLinearMul: a, scale, zero, b, scale, zero, y's scale, zero.</summary>
    public static Action<OperatorContext> Binary(Func<double, double, double> function) => context =>
    {
        Tensor a = context.Input(0);
        Tensor b = context.Input(3);
        Tensor y = context.Output(0, a.Type, Shapes.Broadcast(context, a.Dims, b.Dims));
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        BroadcastReader left = BroadcastReader.Of(context, a, y.Dims);
        BroadcastReader right = BroadcastReader.Of(context, b, y.Dims);
        (int[] lefts, int[] rights) = (Centred(context, 0, 2), Centred(context, 3, 5));
        (double scaleA, double scaleB, double scaleY) = (Scale(context, 1), Scale(context, 4), Scale(context, 6));
        int zero = Zero(context, 7);
        for (int i = 0; i < y.Length; i++)
        {
            double value = function(lefts[left.Index(i)] * scaleA, rights[right.Index(i)] * scaleB);
            Store(y, i, value / scaleY, zero);
        }
    };

    /// <summary>com.microsoft QLinearGlobalAveragePool: x, scale, zero, y's scale, zero.</summary>
    public static void GlobalAveragePool(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        bool last = context.Node.Int("channels_last", 0) != 0;
        int[] dims = x.Dims.ToArray();
        dims.AsSpan(last ? 1 : 2, x.Rank - 2).Fill(1);
        Tensor y = context.Output(0, x.Type, dims);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        int[] values = Centred(context, 0, 2);
        int count = values.Length / y.Length;
        int channels = last ? dims[^1] : 1;
        double factor = Scale(context, 1) / Scale(context, 3);
        int zero = Zero(context, 4);
        for (int i = 0; i < y.Length; i++)
        {
            long sum = 0;
            int start = last ? (i / channels * count * channels) + (i % channels) : i * count;
            for (int k = 0; k < count; k++)
            {
                sum += values[start + (k * channels)];
            }
            Store(y, i, (double)sum / count * factor, zero);
        }
    }

    /// <summary>com.microsoft QLinearAveragePool: x, scale, zero, y's scale, zero.</summary>
    public static void AveragePool(OperatorContext context)
    {
        (_, PlaneMap map, Tensor y) = Pooling.Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        int[] values = Centred(context, 0, 2);
        bool countPadding = context.Node.Int("count_include_pad", 0) != 0;
        double factor = Scale(context, 1) / Scale(context, 3);
        int zero = Zero(context, 4);
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int position) = map.Locate(i);
            (int top, int left) = map.Window.Corner(position);
            (long sum, int count) = (0, 0);
            for (int tap = 0; tap < map.Window.Taps; tap++)
            {
                if (map.Window.TryTap(top, left, tap, out int source))
                {
                    sum += values[map.Source(plane, source)];
                    count += countPadding ? 0 : 1;
                }
                count += countPadding && map.Window.IsInPaddedInput(top, left, tap) ? 1 : 0;
            }
            Store(y, i, count == 0 ? 0 : (double)sum / count * factor, zero);
        }
    }

    /// <summary>com.microsoft QLinearSigmoid, QLinearLeakyRelu: x, scale, zero, y's scale, zero.</summary>
    public static Action<OperatorContext> Unary(Func<GraphNode, Func<double, double>> function) => context =>
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        Func<double, double> real = function(context.Node);
        int[] values = Centred(context, 0, 2);
        (double scaleX, double scaleY) = (Scale(context, 1), Scale(context, 3));
        int zero = Zero(context, 4);
        for (int i = 0; i < values.Length; i++)
        {
            Store(y, i, real(values[i] * scaleX) / scaleY, zero);
        }
    };

    /// <summary>com.microsoft QLinearConcat: y's scale, zero, then x, scale, zero for every operand.</summary>
    public static void Concat(OperatorContext context)
    {
        int count = (context.InputCount - 2) / 3;
        Tensor first = context.Input(2, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), first.Rank);
        int[] dims = first.Dims.ToArray();
        dims[axis] = 0;
        for (int i = 0; i < count; i++)
        {
            Tensor x = context.Input(2 + (3 * i), 1);
            if (x.Rank != first.Rank || !x.Dims[..axis].SequenceEqual(first.Dims[..axis])
                || !x.Dims[(axis + 1)..].SequenceEqual(first.Dims[(axis + 1)..]))
            {
                throw context.Error($"operands like {first} but for axis {axis}", $"{x}");
            }
            dims[axis] += x.Dims[axis];
        }
        Tensor y = context.Output(0, context.Input(1).Type, dims);
        if (!y.HasData)
        {
            return;
        }
        (int outer, int total, int inner) = Shapes.Split(dims, axis);
        int zero = Zero(context, 1);
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            int[] values = Centred(context, 2 + (3 * i), 4 + (3 * i));
            double factor = Scale(context, 3 + (3 * i)) / Scale(context, 0);
            int run = context.Input(2 + (3 * i)).Dims[axis] * inner;
            for (int at = 0; at < outer * run; at++)
            {
                Store(y, (at / run * total * inner) + (start * inner) + (at % run), values[at] * factor, zero);
            }
            start += run / Math.Max(1, inner);
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

    private static void RequireNoBlocks(OperatorContext context)
    {
        if (context.Node.Int("block_size", 0) != 0)
        {
            throw context.Error("one scale per tensor or per slice", "scales per block (block_size)");
        }
    }

    private static int[] Centred(OperatorContext context, int index, int zeroIndex)
    {
        Tensor? zero = context.Optional(zeroIndex);
        return zero is null || zero.Length == 1
            ? TfliteIntegers.Centred(context.Input(index), zero is null ? 0 : (int)zero.ValueAt(0))
            : throw context.Error($"one zero point in operand {zeroIndex}", $"{zero}");
    }

    private static int[] CentredFilters(OperatorContext context, int index, int zeroIndex)
    {
        Tensor w = context.Input(index);
        if (context.Optional(zeroIndex) is not { } zeros || zeros.Length == 1)
        {
            return Centred(context, index, zeroIndex);
        }
        if (zeros.Length != w.Dims[0])
        {
            throw context.Error($"a zero point for each of {w.Dims[0]} filters", $"{zeros}");
        }
        int[] values = TfliteIntegers.Centred(w, 0);
        int perFilter = values.Length / zeros.Length;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] -= (int)zeros.ValueAt(i / perFilter);
        }
        return values;
    }

    // Factor per filter: x scale (operand 1) · w scale · 1 / y scale (operand 6).
    private static double[] Factors(OperatorContext context, int weightScaleIndex, int filters)
    {
        Tensor scales = context.Input(weightScaleIndex);
        if (scales.Length != 1 && scales.Length != filters)
        {
            throw context.Error($"one scale or one for each of {filters} filters", $"{scales}");
        }
        double[] factors = new double[filters];
        for (int i = 0; i < filters; i++)
        {
            factors[i] = Scale(context, 1) * scales.ValueAt(scales.Length == 1 ? 0 : i) / Scale(context, 6);
        }
        return factors;
    }

    private static double Scale(OperatorContext context, int index)
    {
        Tensor scale = context.Input(index);
        return scale.Length == 1 ? scale.ValueAt(0) : throw context.Error($"one scale in operand {index}", $"{scale}");
    }

    private static int Zero(OperatorContext context, int index) => context.Optional(index) is not { } zero ? 0
        : zero.Length == 1 ? (int)zero.ValueAt(0)
        : throw context.Error($"one zero point in operand {index}", $"{zero}");

    private static void Store(Tensor target, int index, double value, int zeroPoint)
    {
        (long low, long high) = Elements.Range(target.Type);
        int top = (int)Math.Min(high, int.MaxValue);
        Elements.StoreWrapped(target, index, RoundToClamped(value, zeroPoint, (int)low, top));
    }

    private readonly struct SliceScales
    {
        private readonly float[] scales;
        private readonly long[]? zeros;
        private readonly int extent;
        private readonly int inner;

        public SliceScales(OperatorContext context, Tensor x, int scaleIndex, int zeroIndex)
        {
            scales = context.Input(scaleIndex).ToFloats();
            zeros = context.Optional(zeroIndex)?.ToLongs();
            (extent, inner) = (1, 1);
            if (scales.Length > 1 || context.Input(scaleIndex).Rank > 0 && x.Rank > 0 && scales.Length != 1)
            {
                int axis = Shapes.Axis(context, context.Node.Int("axis", 1), x.Rank);
                (_, extent, inner) = Shapes.Split(x.Dims, axis);
            }
            if (scales.Length != extent || (zeros is not null && zeros.Length != extent))
            {
                throw context.Error($"{extent} scales and zero points", $"{scales.Length} and {zeros?.Length ?? 0}");
            }
        }

        public float Scale(int index) => scales[Slice(index)];

        public long Zero(int index) => zeros is null ? 0 : zeros[Slice(index)];

        private int Slice(int index) => extent == 1 ? 0 : index / inner % extent;
    }
}
