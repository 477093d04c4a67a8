namespace FpgaEdge.Model;

/// <summary>Moves the elements of a tensor into another order.</summary>
public static class TensorLayout
{
    /// <summary>
    /// Axis i of the result is axis <paramref name="order"/>[i] of <paramref name="source"/>; works for every element
    /// type, and for tensors without data.
    /// </summary>
    public static Tensor Transpose(Tensor source, ReadOnlySpan<int> order)
    {
        int[] dims = new int[order.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = source.Dims[order[i]];
        }
        if (!source.HasData)
        {
            return Tensor.ShapeOnly(source.Type, dims);
        }
        Tensor result = Tensor.Create(source.Type, dims);
        switch (source.Type.SizeBytes())
        {
            case 1: Move<byte>(source, result, order); break;
            case 2: Move<ushort>(source, result, order); break;
            case 4: Move<uint>(source, result, order); break;
            default: Move<ulong>(source, result, order); break;
        }
        return result;
    }

    /// <summary>Distance in elements between neighbours along every axis of a row-major array.</summary>
    public static int[] Strides(ReadOnlySpan<int> dims)
    {
        int[] strides = new int[dims.Length];
        int stride = 1;
        for (int i = dims.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    private static void Move<T>(Tensor source, Tensor result, ReadOnlySpan<int> order) where T : unmanaged
    {
        Span<T> from = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(source.Bytes);
        Span<T> to = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(result.Bytes);
        int[] sourceStrides = Strides(source.Dims);
        int[] index = new int[order.Length];
        int position = 0;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = from[position];
            for (int axis = order.Length - 1; axis >= 0; axis--)
            {
                int stride = sourceStrides[order[axis]];
                position += stride;
                if (++index[axis] < result.Dims[axis])
                {
                    break;
                }
                position -= stride * index[axis];
                index[axis] = 0;
            }
        }
    }
}
