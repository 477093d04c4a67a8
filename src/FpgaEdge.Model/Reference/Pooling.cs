namespace FpgaEdge.Model.Reference;

/// <summary>Pools over windows and over whole planes, for real numbers and for plain integers.</summary>
internal static class Pooling
{
    /// <summary>ONNX MaxPool; every element type keeps its order, so integers are compared as they are.</summary>
    public static void MaxPool(OperatorContext context)
    {
        (Tensor x, PlaneMap map, Tensor y) = Prepare(context);
        if (context.OutputCount > 1)
        {
            throw context.Error("one result", "a use of the second one (the indices)");
        }
        if (!y.HasData)
        {
            return;
        }
        Window window = map.Window;
        for (int i = 0; i < y.Length; i++)
        {
            (int plane, int position) = map.Locate(i);
            (int top, int left) = window.Corner(position);
            int best = -1;
            double maximum = double.NegativeInfinity;
            for (int tap = 0; tap < window.Taps; tap++)
            {
                if (window.TryTap(top, left, tap, out int source))
                {
                    int at = map.Source(plane, source);
                    double value = x.ValueAt(at);
                    if (best < 0 || value > maximum)
                    {
                        (best, maximum) = (at, value);
                    }
                }
            }
            if (best < 0)
            {
                throw context.Error("windows that touch the input", "one that lies in the padding");
            }
            Elements.Copy(x, best, y, i);
        }
    }

    /// <summary>ONNX AveragePool of real numbers.</summary>
    public static void AveragePool(OperatorContext context)
    {
        (_, PlaneMap map, Tensor y) = Prepare(context);
        if (!y.HasData)
        {
            return;
        }
        bool countPadding = context.Node.Int("count_include_pad", 0) != 0;
        Window window = map.Window;
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            (int plane, int position) = map.Locate(i);
            (int top, int left) = window.Corner(position);
            double sum = 0;
            int count = 0;
            int padded = 0;
            for (int tap = 0; tap < window.Taps; tap++)
            {
                if (window.TryTap(top, left, tap, out int source))
                {
                    sum += values[map.Source(plane, source)];
                    count++;
                }
                padded += window.IsInPaddedInput(top, left, tap) ? 1 : 0;
            }
            buffer[i] = (float)(sum / (countPadding ? padded : count));
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX GlobalAveragePool of real numbers.</summary>
    public static void GlobalAveragePool(OperatorContext context)
    {
        if (PrepareGlobal(context) is not { } y)
        {
            return;
        }
        int plane = context.Input(0).Length / Math.Max(y.Length, 1);
        ReadOnlySpan<float> values = context.Floats(0);
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        for (int i = 0; i < buffer.Length; i++)
        {
            double sum = 0;
            foreach (float value in values.Slice(i * plane, plane))
            {
                sum += value;
            }
            buffer[i] = (float)(sum / plane);
        }
        OperatorContext.Finish(buffer, y);
    }

    /// <summary>ONNX GlobalMaxPool.</summary>
    public static void GlobalMaxPool(OperatorContext context)
    {
        if (PrepareGlobal(context) is not { } y)
        {
            return;
        }
        Tensor x = context.Input(0);
        int plane = x.Length / Math.Max(y.Length, 1);
        for (int i = 0; i < y.Length; i++)
        {
            int best = i * plane;
            for (int at = best + 1; at < (i + 1) * plane; at++)
            {
                best = x.ValueAt(at) > x.ValueAt(best) ? at : best;
            }
            Elements.Copy(x, best, y, i);
        }
    }

    /// <summary>The result of a pool over whole planes of N, C, …; null while only its dims are wanted.</summary>
    public static Tensor? PrepareGlobal(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        int[] dims = x.Dims.ToArray();
        dims.AsSpan(2).Fill(1);
        if (x.Length == 0)
        {
            throw context.Error("at least one element", $"{x}");
        }
        Tensor y = context.Output(0, x.Type, dims);
        return y.HasData ? y : null;
    }

    /// <summary>Operand, positions and result of a windowed pool.</summary>
    public static (Tensor X, PlaneMap Map, Tensor Y) Prepare(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        bool first = context.Node.Layout == ChannelLayout.ChannelsFirst;
        ReadOnlySpan<int> spatial = first ? x.Dims[2..] : x.Dims[1..^1];
        IReadOnlyList<long> kernel = context.Node.Ints("kernel_shape") ?? throw context.Error("kernel_shape", "none");
        int[] window = new int[kernel.Count];
        for (int i = 0; i < window.Length; i++)
        {
            window[i] = (int)Math.Clamp(kernel[i], 0, int.MaxValue);
        }
        PlaneMap map = new(Window.Of(context, spatial, window), x.Dims, context.Node.Layout);
        (int height, int width) = map.Window.Output;
        int[] outputs = spatial.Length == 1 ? [width] : [height, width];
        int channels = first ? x.Dims[1] : x.Dims[^1];
        int[] dims = first ? [x.Dims[0], channels, .. outputs] : [x.Dims[0], .. outputs, channels];
        return (x, map, context.Output(0, x.Type, dims));
    }
}

/// <summary>Positions of the elements of one image plane (one batch index and channel) in either layout.</summary>
internal readonly struct PlaneMap
{
    private readonly int channels;
    private readonly int inputPositions;
    private readonly int outputPositions;
    private readonly bool first;

    /// <param name="window">Spatial geometry.</param>
    /// <param name="dims">Dims of the input.</param>
    /// <param name="layout">Where the channel stands.</param>
    public PlaneMap(Window window, ReadOnlySpan<int> dims, ChannelLayout layout)
    {
        Window = window;
        first = layout == ChannelLayout.ChannelsFirst;
        channels = first ? dims[1] : dims[^1];
        inputPositions = window.Input.Height * window.Input.Width;
        outputPositions = window.Output.Height * window.Output.Width;
    }

    /// <summary>Spatial geometry.</summary>
    public Window Window { get; }

    /// <summary>Plane and position in the plane of a result element.</summary>
    public (int Plane, int Position) Locate(int index)
    {
        if (first)
        {
            return Math.DivRem(index, outputPositions);
        }
        (int at, int channel) = Math.DivRem(index, channels);
        (int image, int position) = Math.DivRem(at, outputPositions);
        return ((image * channels) + channel, position);
    }

    /// <summary>Index of an input element.</summary>
    public int Source(int plane, int position)
    {
        if (first)
        {
            return (plane * inputPositions) + position;
        }
        (int image, int channel) = Math.DivRem(plane, channels);
        return (((image * inputPositions) + position) * channels) + channel;
    }
}
