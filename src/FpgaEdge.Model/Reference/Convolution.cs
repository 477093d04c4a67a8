using System.Numerics;

namespace FpgaEdge.Model.Reference;

/// <summary>
/// Extents of one convolution: <c>Y[n,o] += Σ X[n, g·C/G + c]·W[o,c,kh,kw]</c>. Weights are O, C/G, KH, KW in both
/// layouts.
/// </summary>
/// <param name="Window">Spatial geometry.</param>
/// <param name="Batch">Number of images.</param>
/// <param name="Channels">Input channels C.</param>
/// <param name="Filters">Output channels O.</param>
/// <param name="Groups">Groups G.</param>
/// <param name="Layout">Where the channel stands.</param>
internal readonly record struct ConvolutionShape(
    Window Window, int Batch, int Channels, int Filters, int Groups, ChannelLayout Layout)
{
    /// <summary>Number of output positions of one image.</summary>
    public int Positions => Window.Output.Height * Window.Output.Width;

    /// <summary>Products per result.</summary>
    public int Depth => Channels / Groups * Window.Kernel.Height * Window.Kernel.Width;

    /// <summary>Dims of the result for activations with <paramref name="spatialRank"/> spatial axes.</summary>
    public int[] OutputDims(int spatialRank)
    {
        int[] spatial = spatialRank == 1 ? [Window.Output.Width] : [Window.Output.Height, Window.Output.Width];
        return Layout == ChannelLayout.ChannelsFirst ? [Batch, Filters, .. spatial] : [Batch, .. spatial, Filters];
    }
}

/// <summary>
/// Convolution of float or int arrays in both layouts. Padding is the value 0, so integers come with their zero point
/// already taken off. Windows are gathered into a matrix a few positions at a time and multiplied by the weights.
/// </summary>
internal static class Convolution
{
    private const int PositionsPerStep = 128;
    private const int MaxGathered = 1 << 23;

    /// <summary>The extents that a node gives, with the weights' dims checked against the input's.</summary>
    public static ConvolutionShape Shape(OperatorContext context, Tensor x, Tensor w)
    {
        ChannelLayout layout = context.Node.Layout;
        bool first = layout == ChannelLayout.ChannelsFirst;
        int channels = first ? x.Dims[1] : x.Dims[^1];
        long groups = context.Node.Int("group", 1);
        if (w.Rank != x.Rank || groups < 1 || channels != w.Dims[1] * groups || w.Dims[0] % groups != 0)
        {
            throw context.Error($"weights that fit {x} in {groups} groups", $"{w}");
        }
        Window window = Window.Of(context, first ? x.Dims[2..] : x.Dims[1..^1], w.Dims[2..]);
        return new ConvolutionShape(window, x.Dims[0], channels, w.Dims[0], (int)groups, layout);
    }

    /// <summary>Adds the convolution to <paramref name="y"/>, which holds the bias or zeros.</summary>
    public static void Accumulate<T>(in ConvolutionShape shape, ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        if (shape.Batch == 0 || shape.Positions == 0 || shape.Depth == 0)
        {
            return;
        }
        int xImage = shape.Channels * shape.Window.Input.Height * shape.Window.Input.Width;
        int yImage = shape.Filters * shape.Positions;
        T[]? weightsLast = shape.Layout == ChannelLayout.ChannelsLast ? ReorderWeights(shape, w) : null;
        for (int n = 0; n < shape.Batch; n++)
        {
            ReadOnlySpan<T> xs = x.Slice(n * xImage, xImage);
            Span<T> ys = y.Slice(n * yImage, yImage);
            for (int group = 0; group < shape.Groups; group++)
            {
                if (shape.Layout == ChannelLayout.ChannelsFirst)
                {
                    GroupFirst(shape, group, xs, w, ys);
                }
                else if (shape.Depth == shape.Window.Kernel.Height * shape.Window.Kernel.Width
                    && shape.Filters == shape.Groups)
                {
                    DepthwiseLast(shape, xs, weightsLast, ys);
                    break;
                }
                else
                {
                    GroupLast(shape, group, xs, weightsLast, ys);
                }
            }
        }
    }

