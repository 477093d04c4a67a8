namespace FpgaEdge.Model.Reference;

/// <summary>Operators that change the extents of images: Resize, Upsample and ConvTranspose.</summary>
internal static class Resampling
{
    /// <summary>ONNX Resize (nearest and linear): X, roi, scales, sizes. Linear runs over any number of axes.</summary>
    public static void Resize(OperatorContext context)
    {
        Tensor x = context.Input(0);
        bool hasSizes = context.Optional(3) is { Length: > 0 };
        double[] scales = new double[x.Rank];
        int[] dims = new int[x.Rank];
        IReadOnlyList<long>? axes = context.Node.Ints("axes");
        Array.Fill(scales, 1);
        x.Dims.CopyTo(dims);
        double[] given = Values(context, hasSizes ? 3 : 2);
        if (given.Length != (axes?.Count ?? x.Rank))
        {
            throw context.Error($"{axes?.Count ?? x.Rank} scales or sizes", $"{given.Length}");
        }
        for (int i = 0; i < given.Length; i++)
        {
            int axis = Shapes.Axis(context, axes?[i] ?? i, x.Rank);
            double size = hasSizes ? given[i] : Math.Floor(x.Dims[axis] * given[i]);
            dims[axis] = size is >= 0 and <= Tensor.MaxElements ? (int)size : -1;
            scales[axis] = hasSizes ? size / Math.Max(1, x.Dims[axis]) : given[i];
        }
        Run(context, x, dims, scales);
    }

    /// <summary>ONNX Upsample (before version 10): Resize with plain coordinates.</summary>
    public static void Upsample(OperatorContext context)
    {
        Tensor x = context.Input(0);
        double[] scales = context.Optional(1) is not null ? Values(context, 1)
            : [.. (context.Node.Floats("scales") ?? []).Select(scale => (double)scale)];
        if (scales.Length != x.Rank)
        {
            throw context.Error($"{x.Rank} scales", $"{scales.Length}");
        }
        int[] dims = new int[x.Rank];
        for (int i = 0; i < dims.Length; i++)
        {
            double size = Math.Floor(x.Dims[i] * scales[i]);
            dims[i] = size is >= 0 and <= Tensor.MaxElements ? (int)size : -1;
        }
        Run(context, x, dims, scales);
    }

    /// <summary>ONNX ConvTranspose: every input element spreads the window over the result.</summary>
    public static void ConvTranspose(OperatorContext context)
    {
        Tensor x = context.Input(0, 3);
        Tensor w = context.Input(1, 3);
        int axes = x.Rank - 2;
        long groups = context.Node.Int("group", 1);
        if (axes > 2 || w.Rank != x.Rank || groups < 1 || x.Dims[1] != w.Dims[0] || x.Dims[1] % groups != 0)
        {
            throw context.Error($"weights that fit {x} in {groups} groups", $"{w}");
        }
        int filters = (int)groups * w.Dims[1];
        // One spatial axis is a plane of height 1.
        (int inputHeight, int kernelHeight) = axes == 2 ? (x.Dims[2], w.Dims[2]) : (1, 1);
        (int inputWidth, int kernelWidth) = (x.Dims[^1], w.Dims[^1]);
        Spread height = axes == 2 ? SpreadOf(context, 0, axes, inputHeight, kernelHeight) : new Spread(1, 1, 0, 1);
        Spread width = SpreadOf(context, axes - 1, axes, inputWidth, kernelWidth);
        int[] spatial = axes == 2 ? [height.Output, width.Output] : [width.Output];
        Tensor y = context.Output(0, x.Type, [x.Dims[0], filters, .. spatial]);
        if (!y.HasData)
        {
            return;
        }
        Span<float> buffer = OperatorContext.FloatBuffer(y);
        int plane = height.Output * width.Output;
        ReadOnlySpan<float> bias = context.OptionalFloats(2);
        for (int i = 0; !bias.IsEmpty && i < buffer.Length; i++)
        {
            buffer[i] = bias[i / plane % filters];
        }
        ReadOnlySpan<float> values = context.Floats(0);
        ReadOnlySpan<float> weights = context.Floats(1);
        int inner = w.Dims[1] * kernelHeight * kernelWidth;
        int channelsPerGroup = x.Dims[1] / (int)groups;
        for (int i = 0; i < values.Length; i++)
        {
            (int nc, int position) = Math.DivRem(i, inputHeight * inputWidth);
            (int n, int c) = Math.DivRem(nc, x.Dims[1]);
            (int h, int v) = Math.DivRem(position, inputWidth);
            int first = (n * filters) + (c / channelsPerGroup * w.Dims[1]);
            for (int k = 0; k < inner; k++)
            {
                (int o, int tap) = Math.DivRem(k, kernelHeight * kernelWidth);
                (int kh, int kw) = Math.DivRem(tap, kernelWidth);
                (int row, int column) = (height.Place(h, kh), width.Place(v, kw));
                if ((uint)row < (uint)height.Output && (uint)column < (uint)width.Output)
                {
                    buffer[((first + o) * plane) + (row * width.Output) + column] +=
                        values[i] * weights[(c * inner) + k];
                }
            }
        }
        OperatorContext.Finish(buffer, y);
    }

