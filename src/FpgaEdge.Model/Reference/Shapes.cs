namespace FpgaEdge.Model.Reference;

/// <summary>Small rules about dims that many operators share.</summary>
internal static class Shapes
{
    /// <summary>A possibly negative axis as 0…rank−1.</summary>
    public static int Axis(OperatorContext context, long axis, int rank)
    {
        long normal = axis < 0 ? axis + rank : axis;
        return normal >= 0 && normal < rank
            ? (int)normal
            : throw context.Error($"an axis of −{rank}…{rank - 1}", $"{axis}");
    }

    /// <summary>Number of slices before the axis, its extent, and the number of elements behind each index.</summary>
    public static (int Outer, int Extent, int Inner) Split(ReadOnlySpan<int> dims, int axis) =>
        (Product(dims[..axis]), dims[axis], Product(dims[(axis + 1)..]));

    /// <summary>Product of extents; the tensor they belong to has been checked to be small enough.</summary>
    public static int Product(ReadOnlySpan<int> dims)
    {
        int product = 1;
        foreach (int dim in dims)
        {
            product *= dim;
        }
        return product;
    }

    /// <summary>The dims that two operands have together under ONNX's (numpy's) broadcasting.</summary>
    public static int[] Broadcast(OperatorContext context, ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int[] result = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= result.Length; i++)
        {
            int x = i <= a.Length ? a[^i] : 1;
            int y = i <= b.Length ? b[^i] : 1;
            result[^i] = x == y || y == 1 ? x : x == 1 ? y
                : throw context.Error(
                    "operands whose dims are equal or 1", $"{Tensor.FormatDims(a)} and {Tensor.FormatDims(b)}");
        }
        return result;
    }
}

/// <summary>Reads a tensor as if it had the larger dims that it broadcasts to.</summary>
internal readonly struct BroadcastReader
{
    private readonly Tensor? tensor;
    private readonly int[]? positions;

    private BroadcastReader(Tensor? tensor, int[]? positions)
    {
        this.tensor = tensor;
        this.positions = positions;
    }

    /// <summary>A reader over <paramref name="tensor"/>, or over zeros when it is null.</summary>
    public static BroadcastReader Of(OperatorContext context, Tensor? tensor, ReadOnlySpan<int> dims)
    {
        if (tensor is null || tensor.Dims.SequenceEqual(dims))
        {
            return new BroadcastReader(tensor, null);
        }
        if (!Shapes.Broadcast(context, tensor.Dims, dims).AsSpan().SequenceEqual(dims))
        {
            throw context.Error($"an operand that broadcasts to {Tensor.FormatDims(dims)}", $"{tensor}");
        }
        return new BroadcastReader(tensor, Positions(tensor.Dims, dims));
    }

    /// <summary>The element at a position of the larger dims.</summary>
    public float Float(int position) => tensor is null ? 0 : (float)tensor.ValueAt(Index(position));

    /// <summary>The element at a position of the larger dims, without loss for 64-bit integers.</summary>
    public long Long(int position) => tensor is null ? 0
        : tensor.Type == ElementType.Int64 ? tensor.Data<long>()[Index(position)]
        : (long)tensor.ValueAt(Index(position));

    /// <summary>Where the element of a position of the larger dims stands in the tensor.</summary>
    public int Index(int position) => positions is null ? position : positions[position];

    private static int[] Positions(ReadOnlySpan<int> small, ReadOnlySpan<int> large)
    {
        int[] smallStrides = TensorLayout.Strides(small);
        int[] steps = new int[large.Length];
        for (int i = 1; i <= small.Length; i++)
        {
            steps[^i] = small[^i] == 1 ? 0 : smallStrides[^i];
        }
        int[] result = new int[Shapes.Product(large)];
        int[] index = new int[large.Length];
        int position = 0;
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = position;
            for (int axis = large.Length - 1; axis >= 0; axis--)
            {
                position += steps[axis];
                if (++index[axis] < large[axis])
                {
                    break;
                }
                position -= steps[axis] * index[axis];
                index[axis] = 0;
            }
        }
        return result;
    }
}
