namespace FpgaEdge.Model.Reference;

/// <summary>
/// Geometry of a convolution or pool over one or two spatial axes; one axis counts as a height of 1. Lengths are in
/// elements.
/// </summary>
internal readonly record struct Window
{
    /// <summary>Input extents.</summary>
    public (int Height, int Width) Input { get; private init; }

    /// <summary>Extents of the window before dilation.</summary>
    public (int Height, int Width) Kernel { get; private init; }

    /// <summary>Steps between windows.</summary>
    public (int Height, int Width) Stride { get; private init; }

    /// <summary>Steps between the elements of a window.</summary>
    public (int Height, int Width) Dilation { get; private init; }

    /// <summary>Padding before the first row and column.</summary>
    public (int Height, int Width) PadBefore { get; private init; }

    /// <summary>Padding after the last row and column.</summary>
    public (int Height, int Width) PadAfter { get; private init; }

    /// <summary>Output extents.</summary>
    public (int Height, int Width) Output { get; private init; }

    /// <summary>True when a window is one element and there is nothing between windows.</summary>
    public bool IsPointwise => Kernel == (1, 1) && Stride == (1, 1) && PadBefore == (0, 0) && PadAfter == (0, 0);

    /// <summary>Number of elements of a window.</summary>
    public int Taps => Kernel.Height * Kernel.Width;

    /// <summary>Row and column, counted in the unpadded input, where the window of an output position starts.</summary>
    public (int Top, int Left) Corner(int position)
    {
        (int row, int column) = Math.DivRem(position, Output.Width);
        return ((row * Stride.Height) - PadBefore.Height, (column * Stride.Width) - PadBefore.Width);
    }

    /// <summary>Position in the input plane of a window's element; false when it lies in the padding.</summary>
    public bool TryTap(int top, int left, int tap, out int source)
    {
        (int row, int column) = Place(top, left, tap);
        source = (row * Input.Width) + column;
        return (uint)row < (uint)Input.Height && (uint)column < (uint)Input.Width;
    }

    /// <summary>True when a window's element lies in the input or its padding, not beyond (ceil mode).</summary>
    public bool IsInPaddedInput(int top, int left, int tap)
    {
        (int row, int column) = Place(top, left, tap);
        return row < Input.Height + PadAfter.Height && column < Input.Width + PadAfter.Width;
    }

    private (int Row, int Column) Place(int top, int left, int tap)
    {
        (int row, int column) = Math.DivRem(tap, Kernel.Width);
        return (top + (row * Dilation.Height), left + (column * Dilation.Width));
    }

    /// <summary>The geometry that a node's attributes give for spatial extents.</summary>
    /// <param name="context">The node, for its attributes and for errors.</param>
    /// <param name="spatial">One or two input extents.</param>
    /// <param name="kernel">As many window extents.</param>
    public static Window Of(OperatorContext context, ReadOnlySpan<int> spatial, ReadOnlySpan<int> kernel)
    {
        int rank = spatial.Length;
        if (rank is not (1 or 2) || kernel.Length != rank)
        {
            throw context.Error("one or two spatial axes and a window for each", $"{rank} and {kernel.Length}");
        }
        GraphNode node = context.Node;
        Axis height = rank == 2 ? AxisOf(context, 0, rank, spatial[0], kernel[0]) : new Axis(1, 1, 1, 1, 0, 0, 1);
        Axis width = AxisOf(context, rank - 1, rank, spatial[rank - 1], kernel[rank - 1]);
        return new Window
        {
            Input = (height.Extent, width.Extent),
            Kernel = (height.Kernel, width.Kernel),
            Stride = (height.Stride, width.Stride),
            Dilation = (height.Dilation, width.Dilation),
            PadBefore = (height.Before, width.Before),
            PadAfter = (height.After, width.After),
            Output = (height.Output, width.Output),
        };
    }

    private static Axis AxisOf(OperatorContext context, int axis, int rank, int extent, int kernel)
    {
        GraphNode node = context.Node;
        long stride = Pick(context, "strides", axis, rank, 1);
        long dilation = Pick(context, "dilations", axis, rank, 1);
        long before = Pick(context, "pads", axis, 2 * rank, 0);
        long after = Pick(context, "pads", axis + rank, 2 * rank, 0);
        long span = ((kernel - 1) * dilation) + 1;
        const int Limit = 1 << 24;
        if (kernel < 1 || stride is < 1 or > Limit || dilation is < 1 or > Limit || span > Limit
            || before is < 0 or > Limit || after is < 0 or > Limit)
        {
            throw context.Error(
                "a window, strides and dilations of 1 or more and pads of 0 or more",
                $"{kernel}, {stride}, {dilation} and {before}, {after} on spatial axis {axis}");
        }
        long output;
        string autoPad = node.String("auto_pad", "NOTSET");
        if (autoPad is "SAME_UPPER" or "SAME_LOWER")
        {
            output = (extent + stride - 1) / stride;
            long total = Math.Max(0, ((output - 1) * stride) + span - extent);
            before = autoPad == "SAME_UPPER" ? total / 2 : total - (total / 2);
            after = total - before;
        }
        else
        {
            if (autoPad == "VALID")
            {
                before = after = 0;
            }
            long room = extent + before + after - span;
            if (room < 0)
            {
                throw context.Error($"a window of at most {extent + before + after} on spatial axis {axis}", $"{span}");
            }
            bool ceil = node.Int("ceil_mode", 0) != 0;
            output = ((room + (ceil ? stride - 1 : 0)) / stride) + 1;
            if (ceil && (output - 1) * stride >= extent + before)
            {
                // The last window would lie in the padding altogether.
                output--;
            }
        }
        return new Axis(extent, kernel, (int)stride, (int)dilation, (int)before, (int)after, (int)output);
    }

    private static long Pick(OperatorContext context, string attribute, int index, int count, long defaultValue)
    {
        IReadOnlyList<long>? values = context.Node.Ints(attribute);
        return values is null || values.Count == 0 ? defaultValue
            : values.Count == count ? values[index]
            : throw context.Error($"{count} {attribute}", $"{values.Count}");
    }

    private readonly record struct Axis(
        int Extent, int Kernel, int Stride, int Dilation, int Before, int After, int Output);
}
