using System.Globalization;

namespace FpgaEdge.Model.Reference;

/// <summary>Operators that move elements without changing them; they work for every element type.</summary>
internal static class Movement
{
    /// <summary>Identity and, in inference, Dropout (whose mask is all true).</summary>
    public static void Identity(OperatorContext context)
    {
        Tensor x = context.Input(0);
        context.Set(0, x);
        if (context.OutputCount > 1)
        {
            Tensor mask = context.Output(1, ElementType.Bool, x.Dims);
            if (mask.HasData)
            {
                mask.Data<bool>().Fill(true);
            }
        }
    }

    /// <summary>ONNX Reshape: 0 keeps an extent (unless allowzero), −1 takes what is left.</summary>
    public static void Reshape(OperatorContext context)
    {
        Tensor x = context.Input(0);
        IReadOnlyList<long> shape = context.IntegersOrAttribute(1, "shape") ?? throw context.Error("a shape", "none");
        bool allowZero = context.Node.Int("allowzero", 0) != 0 || context.IsTflite;
        long[] dims = new long[shape.Count];
        int open = -1;
        long known = 1;
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = shape[i] == 0 && !allowZero && i < x.Rank ? x.Dims[i] : shape[i];
            if (dims[i] == -1 && open < 0)
            {
                open = i;
            }
            else
            {
                known = dims[i] is >= 0 and <= Tensor.MaxElements && known <= Tensor.MaxElements
                    ? known * dims[i]
                    : throw Mismatch(context, x, shape);
            }
        }
        if (open >= 0)
        {
            dims[open] = known > 0 ? x.Length / known : 0;
            known *= dims[open];
        }
        if (known != x.Length)
        {
            throw Mismatch(context, x, shape);
        }
        context.Set(0, x.Reshape(Array.ConvertAll(dims, dim => (int)dim)));
    }

    /// <summary>ONNX Flatten: the axes before <c>axis</c> become one, those from it on the other.</summary>
    public static void Flatten(OperatorContext context)
    {
        Tensor x = context.Input(0);
        long axis = context.Node.Int("axis", 1);
        axis = axis < 0 ? axis + x.Rank : axis;
        if (axis < 0 || axis > x.Rank)
        {
            throw context.Error($"an axis of −{x.Rank}…{x.Rank}", $"{axis}");
        }
        context.Set(0, x.Reshape(Shapes.Product(x.Dims[..(int)axis]), Shapes.Product(x.Dims[(int)axis..])));
    }

    /// <summary>ONNX Transpose; without <c>perm</c> the axes are reversed.</summary>
    public static void Transpose(OperatorContext context)
    {
        Tensor x = context.Input(0);
        int[] order = new int[x.Rank];
        IReadOnlyList<long>? perm = context.Node.Ints("perm");
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = perm is null ? order.Length - 1 - i
                : perm.Count == order.Length ? (int)Math.Clamp(perm[i], -1, order.Length) : -1;
        }
        int[] sorted = [.. order];
        Array.Sort(sorted);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] != i)
            {
                throw context.Error($"a permutation of {order.Length} axes", $"[{string.Join(',', perm ?? [])}]");
            }
        }
        int[] dims = Array.ConvertAll(order, axis => x.Dims[axis]);
        Tensor y = context.Output(0, x.Type, dims);
        if (y.HasData)
        {
            context.Set(0, TensorLayout.Transpose(x, order));
        }
    }

    /// <summary>ONNX Concat along one axis.</summary>
    public static void Concat(OperatorContext context)
    {
        Tensor first = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), first.Rank);
        int[] dims = first.Dims.ToArray();
        long extent = 0;
        for (int i = 0; i < context.InputCount; i++)
        {
            Tensor x = context.Input(i, 1);
            if (x.Type != first.Type || x.Rank != first.Rank || !x.Dims[..axis].SequenceEqual(first.Dims[..axis])
                || !x.Dims[(axis + 1)..].SequenceEqual(first.Dims[(axis + 1)..]))
            {
                throw context.Error($"operands like {first} but for axis {axis}", $"{x}");
            }
            extent += x.Dims[axis];
        }
        dims[axis] = (int)Math.Min(extent, int.MaxValue);
        Tensor y = context.Output(0, first.Type, dims);
        if (!y.HasData)
        {
            return;
        }
        int size = first.Type.SizeBytes();
        (int outer, _, int inner) = Shapes.Split(dims, axis);
        int offset = 0;
        for (int i = 0; i < context.InputCount; i++)
        {
            Tensor x = context.Input(i);
            int run = x.Dims[axis] * inner * size;
            for (int o = 0; o < outer; o++)
            {
                x.Bytes.Slice(o * run, run).CopyTo(y.Bytes[((o * dims[axis] * inner * size) + offset)..]);
            }
            offset += run;
        }
    }

    private static ModelFormatException Mismatch(OperatorContext context, Tensor x, IReadOnlyList<long> shape) =>
        context.Error(
            $"a shape for {x.Length} elements",
            $"[{string.Join(',', shape.Select(dim => dim.ToString(CultureInfo.InvariantCulture)))}]");
}
