using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <summary>TFLite's integer arithmetic element by element, and its conversions between scales.</summary>
internal static class TfliteIntegerElementwise
{
    private const int LeftShift = 20;

    /// <summary>ADD.</summary>
    public static void Add(OperatorContext context) => AddScaled(context, 1);

    /// <summary>SUB.</summary>
    public static void Sub(OperatorContext context) => AddScaled(context, -1);

    /// <summary>MUL.</summary>
    public static void Mul(OperatorContext context)
    {
        if (PrepareBinary(context) is not { } operands)
        {
            return;
        }
        // The product and the quotient of the scales are floats.
        float factor = operands.ScaleA * operands.ScaleB / operands.Output.Scale;
        (int multiplier, int exponent) = TfliteIntegers.Multiplier(context, factor);
        for (int i = 0; i < operands.Y.Length; i++)
        {
            int product = operands.A(i) * operands.B(i);
            TfliteIntegers.Store(
                operands.Y, i,
                (long)MultiplyByQuantizedMultiplier(product, multiplier, exponent) + operands.Output.ZeroPoint);
        }
    }

    /// <summary>QUANTIZE: from real numbers, or from integers of another scale.</summary>
    public static void Quantize(OperatorContext context)
    {
        Tensor x = context.Input(0);
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        Tensor y = context.Output(0, QuantizedOnnx.OutputType(context, ElementType.Int8), x.Dims);
        if (!y.HasData)
        {
            return;
        }
        if (TfliteIntegers.IsQuantized(x.Type))
        {
            Rescale(context, x, y, output, ActivationRange.None);
            return;
        }
        ReadOnlySpan<float> values = context.Floats(0);
        for (int i = 0; i < values.Length; i++)
        {
            float steps = TfliteIntegers.Round(values[i] / output.Scale);
            TfliteIntegers.Store(y, i, (long)Math.Clamp(steps, -1e6f, 1e6f) + output.ZeroPoint);
        }
    }

    /// <summary>DEQUANTIZE: integers, or half floats, to floats.</summary>
    public static void Dequantize(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, ElementType.Float32, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        Span<float> results = y.Data<float>();
        if (x.Type.IsFloat())
        {
            context.Floats(0).CopyTo(results);
            return;
        }
        QuantizationParameters input = context.InputQuantization(0);
        int inner = input.IsPerAxis ? Shapes.Split(x.Dims, input.Axis).Inner : 1;
        for (int i = 0; i < results.Length; i++)
        {
            int slice = input.IsPerAxis ? i / inner % x.Dims[input.Axis] : 0;
            results[i] = input.ScaleAt(slice) * ((int)x.ValueAt(i) - input.ZeroPointAt(slice));
        }
    }

