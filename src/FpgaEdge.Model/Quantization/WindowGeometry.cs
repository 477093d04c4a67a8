using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>Reads the window of a convolution or pool from its attributes.</summary>
internal static class WindowGeometry
{
    /// <summary>
    /// The window of a node. Padding at the far end follows from the output's extents, which covers ceil_mode and every
    /// auto_pad; columns that no window reaches need none.
    /// </summary>
    /// <param name="node">The node, for its attributes.</param>
    /// <param name="kernel">One or two spatial extents.</param>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    public static Window Of(GraphNode node, ReadOnlySpan<int> kernel, FloatValue input, FloatValue output)
    {
        int rank = kernel.Length;
        int[] strides = Pair(node.Ints("strides"), rank);
        int[] dilations = Pair(node.Ints("dilations"), rank);
        int[] kernels = rank == 1 ? [1, kernel[0]] : [kernel[0], kernel[1]];
        int[] before = new int[2];
        int[] after = new int[2];
        for (int axis = 0; axis < 2; axis++)
        {
            int extent = ((kernels[axis] - 1) * dilations[axis]) + 1;
            int inputs = axis == 0 ? input.Height : input.Width;
            int outputs = axis == 0 ? output.Height : output.Width;
            int spanned = ((outputs - 1) * strides[axis]) + extent;
            before[axis] = PadBefore(node, axis - (2 - rank), spanned - inputs);
            after[axis] = Math.Max(0, spanned - inputs - before[axis]);
        }
        return new Window(kernels[0], kernels[1], strides[0], strides[1], before[0], before[1], after[0], after[1],
            dilations[0], dilations[1]);
    }

    private static int PadBefore(GraphNode node, int spatialAxis, int missing)
    {
        if (spatialAxis < 0)
        {
            return 0;
        }
        string mode = node.String("auto_pad", "NOTSET");
        if (mode is "SAME_UPPER" or "SAME_LOWER")
        {
            int total = Math.Max(0, missing);
            return mode == "SAME_UPPER" ? total / 2 : total - (total / 2);
        }
        return mode == "VALID" ? 0 : (int)(node.Ints("pads")?[spatialAxis] ?? 0);
    }

    private static int[] Pair(IReadOnlyList<long>? values, int rank) =>
        values is null ? [1, 1] : rank == 1 ? [1, (int)values[0]] : [(int)values[0], (int)values[1]];
}
