namespace FpgaEdge.Model.Reference;

/// <summary>Operators that take parts of tensors, or set them into larger ones.</summary>
internal static class Slicing
{
    /// <summary>ONNX Slice: starts, ends, optional axes and steps as operands (attributes before version 10).</summary>
    public static void Slice(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        IReadOnlyList<long> starts = Required(context, 1, "starts");
        IReadOnlyList<long> ends = Required(context, 2, "ends");
        IReadOnlyList<long>? axes = context.IntegersOrAttribute(3, "axes");
        long[]? steps = context.Optional(4) is null ? null : context.Integers(4);
        if (ends.Count != starts.Count || (axes is not null && axes.Count != starts.Count)
            || (steps is not null && steps.Length != starts.Count) || starts.Count > x.Rank)
        {
            throw context.Error("as many starts, ends, axes and steps", $"{starts.Count}, {ends.Count}, {axes?.Count}");
        }
        int[] dims = x.Dims.ToArray();
        int[] from = new int[x.Rank];
        int[] stride = new int[x.Rank];
        Array.Fill(stride, 1);
        for (int i = 0; i < starts.Count; i++)
        {
            int axis = Shapes.Axis(context, axes?[i] ?? i, x.Rank);
            long step = steps?[i] ?? 1;
            if (step is 0 or < int.MinValue or > int.MaxValue)
            {
                throw context.Error("a step other than 0", $"{step}");
            }
            (from[axis], dims[axis]) = Range(starts[i], ends[i], step, x.Dims[axis]);
            stride[axis] = (int)step;
        }
        Take(context, 0, x, dims, from, stride);
    }

