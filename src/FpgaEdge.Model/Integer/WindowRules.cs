using static FpgaEdge.Model.Integer.IntegerNodeRules;

namespace FpgaEdge.Model.Integer;

/// <summary>Rules of sliding windows and of pooling.</summary>
internal static class WindowRules
{
    /// <summary>Checks the window and that it maps the input's height and width to the output's.</summary>
    public static void Check(IntegerNode node, Window? window, IntegerTensor input, IntegerTensor output)
    {
        if (window is null)
        {
            throw new ModelFormatException($"node {node.Name}: expected a window, found none");
        }
        CheckAxis(node, "height", input.Height, output.Height, window.KernelHeight, window.StrideHeight,
            window.DilationHeight, window.PadTop, window.PadBottom);
        CheckAxis(node, "width", input.Width, output.Width, window.KernelWidth, window.StrideWidth,
            window.DilationWidth, window.PadLeft, window.PadRight);
        long cells = (long)window.KernelHeight * window.KernelWidth;
        Require(node, cells <= IntegerGraphLimits.WindowCells,
            $"a window of at most {IntegerGraphLimits.WindowCells} cells", cells);
    }

    /// <summary>Checks a pooling node and returns its operations.</summary>
    public static long CheckPool(PoolNode node, IntegerTensor input, IntegerTensor output)
    {
        RequireBytes(node, [input], output);
        Check(node, node.Window, input, output);
        Require(node, input.Channels == output.Channels, $"{input.Channels} output channels", output.Channels);
        CheckClamp(node, output, node.Minimum, node.Maximum);
        Require(node, node.Multipliers is not null, "a list of multipliers", "none");
        RequireCells(node, "height", input.Height, output.Height, node.Window.KernelHeight, node.Window.StrideHeight,
            node.Window.DilationHeight, node.Window.PadTop);
        RequireCells(node, "width", input.Width, output.Width, node.Window.KernelWidth, node.Window.StrideWidth,
            node.Window.DilationWidth, node.Window.PadLeft);
        CheckArithmetic(node, input, output);
        return (long)output.ElementCount * node.Window.KernelHeight * node.Window.KernelWidth;
    }

    private static void CheckArithmetic(PoolNode node, IntegerTensor input, IntegerTensor output)
    {
        int multipliers = node.Kind switch
        {
            PoolKind.Average => node.Window.KernelHeight * node.Window.KernelWidth,
            PoolKind.Mean => 1,
            PoolKind.Maximum or PoolKind.AverageAwayFromZero or PoolKind.RealAverage => 0,
            _ => throw new ModelFormatException($"node {node.Name} has the unknown pool kind {(byte)node.Kind}"),
        };
        Require(node, node.Multipliers.Length == multipliers, $"{multipliers} multipliers", node.Multipliers.Length);
        Require(node, Array.TrueForAll(node.Multipliers, m => m >= 0), "multipliers of 0 or more");
        RequireShift(node, node.Shift, node.Kind == PoolKind.Mean ? -31 : 0, node.Kind == PoolKind.Mean ? 30 : 62);
        bool sameType = node.Kind is not (PoolKind.Maximum or PoolKind.AverageAwayFromZero)
            || input.Type == output.Type;
        Require(node, sameType, $"output type {input.Type}", output.Type);
        Require(node, node.Kind != PoolKind.RealAverage || double.IsFinite(node.Factor), "a finite factor",
            node.Factor);
    }

    private static void CheckAxis(IntegerNode node, string axis, int input, int output, int kernel, int stride,
        int dilation, int padBefore, int padAfter)
    {
        foreach (int size in (ReadOnlySpan<int>)[kernel, stride, dilation])
        {
            Require(node, size is >= 1 and <= IntegerGraphLimits.Dimension,
                $"kernel, stride and dilation of 1 … {IntegerGraphLimits.Dimension} along the {axis}", size);
        }
        long extent = ((long)dilation * (kernel - 1)) + 1;
        Require(node, padBefore >= 0 && padAfter >= 0 && padBefore < extent && padAfter < extent,
            $"padding of 0 … {extent - 1} along the {axis}", $"{padBefore} and {padAfter}");
        long room = (long)input + padBefore + padAfter - extent;
        long expected = room < 0 ? 0 : (room / stride) + 1;
        Require(node, expected == output, $"output {axis} {expected}", output);
    }

    /// <summary>Every output position sees at least one cell of the image, so a maximum and a mean exist.</summary>
    private static void RequireCells(IntegerNode node, string axis, int input, int output, int kernel, int stride,
        int dilation, int padBefore)
    {
        for (int position = 0; position < output; position++)
        {
            long first = ((long)position * stride) - padBefore;
            long skipped = first >= 0 ? 0 : (-first + dilation - 1) / dilation;
            Require(node, skipped < kernel && first + (skipped * dilation) < input,
                $"every window to meet the image along the {axis}", $"window {position} outside it");
        }
    }
}
