namespace FpgaEdge.Model.Reference;

/// <summary>Normalisations and reductions over real numbers.</summary>
internal static class Normalization
{
    /// <summary>ONNX BatchNormalization in inference: X, scale, B, mean, variance.</summary>
    public static void BatchNormalization(OperatorContext context)
    {
        Tensor x = context.Input(0, 2);
        Tensor y = context.Output(0, x.Type, x.Dims);
        for (int i = 1; i < context.OutputCount; i++)
        {
            // Training leaves its statistics here; in inference they are what came in.
            context.Set(i, context.Input(i is 1 or 3 ? 3 : 4));
        }
        int channels = x.Dims[1];
        for (int i = 1; i <= 4; i++)
        {
            if (context.Input(i).Length != channels)
            {
                throw context.Error($"{channels} values in operand {i}", $"{context.Input(i)}");
            }
        }
        if (context.Node.Int("training_mode", 0) != 0)
        {
            throw context.Error("inference", "training_mode");
        }
        if (!y.HasData)
        {
            return;
        }
        float epsilon = context.Node.Float("epsilon", 1e-5f);
        ReadOnlySpan<float> values = context.Floats(0);
        ReadOnlySpan<float> scale = context.Floats(1);
        ReadOnlySpan<float> bias = context.Floats(2);
        ReadOnlySpan<float> mean = context.Floats(3);
        ReadOnlySpan<float> variance = context.Floats(4);
        int plane = Shapes.Product(x.Dims[2..]);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            int c = i / plane % channels;
            buffer[i] = ((values[i] - mean[c]) / MathF.Sqrt(variance[c] + epsilon) * scale[c]) + bias[c];
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX LRN: x / (bias + alpha/size · Σ x² over neighbouring channels)^beta.</summary>
    public static void Lrn(OperatorContext context)
    {
        Tensor x = context.Input(0, 2);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        long size = context.Node.Int("size", 1);
        double alpha = context.Node.Float("alpha", 1e-4f);
        double beta = context.Node.Float("beta", 0.75f);
        double bias = context.Node.Float("bias", 1);
        if (size < 1)
        {
            throw context.Error("a size of 1 or more", $"{size}");
        }
        int channels = x.Dims[1];
        int plane = Shapes.Product(x.Dims[2..]);
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            int c = i / plane % channels;
            int first = i - (c * plane);
            double sum = 0;
            long from = Math.Max(0, c - ((size - 1) / 2));
            long to = Math.Min(channels - 1, c + (size / 2));
            for (long k = from; k <= to; k++)
            {
                float neighbour = values[first + ((int)k * plane)];
                sum += (double)neighbour * neighbour;
            }
            buffer[i] = (float)(values[i] / Math.Pow(bias + (alpha / size * sum), beta));
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX ReduceMean and ReduceSum.</summary>
    public static Action<OperatorContext> Reduce(bool mean) => context =>
    {
        (Tensor x, Reduction map, Tensor y) = Reduction.Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        double[] sums = new double[y.Length];
        for (int i = 0; i < x.Length; i++)
        {
            sums[map.Target(i)] += x.ValueAt(i);
        }
        double count = mean ? Math.Max(1, x.Length / Math.Max(1, y.Length)) : 1;
        StoreDoubles(Array.ConvertAll(sums, sum => sum / count), y);
    };

    /// <summary>ONNX ReduceL1, ReduceL2, ReduceSumSquare, ReduceLogSum and ReduceProd.</summary>
    /// <param name="start">Of nothing.</param>
    /// <param name="add">From what there is and the next element.</param>
    /// <param name="finish">From all to the result.</param>
    public static Action<OperatorContext> Reduce(
        double start, Func<double, double, double> add, Func<double, double> finish) => context =>
    {
        (Tensor x, Reduction map, Tensor y) = Reduction.Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        double[] totals = new double[y.Length];
        Array.Fill(totals, start);
        for (int i = 0; i < x.Length; i++)
        {
            ref double total = ref totals[map.Target(i)];
            total = add(total, x.ValueAt(i));
        }
        StoreDoubles(Array.ConvertAll(totals, total => finish(total)), y);
    };

    /// <summary>ONNX ReduceMax and ReduceMin.</summary>
    public static Action<OperatorContext> Extreme(int sign) => context =>
    {
        (Tensor x, Reduction map, Tensor y) = Reduction.Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        double[] best = new double[y.Length];
        Array.Fill(best, double.NegativeInfinity);
        for (int i = 0; i < x.Length; i++)
        {
            ref double value = ref best[map.Target(i)];
            value = Math.Max(value, sign * x.ValueAt(i));
        }
        StoreDoubles(Array.ConvertAll(best, value => sign * value), y);
    };

    /// <summary>ONNX ArgMax and ArgMin; of equal elements the first, or the last when asked.</summary>
    public static Action<OperatorContext> Arg(int sign) => context =>
    {
        Tensor x = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), x.Rank);
        bool last = context.Node.Int("select_last_index", 0) != 0;
        List<int> dims = [.. x.Dims];
        if (context.Node.Int("keepdims", 1) != 0)
        {
            dims[axis] = 1;
        }
        else
        {
            dims.RemoveAt(axis);
        }
        (_, int extent, int inner) = Shapes.Split(x.Dims, axis);
        if (extent == 0)
        {
            throw context.Error("at least one element", $"{x}");
        }
        Tensor y = context.Output(0, ElementType.Int64, dims.ToArray());
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            int start = (i / inner * extent * inner) + (i % inner);
            int best = 0;
            for (int k = 1; k < extent; k++)
            {
                double difference = sign * (x.ValueAt(start + (k * inner)) - x.ValueAt(start + (best * inner)));
                best = difference > 0 || (last && difference == 0) ? k : best;
            }
            y.Data<long>()[i] = best;
        }
    };

    private static void StoreDoubles(double[] values, Tensor target)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (target.Type.IsFloat())
            {
                Elements.StoreReal(target, i, values[i]);
            }
            else
            {
                Elements.StoreWrapped(target, i, (long)values[i]);
            }
        }
    }
}