    /// <summary>ONNX Split: sizes as operand or attribute, or equal parts (the last one smaller).</summary>
    public static void Split(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), x.Rank);
        int extent = x.Dims[axis];
        int parts = context.OutputCount;
        IReadOnlyList<long>? sizes = context.IntegersOrAttribute(1, "split");
        int equal = (extent + parts - 1) / parts;
        if (sizes is not null && (sizes.Count != parts || sizes.Sum() != extent || sizes.Min() < 0))
        {
            throw context.Error($"{parts} sizes that add up to {extent}", $"[{string.Join(',', sizes)}]");
        }
        int start = 0;
        for (int i = 0; i < parts; i++)
        {
            int[] dims = x.Dims.ToArray();
            int[] from = new int[x.Rank];
            int[] stride = new int[x.Rank];
            Array.Fill(stride, 1);
            from[axis] = start;
            dims[axis] = sizes is null ? Math.Clamp(extent - start, 0, equal) : (int)sizes[i];
            Take(context, i, x, dims, from, stride);
            start += dims[axis];
        }
    }

    /// <summary>ONNX Gather along one axis.</summary>
    public static void Gather(OperatorContext context)
    {
        Tensor x = context.Input(0, 1);
        Tensor indices = context.Input(1);
        int axis = Shapes.Axis(context, context.Node.Int("axis", 0), x.Rank);
        int[] dims = [.. x.Dims[..axis], .. indices.Dims, .. x.Dims[(axis + 1)..]];
        Tensor y = context.Output(0, x.Type, dims);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        (int outer, int extent, int inner) = Shapes.Split(x.Dims, axis);
        long[] picks = context.Integers(1);
        int run = inner * x.Type.SizeBytes();
        for (int o = 0; o < outer; o++)
        {
            for (int i = 0; i < picks.Length; i++)
            {
                long pick = picks[i] < 0 ? picks[i] + extent : picks[i];
                if (pick < 0 || pick >= extent)
                {
                    throw context.Error($"indices of −{extent}…{extent - 1}", $"{picks[i]}");
                }
                int from = ((o * extent) + (int)pick) * run;
                x.Bytes.Slice(from, run).CopyTo(y.Bytes[(((o * picks.Length) + i) * run)..]);
            }
        }
    }

    /// <summary>ONNX Pad: constant, edge or reflect.</summary>
    public static void Pad(OperatorContext context) => Pad(context, null);

    /// <summary>Pad with a fill value that stands for the missing operand 2.</summary>
    public static void Pad(OperatorContext context, int? fill)
    {
        Tensor x = context.Input(0);
        long[] pads = [.. Required(context, 1, "pads")];
        IReadOnlyList<long>? axes = context.Optional(3) is null ? null : context.Integers(3);
        int count = axes?.Count ?? x.Rank;
        if (pads.Length != 2 * count || Array.Exists(pads, pad => Math.Abs(pad) > Tensor.MaxElements))
        {
            throw context.Error($"{2 * count} pads", $"[{string.Join(',', pads)}]");
        }
        int[] dims = x.Dims.ToArray();
        int[] before = new int[x.Rank];
        for (int i = 0; i < count; i++)
        {
            int axis = Shapes.Axis(context, axes?[i] ?? i, x.Rank);
            before[axis] = (int)pads[i];
            dims[axis] = (int)Math.Clamp(dims[axis] + pads[i] + pads[i + count], -1, int.MaxValue);
        }
        string mode = context.Node.String("mode", "constant");
        if (mode is not ("constant" or "edge" or "reflect") || (mode != "constant" && x.Length == 0))
        {
            throw context.Error("mode constant, edge or reflect", mode);
        }
        Tensor y = context.Output(0, x.Type, dims);
        if (y.HasData)
        {
            FillPadded(context, x, y, before, mode, fill);
        }
    }

    private static void FillPadded(
        OperatorContext context, Tensor x, Tensor y, int[] before, string mode, int? fill)
    {
        Tensor value = Tensor.Create(x.Type, []);
        if (context.Optional(2) is { } given && given.Type == x.Type && given.Length == 1)
        {
            value = given;
        }
        else if (fill is not null)
        {
            Elements.StoreWrapped(value, 0, fill.Value);
        }
        else if (context.Node.Attributes.ContainsKey("value") && x.Type.IsFloat())
        {
            OperatorContext.Store([context.Node.Float("value", 0)], value);
        }
        int[] strides = TensorLayout.Strides(x.Dims);
        int[] index = new int[x.Rank];
        for (int i = 0; i < y.Length; i++)
        {
            int source = 0;
            for (int axis = 0; axis < index.Length && source >= 0; axis++)
            {
                int at = Fold(index[axis] - before[axis], x.Dims[axis], mode);
                source = at < 0 ? -1 : source + (at * strides[axis]);
            }
            Elements.Copy(source < 0 ? value : x, Math.Max(source, 0), y, i);
            Advance(index, y.Dims);
        }
    }

    // Where a padded position reads from; −1 for the fill value.
    private static int Fold(int at, int extent, string mode)
    {
        if (mode == "constant")
        {
            return at < extent ? at : -1;
        }
        if (mode == "edge")
        {
            return Math.Clamp(at, 0, extent - 1);
        }
        while (extent > 1 && (at < 0 || at >= extent))
        {
            at = at < 0 ? -at : (2 * (extent - 1)) - at;
        }
        return extent == 1 ? 0 : at;
    }

    private static IReadOnlyList<long> Required(OperatorContext context, int index, string attribute) =>
        context.IntegersOrAttribute(index, attribute) ?? throw context.Error(attribute, "none");

    // First index and number of indices of start:end:step within an extent, by numpy's rules.
    private static (int From, int Count) Range(long start, long end, long step, int extent)
    {
        long first = start < 0 ? Math.Max(start, long.MinValue / 2) + extent : start;
        long last = end < 0 ? Math.Max(end, long.MinValue / 2) + extent : end;
        first = step > 0 ? Math.Clamp(first, 0, extent) : Math.Clamp(first, -1, extent - 1L);
        last = step > 0 ? Math.Clamp(last, 0, extent) : Math.Clamp(last, -1, extent - 1L);
        long count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step;
        return ((int)Math.Max(first, 0), (int)Math.Max(count, 0));
    }

    private static void Take(OperatorContext context, int index, Tensor x, int[] dims, int[] from, int[] stride)
    {
        Tensor y = context.Output(index, x.Type, dims);
        if (!y.HasData)
        {
            return;
        }
        int[] strides = TensorLayout.Strides(x.Dims);
        int[] at = new int[x.Rank];
        for (int i = 0; i < y.Length; i++)
        {
            int source = 0;
            for (int axis = 0; axis < at.Length; axis++)
            {
                source += (from[axis] + (at[axis] * stride[axis])) * strides[axis];
            }
            Elements.Copy(x, source, y, i);
            Advance(at, y.Dims);
        }
    }

    private static void Advance(int[] index, ReadOnlySpan<int> dims)
    {
        for (int axis = index.Length - 1; axis >= 0; axis--)
        {
            if (++index[axis] < dims[axis])
            {
                return;
            }
            index[axis] = 0;
        }
    }
}