    private static Spread SpreadOf(OperatorContext context, int axis, int axes, int extent, int kernel)
    {
        long stride = At(context, "strides", axis, axes, 1);
        long dilation = At(context, "dilations", axis, axes, 1);
        long before = At(context, "pads", axis, 2 * axes, 0);
        long after = At(context, "pads", axis + axes, 2 * axes, 0);
        long extra = At(context, "output_padding", axis, axes, 0);
        long full = (stride * (extent - 1L)) + extra + ((kernel - 1L) * dilation) + 1;
        long output = full - before - after;
        string autoPad = context.Node.String("auto_pad", "NOTSET");
        if (context.Node.Ints("output_shape") is { } shape || autoPad is "SAME_UPPER" or "SAME_LOWER")
        {
            output = context.Node.Ints("output_shape") is not null
                ? At(context, "output_shape", axis, axes, 0) : extent * stride;
            long total = Math.Max(0, full - output);
            before = autoPad == "SAME_UPPER" ? total / 2 : total - (total / 2);
        }
        if (extent < 1 || kernel < 1 || stride < 1 || dilation < 1 || output < 0 || output > Tensor.MaxElements
            || Math.Abs(before) > Tensor.MaxElements)
        {
            throw context.Error("a result of 0 or more along each axis", $"{output}");
        }
        return new Spread((int)stride, (int)dilation, (int)before, (int)output);
    }

    private static long At(OperatorContext context, string attribute, int index, int count, long defaultValue)
    {
        IReadOnlyList<long>? values = context.Node.Ints(attribute);
        return values is null || values.Count == 0 ? defaultValue
            : values.Count == count && Math.Abs(values[index]) <= Tensor.MaxElements ? values[index]
            : throw context.Error($"{count} {attribute} of sensible size", $"[{string.Join(',', values)}]");
    }

    private static double[] Values(OperatorContext context, int index)
    {
        Tensor tensor = context.Input(index);
        if (!tensor.HasData)
        {
            throw context.Error($"a constant operand {index}", "one that depends on the input");
        }
        double[] values = new double[tensor.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = tensor.ValueAt(i);
        }
        return values;
    }

    private static void Run(OperatorContext context, Tensor x, int[] dims, double[] scales)
    {
        bool nearest = context.Node.String("mode", "nearest") == "nearest";
        Tensor y = context.Output(0, x.Type, dims);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        if (x.Length == 0)
        {
            throw context.Error("at least one element", $"{x}");
        }
        Sample[][] samples = new Sample[x.Rank][];
        for (int axis = 0; axis < samples.Length; axis++)
        {
            samples[axis] = SamplesOf(context.Node, x.Dims[axis], dims[axis], scales[axis], nearest);
        }
        int[] strides = TensorLayout.Strides(x.Dims);
        int[] index = new int[x.Rank];
        for (int i = 0; i < y.Length; i++)
        {
            if (nearest)
            {
                int source = 0;
                for (int axis = 0; axis < index.Length; axis++)
                {
                    source += samples[axis][index[axis]].Low * strides[axis];
                }
                Elements.Copy(x, source, y, i);
            }
            else
            {
                Elements.StoreReal(y, i, Interpolate(x, samples, strides, index, 0, 0));
            }
            for (int axis = index.Length - 1; axis >= 0 && ++index[axis] == dims[axis]; axis--)
            {
                index[axis] = 0;
            }
        }
    }

    private static double Interpolate(
        Tensor x, Sample[][] samples, int[] strides, int[] index, int axis, int position)
    {
        if (axis == index.Length)
        {
            return x.ValueAt(position);
        }
        Sample sample = samples[axis][index[axis]];
        double low = Interpolate(x, samples, strides, index, axis + 1, position + (sample.Low * strides[axis]));
        return sample.Fraction == 0 ? low
            : (low * (1 - sample.Fraction)) + (sample.Fraction
                * Interpolate(x, samples, strides, index, axis + 1, position + (sample.High * strides[axis])));
    }

    private static Sample[] SamplesOf(GraphNode node, int extent, int output, double scale, bool nearest)
    {
        string transform = node.String(
            "coordinate_transformation_mode", node.Operator == "Upsample" ? "asymmetric" : "half_pixel");
        Sample[] samples = new Sample[output];
        for (int i = 0; i < output; i++)
        {
            double at = transform switch
            {
                "asymmetric" => i / scale,
                "align_corners" => output == 1 ? 0 : i * (extent - 1.0) / (output - 1),
                "pytorch_half_pixel" => output == 1 ? 0 : ((i + 0.5) / scale) - 0.5,
                "tf_half_pixel_for_nn" => (i + 0.5) / scale,
                _ => ((i + 0.5) / scale) - 0.5,
            };
            if (nearest)
            {
                samples[i] = new Sample((int)Math.Clamp(Nearest(node, at), 0, extent - 1), 0, 0);
                continue;
            }
            double inside = Math.Clamp(at, 0, extent - 1);
            int low = (int)inside;
            samples[i] = new Sample(low, Math.Min(low + 1, extent - 1), inside - low);
        }
        return samples;
    }

    private static double Nearest(GraphNode node, double at)
    {
        string mode = node.String("nearest_mode", node.Operator == "Upsample" ? "floor" : "round_prefer_floor");
        return mode switch
        {
            "floor" => Math.Floor(at),
            "ceil" => Math.Ceiling(at),
            "round_prefer_ceil" => Math.Floor(at + 0.5),
            _ => Math.Ceiling(at - 0.5),
        };
    }

    private readonly record struct Sample(int Low, int High, double Fraction);

    private readonly record struct Spread(int Stride, int Dilation, int Before, int Output)
    {
        public int Place(int at, int tap) => (at * Stride) + (tap * Dilation) - Before;
    }
}
