using System.Numerics;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// Extents of a stack of matrix products under numpy's rules: leading axes broadcast, a vector on the left is a row, a
/// vector on the right a column, and the axis that this adds disappears from the result.
/// </summary>
internal sealed class MatrixShape
{
    private readonly int rows;
    private readonly int depth;
    private readonly int columns;
    private readonly int[] leftMatrices;
    private readonly int[] rightMatrices;

    private MatrixShape(int rows, int depth, int columns, int[] left, int[] right, int[] dims)
    {
        this.rows = rows;
        this.depth = depth;
        this.columns = columns;
        leftMatrices = left;
        rightMatrices = right;
        Dims = dims;
    }

    /// <summary>Dims of the result.</summary>
    public int[] Dims { get; }

    /// <summary>The extents of a · b.</summary>
    public static MatrixShape Of(OperatorContext context, Tensor a, Tensor b)
    {
        int[] left = a.Rank == 1 ? [1, a.Dims[0]] : a.Dims.ToArray();
        int[] right = b.Rank == 1 ? [b.Dims[0], 1] : b.Dims.ToArray();
        if (left.Length < 2 || right.Length < 2 || left[^1] != right[^2])
        {
            throw context.Error("matrices that can be multiplied", $"{a} and {b}");
        }
        int[] stack = Shapes.Broadcast(context, left.AsSpan(0, left.Length - 2), right.AsSpan(0, right.Length - 2));
        List<int> dims = [.. stack];
        if (a.Rank > 1)
        {
            dims.Add(left[^2]);
        }
        if (b.Rank > 1)
        {
            dims.Add(right[^1]);
        }
        if (Tensor.TryCountElements(stack) < 0)
        {
            throw context.Error("fewer matrices", Tensor.FormatDims(stack));
        }
        return new MatrixShape(
            left[^2], left[^1], right[^1],
            Matrices(context, left.AsSpan(0, left.Length - 2), stack),
            Matrices(context, right.AsSpan(0, right.Length - 2), stack), [.. dims]);
    }

    /// <summary>Adds the products to <paramref name="y"/>.</summary>
    public void Accumulate<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>
    {
        for (int i = 0; i < leftMatrices.Length; i++)
        {
            MatrixMultiply.Accumulate(
                a.Slice(leftMatrices[i] * rows * depth, rows * depth), depth,
                b.Slice(rightMatrices[i] * depth * columns, depth * columns), columns,
                y.Slice(i * rows * columns, rows * columns), columns, rows, columns, depth);
        }
    }

    private static int[] Matrices(OperatorContext context, ReadOnlySpan<int> own, int[] stack)
    {
        int[] result = new int[Shapes.Product(stack)];
        if (result.Length == 0)
        {
            return result;
        }
        BroadcastReader reader = BroadcastReader.Of(context, Tensor.ShapeOnly(ElementType.UInt8, own), stack);
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = reader.Index(i);
        }
        return result;
    }
}
