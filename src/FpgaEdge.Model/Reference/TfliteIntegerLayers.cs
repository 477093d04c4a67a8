using FpgaEdge.Model.Integer;
using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// TFLite's integer convolution, dense layer, pools, mean and softmax: 32-bit sums, then a fixed-point multiplier with
/// two roundings. A fused activation is a clamp that <see cref="NodeEvaluator"/> applies afterwards.
/// </summary>
internal static class TfliteIntegerLayers
{
    /// <summary>Conv over int8 (weights per tensor or per filter) or uint8 (weights with a zero point).</summary>
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
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters weights = context.InputQuantization(1);
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        // Per-tensor uint8 layers multiply the two scales as floats; the others work in double throughout.
        bool floatProduct = x.Type == ElementType.UInt8;
        (int Multiplier, int Exponent)[] factors =
            Factors(context, input, weights, output, shape.Filters, floatProduct);
        int[] sums = new int[y.Length];
        FloatOperators.FillBias<int>(context, shape, Bias(context), sums);
        Convolution.Accumulate<int>(
            shape, TfliteIntegers.Centred(x, input.ZeroPoint), CentredWeights(w, weights), sums);
        Requantize(sums, factors, output.ZeroPoint, y);
    }

    /// <summary>Gemm with <c>transB=1</c>: FULLY_CONNECTED.</summary>
    public static void Gemm(OperatorContext context)
    {
        Tensor x = context.Input(0, 2);
        Tensor w = context.Input(1, 2);
        if (x.Rank != 2 || w.Rank != 2 || x.Dims[1] != w.Dims[1])
        {
            throw context.Error("rows and weights of equal length", $"{x} and {w}");
        }
        (int rows, int filters, int depth) = (x.Dims[0], w.Dims[0], w.Dims[1]);
        Tensor y = context.Output(0, x.Type, [rows, filters]);
        if (!y.HasData)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters weights = context.InputQuantization(1);
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        (int Multiplier, int Exponent)[] factors =
            Factors(context, input, weights, output, filters, !weights.IsPerAxis);
        int[] bias = Bias(context);
        if (bias.Length != 0 && bias.Length != filters)
        {
            throw context.Error($"a bias for each of {filters} results", $"{bias.Length}");
        }
        int[] xs = TfliteIntegers.Centred(x, input.ZeroPoint);
        int[] ws = CentredWeights(w, weights);
        int[] sums = new int[y.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            (int row, int filter) = Math.DivRem(i, filters);
            int sum = MatrixMultiply.Dot<int>(xs.AsSpan(row * depth, depth), ws.AsSpan(filter * depth, depth));
            sums[i] = unchecked(sum + (bias.Length == 0 ? 0 : bias[filter]));
        }
        Requantize(sums, factors, output.ZeroPoint, y);
    }

    /// <summary>
    /// AVERAGE_POOL_2D: the sum over the elements inside the image, divided with halves away from zero.
    /// </summary>
    public static void AveragePool(OperatorContext context)
    {
        (Tensor x, PlaneMap map, Tensor y) = Pooling.Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        int[] values = TfliteIntegers.Centred(x, 0);
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int position) = map.Locate(i);
            (int top, int left) = map.Window.Corner(position);
            long sum = 0;
            int count = 0;
            for (int tap = 0; tap < map.Window.Taps; tap++)
            {
                if (map.Window.TryTap(top, left, tap, out int source))
                {
                    sum += values[map.Source(plane, source)];
                    count++;
                }
            }
            TfliteIntegers.Store(y, i, count == 0 ? 0 : DivideAwayFromZero(sum, count));
        }
    }

    /// <summary>MEAN in its form "sum, multiplier, rounded division by the count".</summary>
    public static void ReduceMean(OperatorContext context)
    {
        (Tensor x, Reduction reduction, Tensor y) = Reduction.Prepare(context);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        QuantizationParameters input = TfliteIntegers.PerTensor(context, context.InputQuantization(0));
        QuantizationParameters output = TfliteIntegers.PerTensor(context, context.OutputQuantization(0));
        (int multiplier, int exponent) = TfliteIntegers.Multiplier(context, (double)input.Scale / output.Scale);
        int[] values = TfliteIntegers.Centred(x, input.ZeroPoint);
        int[] sums = new int[y.Length];
        for (int i = 0; i < values.Length; i++)
        {
            sums[reduction.Target(i)] += values[i];
        }
        int count = Math.Max(1, x.Length / y.Length);
        for (int i = 0; i < sums.Length; i++)
        {
            int scaled = MultiplyByQuantizedMultiplier(sums[i], multiplier, exponent);
            TfliteIntegers.Store(y, i, DivideAwayFromZero(scaled, count) + output.ZeroPoint);
        }
    }

    /// <summary>Softmax over the last axis with the fixed-point exponential.</summary>
    public static void Softmax(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        Tensor y = context.Output(0, x.Type, x.Dims);
        if (!y.HasData)
        {
            return;
        }
        const int FractionBits = 26;
        double factor = Math.Min(
            (double)context.Node.Float("beta", 1) * context.InputQuantization(0).Scale * (1 << FractionBits),
            int.MaxValue);
        if (!(factor > 1))
        {
            throw context.Error("a scale above 2^-26", $"{factor / (1 << FractionBits)}");
        }
        (int multiplier, int exponent) = FromRealAboveOne(factor);
        int minimum = FixedPointSoftmax.DifferenceMinimum(exponent);
        int extent = x.Dims[^1];
        int[] values = TfliteIntegers.Centred(x, 0);
        int[] results = new int[values.Length];
        int lowest = (int)Elements.Range(x.Type).Minimum;
        for (int at = 0; at < values.Length; at += extent)
        {
            FixedPointSoftmax.Row(
                values.AsSpan(at, extent), results.AsSpan(at, extent), multiplier, exponent, minimum, lowest);
        }
        for (int i = 0; i < results.Length; i++)
        {
            TfliteIntegers.Store(y, i, results[i]);
        }
    }

    // FromReal stops at 2^30; a saturated softmax factor is 2^31 − 1.
    private static (int Multiplier, int Exponent) FromRealAboveOne(double factor)
    {
        (int multiplier, int exponent) = FromReal(factor / 4);
        return (multiplier, exponent + 2);
    }

    private static (int Multiplier, int Exponent)[] Factors(
        OperatorContext context,
        QuantizationParameters input,
        QuantizationParameters weights,
        QuantizationParameters output,
        int filters,
        bool floatProduct)
    {
        if (weights.IsPerAxis && (weights.Axis != 0 || weights.Scales.Count != filters))
        {
            throw context.Error($"a scale for each of {filters} filters", $"{weights.Scales.Count}");
        }
        (int, int)[] factors = new (int, int)[filters];
        for (int i = 0; i < filters; i++)
        {
            float scale = weights.ScaleAt(i);
            double product = floatProduct ? input.Scale * scale : (double)input.Scale * scale;
            factors[i] = TfliteIntegers.Multiplier(context, product / output.Scale);
        }
        return factors;
    }

    private static int[] Bias(OperatorContext context) => context.Optional(2) is not { } bias ? []
        : bias.Type == ElementType.Int32 ? bias.Data<int>().ToArray()
        : throw context.Error("a bias of Int32", $"{bias.Type}");

    private static int[] CentredWeights(Tensor w, QuantizationParameters weights)
    {
        if (!weights.IsPerAxis)
        {
            return TfliteIntegers.Centred(w, weights.ZeroPoint);
        }
        int[] result = TfliteIntegers.Centred(w, 0);
        int perFilter = result.Length / weights.Scales.Count;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] -= weights.ZeroPointAt(i / perFilter);
        }
        return result;
    }

    // The filter is the last axis of the result in both callers.
    private static void Requantize(
        ReadOnlySpan<int> sums, (int Multiplier, int Exponent)[] factors, int zeroPoint, Tensor y)
    {
        int filter = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            (int multiplier, int exponent) = factors[filter];
            TfliteIntegers.Store(y, i, (long)MultiplyByQuantizedMultiplier(sums[i], multiplier, exponent) + zeroPoint);
            filter = filter + 1 == factors.Length ? 0 : filter + 1;
        }
    }
}
