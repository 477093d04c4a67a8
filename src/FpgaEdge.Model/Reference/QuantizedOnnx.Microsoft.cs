namespace FpgaEdge.Model.Reference;

/// <content>The operators that onnxruntime adds (com.microsoft), in the same arithmetic.</content>
internal static partial class QuantizedOnnx
{
    /// <summary>
    /// com.microsoft QGemm: a, scale, zero, b, scale, zero, optional bias (Int32), optional y's scale and zero; without
    /// these the result is Float32.
    /// </summary>
    public static void QGemm(OperatorContext context)
    {
        Tensor a = context.Input(0, 2);
        Tensor b = context.Input(3, 2);
        bool transposeA = context.Node.Int("transA", 0) != 0;
        bool transposeB = context.Node.Int("transB", 0) != 0;
        (int m, int k) = transposeA ? (a.Dims[1], a.Dims[0]) : (a.Dims[0], a.Dims[1]);
        (int n, int depth) = transposeB ? (b.Dims[0], b.Dims[1]) : (b.Dims[1], b.Dims[0]);
        if (a.Rank != 2 || b.Rank != 2 || k != depth)
        {
            throw context.Error("two matrices that can be multiplied", $"{a} and {b}");
        }
        bool isReal = context.Optional(7) is null;
        Tensor y = context.Output(0, isReal ? ElementType.Float32 : context.Optional(8)?.Type ?? a.Type, [m, n]);
        if (!y.HasData)
        {
            return;
        }
        int[] left = Centred(context, 0, 2);
        int[] right = transposeB ? CentredFilters(context, 3, 5) : CentredColumns(context, 3, 5);
        int[] sums = new int[y.Length];
        BroadcastReader bias = BroadcastReader.Of(context, context.Optional(6), y.Dims);
        for (int i = 0; i < sums.Length; i++)
        {
            (int row, int column) = Math.DivRem(i, n);
            long sum = bias.Long(i);
            for (int at = 0; at < k; at++)
            {
                sum += (long)left[transposeA ? (at * m) + row : (row * k) + at]
                    * right[transposeB ? (column * k) + at : (at * n) + column];
            }
            sums[i] = unchecked((int)sum);
        }
        double[] factors = Factors(context, 4, n, isReal ? -1 : 7);
        double alpha = context.Node.Float("alpha", 1);
        int zero = Zero(context, 8);
        for (int i = 0; i < sums.Length; i++)
        {
            double value = alpha * factors[i % n] * sums[i];
            if (isReal)
            {
                y.Data<float>()[i] = (float)value;
            }
            else
            {
                Store(y, i, value, zero);
            }
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
}
