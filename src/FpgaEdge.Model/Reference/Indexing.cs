namespace FpgaEdge.Model.Reference;

/// <summary>Operators that number, choose and arrange elements by index.</summary>
internal static class Indexing
{
    /// <summary>ONNX Size; known even where the data is not.</summary>
    public static void Size(OperatorContext context) => context.Set(0, Tensor.Scalar((long)context.Input(0).Length));

    /// <summary>ONNX Range: from a start, below or above a limit, by a step.</summary>
    public static void Range(OperatorContext context)
    {
        Tensor start = Scalar(context, 0), limit = Scalar(context, 1), delta = Scalar(context, 2);
        double step = delta.ValueAt(0);
        double count = Math.Ceiling((limit.ValueAt(0) - start.ValueAt(0)) / step);
        if (start.Type != limit.Type || start.Type != delta.Type || !(count <= Tensor.MaxElements))
        {
            throw context.Error($"three numbers of one type and at most {Tensor.MaxElements} steps", $"{count} steps");
        }
        Tensor y = context.Output(0, start.Type, [Math.Max(0, (int)count)]);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            Put(y, i, start.ValueAt(0) + (i * step));
        }
    }

    /// <summary>ONNX CastLike: to the element type of the second operand.</summary>
    public static void CastLike(OperatorContext context)
    {
        Tensor x = context.Input(0);
        Tensor y = context.Output(0, context.Input(1).Type, x.Dims);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            Put(y, i, x.ValueAt(i));
        }
    }

    /// <summary>ONNX GatherElements: one index per element along an axis.</summary>
    public static void GatherElements(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        Tensor indices = context.Input(1, x.Rank);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), x.Rank);
        for (int i = 0; i < x.Rank; i++)
        {
            if (indices.Rank != x.Rank || (i != axis && indices.Dims[i] > x.Dims[i]))
            {
                throw context.Error($"indices within {x}", $"{indices}");
            }
        }
        Tensor y = context.Output(0, x.Type, indices.Dims);
        if (!y.HasData)
        {
            return;
        }
        long[] picks = context.Integers(1);
        int[] from = TensorLayout.Strides(x.Dims);
        int[] to = TensorLayout.Strides(y.Dims);
        for (int i = 0; i < picks.Length; i++)
        {
            int source = Pick(context, picks[i], x.Dims[axis]) * from[axis];
            for (int k = 0; k < x.Rank; k++)
            {
                source += k == axis ? 0 : i / to[k] % y.Dims[k] * from[k];
            }
            Elements.Copy(x, source, y, i);
        }
    }

    /// <summary>ONNX GatherND without batch dimensions, or with: index tuples along the last axis.</summary>
    public static void GatherNd(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        Tensor indices = context.Input(1, 1);
        int batch = (int)Math.Clamp(context.Node.Int("batch_dims", 0), -1, Tensor.MaxElements);
        int depth = indices.Dims[^1];
        if (batch < 0 || batch >= indices.Rank || batch + depth > x.Rank || !x.Dims[..batch].SequenceEqual(indices.Dims[..batch]))
        {
            throw context.Error($"index tuples for {x}", $"{indices} with {batch} batch dimensions");
        }
        Tensor y = context.Output(0, x.Type, [.. indices.Dims[..^1], .. x.Dims[(batch + depth)..]]);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        long[] picks = context.Integers(1);
        int[] strides = TensorLayout.Strides(x.Dims);
        int batches = Shapes.Product(x.Dims[..batch]);
        int run = Shapes.Product(x.Dims[(batch + depth)..]);
        int tuples = y.Length / run;
        for (int i = 0; i < tuples; i++)
        {
            int source = i / (tuples / batches) * (x.Length / batches);
            for (int k = 0; k < depth; k++)
            {
                source += Pick(context, picks[(i * depth) + k], x.Dims[batch + k]) * strides[batch + k];
            }
            for (int k = 0; k < run; k++)
            {
                Elements.Copy(x, source + k, y, (i * run) + k);
            }
        }
    }

    /// <summary>ONNX CumSum along one axis.</summary>
    public static void CumulativeSum(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        long[] given = context.Integers(1);
        int axis = Shapes.Axis(context, given.Length == 1 ? given[0] : long.MaxValue, x.Rank);
        bool exclusive = context.Node.Int("exclusive", 0) != 0;
        bool reverse = context.Node.Int("reverse", 0) != 0;
        Tensor y = context.Output(0, x.Type, x.Dims);
        (int outer, int extent, int inner) = Shapes.Split(x.Dims, axis);
        for (int line = 0; y.HasData && line < outer * inner; line++)
        {
            double sum = 0;
            for (int k = 0; k < extent; k++)
            {
                int along = reverse ? extent - 1 - k : k;
                int at = (((line / inner * extent) + along) * inner) + (line % inner);
                double value = x.ValueAt(at);
                Put(y, at, exclusive ? sum : sum + value);
                sum += value;
            }
        }
    }

    /// <summary>ONNX Trilu: the upper or lower triangle of every matrix.</summary>
    public static void Triangle(OperatorContext context)
    {
        Tensor x = context.Input(0, 2);
        bool upper = context.Node.Int("upper", 1) != 0;
        long diagonal = context.Optional(1) is null ? 0 : context.Integers(1)[0];
        Tensor y = context.Output(0, x.Type, x.Dims);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            long off = (i % x.Dims[^1]) - (i / x.Dims[^1] % x.Dims[^2]);
            if (upper ? off >= diagonal : off <= diagonal)
            {
                Elements.Copy(x, i, y, i);
            }
        }
    }

    /// <summary>ONNX Hardmax: 1 at the first largest element along an axis.</summary>
    public static void Hardmax(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", context.Node.Version < 13 ? 1 : -1), x.Rank);
        (int outer, int extent, int inner) = context.Node.Version < 13
            ? (Shapes.Product(x.Dims[..axis]), Shapes.Product(x.Dims[axis..]), 1) : Shapes.Split(x.Dims, axis);
        Tensor y = context.Output(0, x.Type, x.Dims);
        for (int line = 0; y.HasData && line < outer * inner && extent > 0; line++)
        {
            int start = (line / inner * extent * inner) + (line % inner);
            int best = 0;
            for (int k = 1; k < extent; k++)
            {
                best = x.ValueAt(start + (k * inner)) > x.ValueAt(start + (best * inner)) ? k : best;
            }
            Put(y, start + (best * inner), 1);
        }
    }

    /// <summary>ONNX TopK: the largest or smallest along an axis, sorted, with their indices.</summary>
    public static void TopK(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", -1), x.Rank);
        long count = context.Node.Version < 10 ? context.Node.Int("k", 0) : context.Integers(1)[0];
        int sign = context.Node.Int("largest", 1) != 0 ? -1 : 1;
        (int outer, int extent, int inner) = Shapes.Split(x.Dims, axis);
        if (count < 0 || count > extent)
        {
            throw context.Error($"0…{extent} elements", $"{count}");
        }
        int[] dims = x.Dims.ToArray();
        dims[axis] = (int)count;
        Tensor values = context.Output(0, x.Type, dims);
        Tensor indices = context.Output(1, ElementType.Int64, dims);
        for (int line = 0; values.HasData && indices.HasData && line < outer * inner; line++)
        {
            int Place(int k, long size) => (int)(((line / inner * size) + k) * inner) + (line % inner);
            int[] order = [.. Enumerable.Range(0, extent).OrderBy(k => sign * x.ValueAt(Place(k, extent)))];
            for (int k = 0; k < count; k++)
            {
                Elements.Copy(x, Place(order[k], extent), values, Place(k, count));
                indices.Data<long>()[Place(k, count)] = order[k];
            }
        }
    }

    /// <summary>ONNX OneHot: off and on values along a new axis.</summary>
    public static void OneHot(OperatorContext context)
    {
        Tensor indices = context.Input(0);
        Tensor depth = Scalar(context, 1);
        Tensor values = context.Input(2, 1);
        double classes = depth.ValueAt(0);
        int axis = Shapes.Axis(context, context.Node.Int("axis", -1), indices.Rank + 1);
        if (values.Length != 2 || classes is not (>= 1 and <= Tensor.MaxElements))
        {
            throw context.Error("a depth of 1 or more, an off and an on value", $"{classes} and {values}");
        }
        Tensor y = context.Output(0, values.Type, [.. indices.Dims[..axis], (int)classes, .. indices.Dims[axis..]]);
        int inner = Shapes.Product(indices.Dims[axis..]);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            int along = i / inner % (int)classes;
            double index = indices.ValueAt((i / inner / (int)classes * inner) + (i % inner));
            bool on = index == along || index + (int)classes == along;
            Elements.Copy(values, on ? 1 : 0, y, i);
        }
    }

    private static Tensor Scalar(OperatorContext context, int index) => context.Input(index) is { HasData: true, Length: 1 } x
        ? x : throw context.Error($"one constant number in operand {index}", $"{context.Input(index)}");

    private static int Pick(OperatorContext context, long index, int extent)
    {
        long pick = index < 0 ? index + extent : index;
        return pick >= 0 && pick < extent ? (int)pick
            : throw context.Error($"indices of −{extent}…{extent - 1}", $"{index}");
    }

    private static void Put(Tensor target, int index, double value)
    {
        if (target.Type.IsFloat())
        {
            Elements.StoreReal(target, index, value);
        }
        else
        {
            Elements.StoreWrapped(target, index, target.Type == ElementType.Bool ? (value != 0 ? 1 : 0) : (long)value);
        }
    }
}