    // Positions that are gathered at once: few enough that the matrix stays small.
    private static int StepFor(in ConvolutionShape shape) =>
        Math.Min(shape.Positions, Math.Clamp(MaxGathered / shape.Depth, 1, PositionsPerStep));

    // Y[o, p] += W[o, k] · column[k, p].
    private static void GroupFirst<T>(
        in ConvolutionShape shape, int group, ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        int filters = shape.Filters / shape.Groups;
        int channels = shape.Channels / shape.Groups;
        int plane = shape.Window.Input.Height * shape.Window.Input.Width;
        ReadOnlySpan<T> xs = x.Slice(group * channels * plane, channels * plane);
        ReadOnlySpan<T> ws = w.Slice(group * filters * shape.Depth, filters * shape.Depth);
        Span<T> ys = y.Slice(group * filters * shape.Positions, filters * shape.Positions);
        if (shape.Window.IsPointwise)
        {
            MatrixMultiply.Accumulate(
                ws, shape.Depth, xs, plane, ys, shape.Positions, filters, shape.Positions, shape.Depth);
            return;
        }
        int step = StepFor(shape);
        T[] columns = new T[shape.Depth * step];
        for (int from = 0; from < shape.Positions; from += step)
        {
            int count = Math.Min(step, shape.Positions - from);
            GatherColumns(shape.Window, channels, xs, from, count, columns);
            MatrixMultiply.Accumulate<T>(
                ws, shape.Depth, columns, count, ys[from..], shape.Positions, filters, count, shape.Depth);
        }
    }

    private static void GatherColumns<T>(
        in Window window, int channels, ReadOnlySpan<T> x, int from, int count, Span<T> columns)
        where T : unmanaged, INumber<T>
    {
        int at = 0;
        int plane = window.Input.Height * window.Input.Width;
        for (int channel = 0; channel < channels; channel++)
        {
            for (int kh = 0; kh < window.Kernel.Height; kh++)
            {
                for (int kw = 0; kw < window.Kernel.Width; kw++)
                {
                    GatherRow(window, x.Slice(channel * plane, plane), from, columns.Slice(at, count), kh, kw);
                    at += count;
                }
            }
        }
    }

    private static void GatherRow<T>(
        in Window window, ReadOnlySpan<T> plane, int from, Span<T> row, int kh, int kw)
        where T : unmanaged, INumber<T>
    {
        (int oh, int ow) = Math.DivRem(from, window.Output.Width);
        int shiftH = (kh * window.Dilation.Height) - window.PadBefore.Height;
        int shiftW = (kw * window.Dilation.Width) - window.PadBefore.Width;
        for (int i = 0; i < row.Length; i++)
        {
            int h = (oh * window.Stride.Height) + shiftH;
            int w = (ow * window.Stride.Width) + shiftW;
            bool inside = (uint)h < (uint)window.Input.Height && (uint)w < (uint)window.Input.Width;
            row[i] = inside ? plane[(h * window.Input.Width) + w] : T.Zero;
            if (++ow == window.Output.Width)
            {
                ow = 0;
                oh++;
            }
        }
    }

    // Y[p, o] += row[p, k] · W[k, o], with k in the order kh, kw, c.
    private static void GroupLast<T>(
        in ConvolutionShape shape, int group, ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        int filters = shape.Filters / shape.Groups;
        int channels = shape.Channels / shape.Groups;
        ReadOnlySpan<T> ws = w.Slice(group * filters * shape.Depth, filters * shape.Depth);
        Span<T> ys = y[(group * filters)..];
        if (shape.Window.IsPointwise)
        {
            MatrixMultiply.Accumulate(
                x[(group * channels)..], shape.Channels, ws, filters, ys, shape.Filters,
                shape.Positions, filters, shape.Depth);
            return;
        }
        int step = StepFor(shape);
        T[] rows = new T[shape.Depth * step];
        for (int from = 0; from < shape.Positions; from += step)
        {
            int count = Math.Min(step, shape.Positions - from);
            for (int i = 0; i < count; i++)
            {
                GatherWindow(shape, group, x, from + i, rows.AsSpan(i * shape.Depth, shape.Depth));
            }
            MatrixMultiply.Accumulate<T>(
                rows, shape.Depth, ws, filters, ys[(from * shape.Filters)..], shape.Filters,
                count, filters, shape.Depth);
        }
    }

