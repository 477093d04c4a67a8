namespace FpgaEdge.Model.Reference;

/// <summary>Comparisons, choices, repetition, and normalisations over single images.</summary>
internal static class Selection
{
    /// <summary>ONNX Equal, Greater, Less and their kin.</summary>
    public static Action<OperatorContext> Compare(Func<double, double, bool> function) => context =>
    {
        Tensor a = context.Input(0);
        Tensor b = context.Input(1);
        Tensor y = context.Output(0, ElementType.Bool, Shapes.Broadcast(context, a.Dims, b.Dims));
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        BroadcastReader left = BroadcastReader.Of(context, a, y.Dims);
        BroadcastReader right = BroadcastReader.Of(context, b, y.Dims);
        Span<bool> results = y.Data<bool>();
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = function(a.ValueAt(left.Index(i)), b.ValueAt(right.Index(i)));
        }
    };

    /// <summary>ONNX Where: condition, then, else.</summary>
    public static void Where(OperatorContext context)
    {
        Tensor condition = context.Input(0);
        Tensor yes = context.Input(1);
        Tensor no = context.Input(2);
        int[] dims = Shapes.Broadcast(context, Shapes.Broadcast(context, condition.Dims, yes.Dims), no.Dims);
        if (yes.Type != no.Type || condition.Type != ElementType.Bool)
        {
            throw context.Error("a Bool and two operands of one type", $"{condition.Type}, {yes.Type}, {no.Type}");
        }
        Tensor y = context.Output(0, yes.Type, dims);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        BroadcastReader choice = BroadcastReader.Of(context, condition, dims);
        BroadcastReader first = BroadcastReader.Of(context, yes, dims);
        BroadcastReader second = BroadcastReader.Of(context, no, dims);
        for (int i = 0; i < y.Length; i++)
        {
            bool take = condition.Data<bool>()[choice.Index(i)];
            Elements.Copy(take ? yes : no, take ? first.Index(i) : second.Index(i), y, i);
        }
    }

    /// <summary>ONNX Tile: the whole tensor repeated along every axis.</summary>
    public static void Tile(OperatorContext context)
    {
        Tensor x = context.Input(0);
        long[] repeats = context.Integers(1);
        if (repeats.Length != x.Rank || Array.Exists(repeats, count => count is < 0 or > Tensor.MaxElements))
        {
            throw context.Error($"{x.Rank} repeats of 0 or more", $"[{string.Join(',', repeats)}]");
        }
        int[] dims = new int[x.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = (int)Math.Min(repeats[i] * x.Dims[i], int.MaxValue);
        }
        Tensor y = context.Output(0, x.Type, dims);
        if (!y.HasData)
        {
            return;
        }
        int[] strides = TensorLayout.Strides(x.Dims);
        int[] index = new int[dims.Length];
        for (int i = 0; i < y.Length; i++)
        {
            int source = 0;
            for (int axis = 0; axis < index.Length; axis++)
            {
                source += index[axis] % x.Dims[axis] * strides[axis];
            }
            Elements.Copy(x, source, y, i);
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--)
            {
                index[axis] = 0;
            }
        }
    }

    /// <summary>ONNX InstanceNormalization: every plane to mean 0 and variance 1, then scale and bias.</summary>
    public static void InstanceNormalization(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        int channels = x.Dims[1];
        if (context.Input(1).Length != channels || context.Input(2).Length != channels)
        {
            throw context.Error($"{channels} scales and biases", $"{context.Input(1)} and {context.Input(2)}");
        }
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        ReadOnlySpan<float> scale = context.Floats(1);
        ReadOnlySpan<float> bias = context.Floats(2);
        int plane = Shapes.Product(x.Dims[2..]);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int start = 0; start < buffer.Length; start += plane)
        {
            int c = start / plane % channels;
            Normalise(context, context.Floats(0).Slice(start, plane), buffer.Slice(start, plane));
            foreach (ref float value in buffer.Slice(start, plane))
            {
                value = (value * scale[c]) + bias[c];
            }
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX LayerNormalization over the axes from <c>axis</c> on.</summary>
    public static void LayerNormalization(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", -1), x.Rank);
        int run = Shapes.Product(x.Dims[axis..]);
        if (context.Input(1).Length != run || (context.Optional(2) is { } given && given.Length != run))
        {
            throw context.Error($"{run} scales and biases", $"{context.Input(1)}");
        }
        Tensor y = context.Output(0, x.Type, x.Dims);
        // Mean and reciprocal deviation are further results that some exporters name.
        int[] single = [.. x.Dims[..axis], .. Enumerable.Repeat(1, x.Rank - axis)];
        Tensor means = context.Output(1, ElementType.Float32, single);
        Tensor deviations = context.Output(2, ElementType.Float32, single);
        if (!y.HasData || !means.HasData || !deviations.HasData)
        {
            return;
        }
        ReadOnlySpan<float> scale = context.Floats(1);
        ReadOnlySpan<float> bias = context.OptionalFloats(2);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int start = 0; start < buffer.Length; start += run)
        {
            (means.Data<float>()[start / run], deviations.Data<float>()[start / run]) =
                Normalise(context, context.Floats(0).Slice(start, run), buffer.Slice(start, run));
            for (int i = 0; i < run; i++)
            {
                buffer[start + i] = (buffer[start + i] * scale[i]) + (bias.IsEmpty ? 0 : bias[i]);
            }
        }
        OperatorContext.Finish(buffer, y);
    }

    private static (float Mean, float Factor) Normalise(OperatorContext context, ReadOnlySpan<float> values, Span<float> results)
    {
        float epsilon = context.Node.Float("epsilon", 1e-5f);
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }
        double mean = sum / values.Length;
        double squares = 0;
        foreach (float value in values)
        {
            squares += (value - mean) * (value - mean);
        }
        double factor = 1 / Math.Sqrt((squares / values.Length) + epsilon);
        for (int i = 0; i < values.Length; i++)
        {
            results[i] = (float)((values[i] - mean) * factor);
        }
        return ((float)mean, (float)factor);
    }
}
