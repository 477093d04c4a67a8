namespace FpgaEdge.Model.Reference;

/// <summary>Convolutions, dense layers and normalisations over real numbers.</summary>
internal static class FloatOperators
{
    /// <summary>ONNX Conv: X, W, optional B.</summary>
    public static void Conv(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        Tensor w = context.Input(1, 3);
        ConvolutionShape shape = Convolution.Shape(context, x, w);
        Tensor y = context.Output(0, x.Type, shape.OutputDims(x.Rank - 2));
        if (!y.HasData)
        {
            return;
        }
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        FillBias(context, shape, context.OptionalFloats(2), buffer);
        Convolution.Accumulate(shape, context.Floats(0), context.Floats(1), buffer);
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>Spreads one value per filter over all results, in the layout of the shape.</summary>
    public static void FillBias<T>(OperatorContext context, in ConvolutionShape shape, ReadOnlySpan<T> bias, Span<T> y)
    {
        if (bias.IsEmpty)
        {
            return;
        }
        if (bias.Length != shape.Filters)
        {
            throw context.Error($"a bias for each of {shape.Filters} filters", $"{bias.Length}");
        }
        int run = shape.Layout == ChannelLayout.ChannelsFirst ? shape.Positions : 1;
        int filter = 0;
        for (; y.Length > 0; y = y[run..])
        {
            y[..run].Fill(bias[filter]);
            filter = filter + 1 == bias.Length ? 0 : filter + 1;
        }
    }

    /// <summary>ONNX Gemm: alpha·A'·B' + beta·C.</summary>
    public static void Gemm(OperatorContext context)
    {
        Tensor a = context.Input(0, 2);
        Tensor b = context.Input(1, 2);
        bool transposeA = context.Node.Int("transA", 0) != 0;
        bool transposeB = context.Node.Int("transB", 0) != 0;
        (int m, int k) = transposeA ? (a.Dims[1], a.Dims[0]) : (a.Dims[0], a.Dims[1]);
        (int n, int depth) = transposeB ? (b.Dims[0], b.Dims[1]) : (b.Dims[1], b.Dims[0]);
        if (a.Rank != 2 || b.Rank != 2 || k != depth)
        {
            throw context.Error("two matrices that can be multiplied", $"{a} and {b}");
        }
        Tensor y = context.Output(0, a.Type, [m, n]);
        if (!y.HasData)
        {
            return;
        }
        ReadOnlySpan<float> rows = transposeA ? Transposed(context.Floats(0), k, m) : context.Floats(0);
        ReadOnlySpan<float> columns = transposeB ? context.Floats(1) : Transposed(context.Floats(1), k, n);
        float alpha = context.Node.Float("alpha", 1);
        float beta = context.Node.Float("beta", 1);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        BroadcastReader bias = BroadcastReader.Of(context, context.Optional(2), y.Dims);
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                float sum = MatrixMultiply.Dot(rows.Slice(row * k, k), columns.Slice(column * k, k));
                int at = (row * n) + column;
                buffer[at] = (alpha * sum) + (beta * bias.Float(at));
            }
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX MatMul: stacks of matrices, real or whole.</summary>
    public static void MatMul(OperatorContext context)
    {
        Tensor a = context.Input(0);
        Tensor b = context.Input(1);
        MatrixShape shape = MatrixShape.Of(context, a, b);
        Tensor y = context.Output(0, a.Type, shape.Dims);
        if (!y.HasData)
        {
            return;
        }
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        shape.Accumulate(context.Floats(0), context.Floats(1), buffer);
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX Softmax; before version 13 all axes from <c>axis</c> on count as one.</summary>
    public static void Softmax(OperatorContext context) => Softmax(context, logarithm: false);

    /// <summary>ONNX LogSoftmax, with the axes of Softmax.</summary>
    public static void LogSoftmax(OperatorContext context) => Softmax(context, logarithm: true);

    private static void Softmax(OperatorContext context, bool logarithm)
    {
        Tensor x = context.Input(0);
        bool coerced = !context.IsTflite && context.Node.Version < 13;
        int axis = Shapes.Axis(context, context.Node.Int("axis", coerced ? 1 : -1), x.Rank);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        float beta = context.Node.Float("beta", 1);
        (int outer, int extent, int inner) = Shapes.Split(x.Dims, axis);
        if (coerced)
        {
            (extent, inner) = (extent * inner, 1);
        }
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < inner; i++)
            {
                SoftmaxLine(values, buffer, (o * extent * inner) + i, extent, inner, beta);
            }
        }
        for (int i = 0; logarithm && i < buffer.Length; i++)
        {
            buffer[i] = MathF.Log(buffer[i]);
        }
        OperatorContext.Finish(buffer, y);
    }

    private static void SoftmaxLine(
        ReadOnlySpan<float> x, Span<float> y, int start, int extent, int stride, float beta)
    {
        float maximum = float.NegativeInfinity;
        for (int i = 0; i < extent; i++)
        {
            maximum = Math.Max(maximum, x[start + (i * stride)]);
        }
        double sum = 0;
        for (int i = 0; i < extent; i++)
        {
            float value = MathF.Exp((x[start + (i * stride)] - maximum) * beta);
            y[start + (i * stride)] = value;
            sum += value;
        }
        for (int i = 0; i < extent; i++)
        {
            y[start + (i * stride)] = (float)(y[start + (i * stride)] / sum);
        }
    }

    private static float[] Transposed(ReadOnlySpan<float> matrix, int rows, int columns)
    {
        float[] result = new float[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                result[(column * rows) + row] = matrix[(row * columns) + column];
            }
        }
        return result;
    }
}