    private static void GatherWindow<T>(
        in ConvolutionShape shape, int group, ReadOnlySpan<T> x, int position, Span<T> row)
        where T : unmanaged, INumber<T>
    {
        Window window = shape.Window;
        int channels = shape.Channels / shape.Groups;
        (int oh, int ow) = Math.DivRem(position, window.Output.Width);
        for (int kh = 0; kh < window.Kernel.Height; kh++)
        {
            int h = (oh * window.Stride.Height) + (kh * window.Dilation.Height) - window.PadBefore.Height;
            for (int kw = 0; kw < window.Kernel.Width; kw++)
            {
                int w = (ow * window.Stride.Width) + (kw * window.Dilation.Width) - window.PadBefore.Width;
                if ((uint)h < (uint)window.Input.Height && (uint)w < (uint)window.Input.Width)
                {
                    int at = (((h * window.Input.Width) + w) * shape.Channels) + (group * channels);
                    x.Slice(at, channels).CopyTo(row);
                }
                else
                {
                    row[..channels].Clear();
                }
                row = row[channels..];
            }
        }
    }

    private static void DepthwiseLast<T>(in ConvolutionShape shape, ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> y)
        where T : unmanaged, INumber<T>
    {
        Window window = shape.Window;
        int channels = shape.Channels;
        int taps = window.Kernel.Height * window.Kernel.Width;
        for (int position = 0; position < shape.Positions; position++)
        {
            (int oh, int ow) = Math.DivRem(position, window.Output.Width);
            Span<T> result = y.Slice(position * channels, channels);
            for (int tap = 0; tap < taps; tap++)
            {
                (int kh, int kw) = Math.DivRem(tap, window.Kernel.Width);
                int h = (oh * window.Stride.Height) + (kh * window.Dilation.Height) - window.PadBefore.Height;
                int v = (ow * window.Stride.Width) + (kw * window.Dilation.Width) - window.PadBefore.Width;
                if ((uint)h < (uint)window.Input.Height && (uint)v < (uint)window.Input.Width)
                {
                    ReadOnlySpan<T> source = x.Slice(((h * window.Input.Width) + v) * channels, channels);
                    for (int c = 0; c < result.Length; c++)
                    {
                        result[c] += source[c] * w[(c * taps) + tap];
                    }
                }
            }
        }
    }

    // O, C/G, KH, KW to G × (KH, KW, C/G, O/G); a depth-wise filter stays as it is.
    private static T[] ReorderWeights<T>(in ConvolutionShape shape, ReadOnlySpan<T> w) where T : unmanaged
    {
        int filters = shape.Filters / shape.Groups;
        int channels = shape.Channels / shape.Groups;
        int taps = shape.Window.Kernel.Height * shape.Window.Kernel.Width;
        T[] result = w.ToArray();
        if (channels == 1 && filters == 1)
        {
            return result;
        }
        int from = 0;
        for (int group = 0; group < shape.Groups; group++)
        {
            for (int filter = 0; filter < filters; filter++)
            {
                for (int channel = 0; channel < channels; channel++)
                {
                    for (int tap = 0; tap < taps; tap++)
                    {
                        int to = ((((group * taps) + tap) * channels) + channel) * filters;
                        result[to + filter] = w[from++];
                    }
                }
            }
        }
        return result;
    }
}
