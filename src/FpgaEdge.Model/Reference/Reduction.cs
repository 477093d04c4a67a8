namespace FpgaEdge.Model.Reference;

/// <summary>Where the elements of a tensor go when some of its axes are reduced to one.</summary>
internal sealed class Reduction
{
    private readonly int[] targets;

    private Reduction(int[] targets) => this.targets = targets;

    /// <summary>Index in the result that element <paramref name="index"/> of the operand counts for.</summary>
    public int Target(int index) => targets[index];

    /// <summary>
    /// Operand, mapping and result of an ONNX reduction: axes as operand 1 or attribute, <c>keepdims</c>,
    /// <c>noop_with_empty_axes</c>; no axes means all.
    /// </summary>
    public static (Tensor X, Reduction Map, Tensor Y) Prepare(OperatorContext context)
    {
        Tensor x = context.Input(0);
        IReadOnlyList<long>? axes = context.IntegersOrAttribute(1, "axes");
        bool none = axes is null || axes.Count == 0;
        bool[] reduced = new bool[x.Rank];
        Array.Fill(reduced, none && context.Node.Int("noop_with_empty_axes", 0) == 0);
        foreach (long axis in axes ?? [])
        {
            reduced[Shapes.Axis(context, axis, x.Rank)] = true;
        }
        bool keep = context.Node.Int("keepdims", 1) != 0;
        List<int> dims = [];
        for (int i = 0; i < reduced.Length; i++)
        {
            if (!reduced[i] || keep)
            {
                dims.Add(reduced[i] ? 1 : x.Dims[i]);
            }
        }
        Tensor y = context.Output(0, x.Type, dims.ToArray());
        return (x, new Reduction(y.HasData ? Targets(x.Dims, reduced) : []), y);
    }

    private static int[] Targets(ReadOnlySpan<int> dims, bool[] reduced)
    {
        int[] steps = new int[dims.Length];
        int stride = 1;
        for (int axis = dims.Length - 1; axis >= 0; axis--)
        {
            steps[axis] = reduced[axis] ? 0 : stride;
            stride *= reduced[axis] ? 1 : dims[axis];
        }
        int[] targets = new int[Shapes.Product(dims)];
        int[] index = new int[dims.Length];
        int position = 0;
        for (int i = 0; i < targets.Length; i++)
        {
            targets[i] = position;
            for (int axis = dims.Length - 1; axis >= 0; axis--)
            {
                position += steps[axis];
                if (++index[axis] < dims[axis])
                {
                    break;
                }
                position -= steps[axis] * index[axis];
                index[axis] = 0;
            }
        }
        return targets;
    }
}
