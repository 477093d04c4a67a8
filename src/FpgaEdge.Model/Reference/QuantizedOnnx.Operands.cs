using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Reference;

/// <content>Scales, zero points and centred values of operands.</content>
internal static partial class QuantizedOnnx
{
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

    // As CentredFilters, with a zero point for each of the columns of a matrix.
    private static int[] CentredColumns(OperatorContext context, int index, int zeroIndex)
    {
        Tensor w = context.Input(index);
        if (context.Optional(zeroIndex) is not { } zeros || zeros.Length == 1)
        {
            return Centred(context, index, zeroIndex);
        }
        if (w.Rank < 2 || zeros.Length != w.Dims[^1])
        {
            throw context.Error($"one zero point or one for each column of {w}", $"{zeros}");
        }
        int[] values = TfliteIntegers.Centred(w, 0);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] -= (int)zeros.ValueAt(i % zeros.Length);
        }
        return values;
    }

    // Factor per filter: x scale (operand 1) · w scale · 1 / y scale; no y scale for −1.
    private static double[] Factors(OperatorContext context, int weightScaleIndex, int filters, int resultScaleIndex)
    {
        double result = resultScaleIndex < 0 ? 1 : Scale(context, resultScaleIndex);
        Tensor scales = context.Input(weightScaleIndex);
        if (scales.Length != 1 && scales.Length != filters)
        {
            throw context.Error($"one scale or one for each of {filters} filters", $"{scales}");
        }
        double[] factors = new double[filters];
        for (int i = 0; i < filters; i++)
        {
            factors[i] = Scale(context, 1) * scales.ValueAt(scales.Length == 1 ? 0 : i) / result;
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