    /// <summary>RELU and RELU6: a change of scale with a clamp.</summary>
    public static Action<OperatorContext> Clamp(Func<GraphNode, ActivationRange> range) => context =>
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (y.HasData)
        {
            QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
            Rescale(context, x, y, output, range(context.Node));
        }
    };

    /// <summary>LEAKY_RELU: one multiplier for each sign.</summary>
    public static void LeakyRelu(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        double ratio = (double)input.Scale / output.Scale;
        (int multiplier, int exponent) = TfliteIntegers.Multiplier(context, ratio);
        float alpha = context.Node.Float("alpha", 0);
        (int negative, int negativeExponent) =
            TfliteIntegers.Multiplier(context, Math.Abs((double)input.Scale * alpha / output.Scale));
        int sign = alpha < 0 ? -1 : 1;
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        for (int i = 0; i < values.Length; i++)
        {
            long scaled = values[i] >= 0
                ? MultiplyByQuantizedMultiplier(values[i], multiplier, exponent)
                : sign * (long)MultiplyByQuantizedMultiplier(values[i], negative, negativeExponent);
            TfliteIntegers.Store(y, i, scaled + output.ZeroPoint);
        }
    }

    /// <summary>
    /// Functions that TFLite evaluates by a table of floats rounded once: LOGISTIC, TANH and the like.
    /// </summary>
    public static Action<OperatorContext> Table(Func<GraphNode, Func<float, float>> function) => context =>
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        Func<float, float> real = function(context.Node);
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        float inverse = 1 / output.Scale;
        for (int i = 0; i < values.Length; i++)
        {
            float steps = TfliteIntegers.Round(real(input.Scale * values[i]) * inverse);
            TfliteIntegers.Store(y, i, (long)Math.Clamp(steps, -1e6f, 1e6f) + output.ZeroPoint);
        }
    };

    /// <summary>CONCATENATION: operands of another scale are brought to the result's.</summary>
    public static void Concat(OperatorContext context)
    {
        Movement.Concat(context);
        Tensor y = context.Result(0);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), y.Rank);
        int inner = Shapes.Split(y.Dims, axis).Inner;
        int start = 0;
        for (int i = 0; i < context.InputCount; i++)
        {
            int extent = context.Input(i).Dims[axis];
            QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(i));
            if (input.Scale != output.Scale || input.ZeroPoint != output.ZeroPoint)
            {
                RescaleSlice(y, axis, inner, start, extent, input, output);
            }
            start += extent;
        }
    }

    /// <summary>PAD: the new elements hold the value that stands for 0, unless one is given.</summary>
    public static void Pad(OperatorContext context) =>
        Slicing.Pad(context, context.Optional(2) is null ? context.InputQuantization(0).ZeroPoint : null);

    private static void RescaleSlice(
        Tensor y, int axis, int inner, int start, int extent,
        QuantizationParameters input, QuantizationParameters output)
    {
        float inverse = 1 / output.Scale;
        float scale = input.Scale * inverse;
        float bias = -input.ZeroPoint * scale;
        for (int i = 0; i < y.Length; i++)
        {
            int at = i / inner % y.Dims[axis];
            if (at >= start && at < start + extent)
            {
                float value = TfliteIntegers.Round(((float)y.ValueAt(i) * scale) + bias);
                TfliteIntegers.Store(y, i, (long)Math.Clamp(value, -1e6f, 1e6f) + output.ZeroPoint);
            }
        }
    }

    private static void Rescale(
        OperatorContext context, Tensor x, Tensor y, QuantizationParameters output, ActivationRange range)
    {
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        (int multiplier, int exponent) = TfliteIntegers.Multiplier(context, (double)input.Scale / output.Scale);
        (int low, int high) = TfliteIntegers.Clamp(range, output, y.Type);
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        for (int i = 0; i < values.Length; i++)
        {
            long scaled = (long)MultiplyByQuantizedMultiplier(values[i], multiplier, exponent) + output.ZeroPoint;
            TfliteIntegers.Store(y, i, Math.Clamp(scaled, low, high));
        }
    }

    private static void AddScaled(OperatorContext context, int sign)
    {
        if (PrepareBinary(context) is not { } operands)
        {
            return;
        }
        double twice = 2 * (double)Math.Max(operands.ScaleA, operands.ScaleB);
        (int multiplierA, int exponentA) = TfliteIntegers.Multiplier(context, operands.ScaleA / twice);
        (int multiplierB, int exponentB) = TfliteIntegers.Multiplier(context, operands.ScaleB / twice);
        (int multiplier, int exponent) =
            TfliteIntegers.Multiplier(context, twice / ((1 << LeftShift) * (double)operands.Output.Scale));
        for (int i = 0; i < operands.Y.Length; i++)
        {
            int a = MultiplyByQuantizedMultiplier(operands.A(i) << LeftShift, multiplierA, exponentA);
            int b = MultiplyByQuantizedMultiplier(operands.B(i) << LeftShift, multiplierB, exponentB);
            int sum = MultiplyByQuantizedMultiplier(a + (sign * b), multiplier, exponent);
            TfliteIntegers.Store(operands.Y, i, (long)sum + operands.Output.ZeroPoint);
        }
    }

    private static BinaryOperands? PrepareBinary(OperatorContext context)
    {
        Tensor a = context.Input(0);
        Tensor b = context.Input(1);
        if (a.Type != b.Type)
        {
            throw context.Error("operands of one type", $"{a.Type} and {b.Type}");
        }
        Tensor y = context.Output(0, a.Type, Shapes.Broadcast(context, a.Dims, b.Dims));
        if (!y.HasData)
        {
            return null;
        }
        QuantizationParameters left = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters right = TfliteIntegers.PerTensor(context, context.InputQuantization(1));
        return new BinaryOperands(
            y,
            TfliteIntegers.Centred(a, left.ZeroPoint),
            TfliteIntegers.Centred(b, right.ZeroPoint),
            y.Length == 0 ? default : BroadcastReader.Of(context, a, y.Dims),
            y.Length == 0 ? default : BroadcastReader.Of(context, b, y.Dims),
            left.Scale,
            right.Scale,
            TfliteIntegers.PerTensor(context, context.OutputQuantization(0)));
    }

    private sealed record BinaryOperands(
        Tensor Y,
        int[] Left,
        int[] Right,
        BroadcastReader LeftIndex,
        BroadcastReader RightIndex,
        float ScaleA,
        float ScaleB,
        QuantizationParameters Output)
    {
        public int A(int index) => Left[LeftIndex.Index(index)];

        public int B(int index) => Right[RightIndex.Index(index)];
    }
}
