namespace FpgaEdge.Model.Reference;

/// <summary>Operators that work element by element, on real numbers or on plain integers.</summary>
internal static class Elementwise
{
    /// <summary>A one-operand function of real numbers.</summary>
    public static Action<OperatorContext> Unary(Func<float, float> function) => context =>
    {
        Tensor x = context.Input(0);
        Apply(context, x, function);
    };

    /// <summary>A one-operand function with parameters from the node.</summary>
    public static Action<OperatorContext> Unary(Func<GraphNode, Func<float, float>> function) => context =>
    {
        Tensor x = context.Input(0);
        Apply(context, x, function(context.Node));
    };

    /// <summary>A one-operand function of real numbers or of plain integers, which wrap.</summary>
    public static Action<OperatorContext> Signed(Func<float, float> real, Func<long, long> whole) => context =>
    {
        Tensor x = context.Input(0);
        if (x.Type.IsFloat())
        {
            Apply(context, x, real);
            return;
        }
        Tensor y = context.Output(0, x.Type, x.Dims);
        long[] values = y.HasData ? x.ToLongs() : [];
        for (int i = 0; i < values.Length; i++)
        {
            Elements.StoreWrapped(y, i, whole(values[i]));
        }
    };

    /// <summary>A two-operand function with broadcasting; integers wrap.</summary>
    public static Action<OperatorContext> Binary(Func<float, float, float> real, Func<long, long, long> whole) =>
        context => ApplyBinary(context, 0, context.Input(0), context.Input(1), real, whole);

    /// <summary>ONNX Sum, Max, Min: a two-operand function folded over any number of operands.</summary>
    public static Action<OperatorContext> Fold(Func<float, float, float> real, Func<long, long, long> whole) =>
        context =>
        {
            Tensor result = context.Input(0);
            for (int i = 1; i < context.InputCount; i++)
            {
                result = ApplyBinary(context, 0, result, context.Input(i), real, whole);
            }
            context.Set(0, result);
        };

    /// <summary>ONNX Mean of any number of operands.</summary>
    public static void Mean(OperatorContext context)
    {
        Fold((a, b) => a + b, (a, b) => a + b)(context);
        Tensor sum = context.Result(0);
        if (!sum.HasData)
        {
            return;
        }
        if (!sum.Type.IsFloat())
        {
            throw context.Error("floating-point operands", $"{sum.Type}");
        }
        float[] means = Array.ConvertAll(sum.ToFloats(), value => value / context.InputCount);
        OperatorContext.Store(means, context.Output(0, sum.Type, sum.Dims));
    }

    /// <summary>ONNX Relu for every numeric type.</summary>
    public static void Relu(OperatorContext context) =>
        Clamp(context, 0, double.PositiveInfinity);

    /// <summary>ONNX Clip: bounds as attributes (before version 11) or as operands.</summary>
    public static void Clip(OperatorContext context)
    {
        double minimum = context.Node.Float("min", float.NegativeInfinity);
        double maximum = context.Node.Float("max", float.PositiveInfinity);
        Clamp(context, Bound(context, 1) ?? minimum, Bound(context, 2) ?? maximum);
    }

    /// <summary>ONNX PRelu: a slope that broadcasts to the input.</summary>
    public static void PRelu(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor slope = context.Input(1);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        BroadcastReader slopes = BroadcastReader.Of(context, slope, x.Dims);
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = values[i] < 0 ? slopes.Float(i) * values[i] : values[i];
        }
        OperatorContext.Finish(buffer, y);
    }

    private static double? Bound(OperatorContext context, int index) =>
        context.Optional(index) is not { } bound ? null
        : bound.HasData && bound.Length == 1 ? bound.ValueAt(0)
        : throw context.Error($"a constant bound in operand {index}", $"{bound}");

    private static void Clamp(OperatorContext context, double minimum, double maximum)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        if (x.Type.IsFloat())
        {
            (float low, float high) = ((float)minimum, (float)maximum);
            ReadOnlySpan<float> values = context.Floats(0);
            Span<float> buffer = OperatorContext.FloatBuffer(y);
            for (int i = 0; i < buffer.Length; i++)
            {
                buffer[i] = MathF.Min(MathF.Max(values[i], low), high);
            }
            OperatorContext.Finish(buffer, y);
            return;
        }
        for (int i = 0; i < y.Length; i++)
        {
            Elements.StoreWrapped(y, i, (long)Math.Min(Math.Max(x.ValueAt(i), minimum), maximum));
        }
    }

    private static void Apply(OperatorContext context, Tensor x, Func<float, float> function)
    {
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = function(values[i]);
        }
        OperatorContext.Finish(buffer, y);
    }

    private static Tensor ApplyBinary(
        OperatorContext context,
        int index,
        Tensor a,
        Tensor b,
        Func<float, float, float> real,
        Func<long, long, long> whole)
    {
        if (a.Type != b.Type)
        {
            throw context.Error("operands of one type", $"{a.Type} and {b.Type}");
        }
        Tensor y = context.Output(index, a.Type, Shapes.Broadcast(context, a.Dims, b.Dims));
        if (!y.HasData || y.Length == 0)
        {
            return y;
        }
        BroadcastReader left = BroadcastReader.Of(context, a, y.Dims);
        BroadcastReader right = BroadcastReader.Of(context, b, y.Dims);
        if (!a.Type.IsFloat())
        {
            for (int i = 0; i < y.Length; i++)
            {
                Elements.StoreWrapped(y, i, whole(left.Long(i), right.Long(i)));
            }
            return y;
        }
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = real(left.Float(i), right.Float(i));
        }
        OperatorContext.Finish(buffer, y);
        return y;
    }
}
