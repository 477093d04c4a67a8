using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>Convolutions, dense layers and per-channel affine steps.</summary>
internal sealed partial class GraphLowering
{
    private void LowerConvolution(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        Tensor weights = Constant(node, 1, "the weights");
        FloatValue input = Canonical(node.Inputs[0], view, node.Layout);
        LogicalView output = NewOutput(node, node.Layout);
        int groups = (int)node.Int("group", 1);
        float[] bias = node.HasInput(2) ? Constant(node, 2, "the bias").ToFloats() : new float[weights.Dims[0]];
        Window window = WindowGeometry.Of(node, weights.Dims[2..], input, output.Value);
        if (input.Producer is SliceLayer pad && IsPadding(pad) && layers[^1] == pad && view.SingleUse)
        {
            window = WithPadding(window, pad, pad.Inputs[0]);
            input = pad.Inputs[0];
            layers.Remove(pad);
        }
        AddLayer(new ConvolutionLayer(node.Name, input, output.Value, window, groups, ChannelLast(weights), bias),
            output);
    }

    private static bool IsPadding(SliceLayer layer) =>
        layer.OffsetHeight <= 0 && layer.OffsetWidth <= 0 && layer.StrideHeight == 1 && layer.StrideWidth == 1
        && layer.Channels.SequenceEqual(Enumerable.Range(0, layer.Inputs[0].Channels))
        && layer.Output.Height - layer.Inputs[0].Height + layer.OffsetHeight >= 0
        && layer.Output.Width - layer.Inputs[0].Width + layer.OffsetWidth >= 0;

    private static Window WithPadding(Window window, SliceLayer pad, FloatValue input) => window with
    {
        PadTop = window.PadTop - pad.OffsetHeight,
        PadLeft = window.PadLeft - pad.OffsetWidth,
        PadBottom = window.PadBottom + pad.Output.Height - input.Height + pad.OffsetHeight,
        PadRight = window.PadRight + pad.Output.Width - input.Width + pad.OffsetWidth,
    };

    /// <summary>Weights O, I, (KH,) KW as O, KH, KW, I.</summary>
    private static float[] ChannelLast(Tensor weights)
    {
        int outputs = weights.Dims[0];
        int inputs = weights.Dims[1];
        int taps = weights.Length / Math.Max(1, outputs * inputs);
        float[] source = weights.ToFloats();
        float[] result = new float[source.Length];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < inputs; i++)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    result[(((o * taps) + tap) * inputs) + i] = source[(((o * inputs) + i) * taps) + tap];
                }
            }
        }
        return result;
    }

    private void LowerGemm(GraphNode node)
    {
        Tensor b = Constant(node, 1, "the weights");
        if (node.Int("transA", 0) != 0)
        {
            throw new UnsupportedLayerException("the first operand is transposed", "export without transA");
        }
        bool transposed = node.Int("transB", 0) != 0;
        float alpha = node.Float("alpha", 1);
        float[] weights = DenseWeights(b, transposed);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] *= alpha;
        }
        int outputs = transposed ? b.Dims[0] : b.Dims[1];
        float[] bias = new float[outputs];
        if (node.HasInput(2))
        {
            float beta = node.Float("beta", 1);
            float[] c = Constant(node, 2, "the bias").ToFloats();
            if (c.Length != 1 && c.Length != outputs)
            {
                throw new UnsupportedLayerException($"the bias has {c.Length} elements",
                    $"export it with 1 or {outputs}");
            }
            for (int o = 0; o < outputs; o++)
            {
                bias[o] = beta * c[c.Length == 1 ? 0 : o];
            }
        }
        LowerDense(node, weights, bias);
    }

    private void LowerMatMul(GraphNode node)
    {
        Tensor b = Constant(node, 1, "the second factor");
        if (b.Rank < 2 || b.Length != b.Dims[^1] * b.Dims[^2])
        {
            throw new UnsupportedLayerException($"the second factor is {b}", "use a matrix");
        }
        LowerDense(node, DenseWeights(b.Reshape(b.Dims[^2], b.Dims[^1]), transposed: false), new float[b.Dims[^1]]);
    }

    /// <summary>Weights [output][input] of a matrix [input][output], or of one already transposed.</summary>
    private static float[] DenseWeights(Tensor matrix, bool transposed)
    {
        float[] source = matrix.ToFloats();
        if (transposed)
        {
            return source;
        }
        int inputs = matrix.Dims[0];
        int outputs = matrix.Dims[1];
        float[] result = new float[source.Length];
        for (int i = 0; i < inputs; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                result[(o * inputs) + i] = source[(i * outputs) + o];
            }
        }
        return result;
    }

    /// <summary>
    /// A dense layer over the last dim: a point-wise convolution; a flattened image permutes the weights instead of
    /// moving data.
    /// </summary>
    private void LowerDense(GraphNode node, float[] weights, float[] bias)
    {
        FloatValue input = DenseInput(node, ref weights);
        LogicalView output = NewOutput(node, ChannelLayout.ChannelsLast);
        AddLayer(new ConvolutionLayer(node.Name, input, output.Value, Window.Point, 1, weights, bias), output);
    }

    private FloatValue DenseInput(GraphNode node, ref float[] weights)
    {
        LogicalView view = Dynamic(node, 0);
        int features = view.Dims[^1];
        if (features != view.Value.ElementCount)
        {
            return Canonical(node.Inputs[0], view, ChannelLayout.ChannelsLast);
        }
        int[] stored = view.StoredIndices();
        weights = PermuteColumns(weights, features, stored);
        return Reshape(node.Inputs[0], view.Value, 1, 1, features, new ChannelMap(1, features, stored));
    }

    private static float[] PermuteColumns(float[] weights, int features, int[] stored)
    {
        float[] result = new float[weights.Length];
        for (int row = 0; row < weights.Length; row += features)
        {
            for (int i = 0; i < features; i++)
            {
                result[row + stored[i]] = weights[row + i];
            }
        }
        return result;
    }

    private void LowerBatchNormalization(GraphNode node)
    {
        float[] scale = Constant(node, 1, "the scale").ToFloats();
        float[] offset = Constant(node, 2, "the offset").ToFloats();
        float[] mean = Constant(node, 3, "the mean").ToFloats();
        float[] variance = Constant(node, 4, "the variance").ToFloats();
        float epsilon = node.Float("epsilon", 1e-5f);
        for (int c = 0; c < scale.Length; c++)
        {
            double factor = scale[c] / Math.Sqrt((double)variance[c] + epsilon);
            offset[c] = (float)(offset[c] - (mean[c] * factor));
            scale[c] = (float)factor;
        }
        int channelDim = node.Layout == ChannelLayout.ChannelsFirst ? 1 : Dynamic(node, 0).Dims.Length - 1;
        Affine(node, 0, channelDim, scale, offset);
    }

    private void LowerBinary(GraphNode node)
    {
        if (node.Inputs.Count == 1)
        {
            views[node.Outputs[0]] = Alias(node);
            return;
        }
        if (node.Inputs.Count != 2)
        {
            throw new UnsupportedLayerException($"it has {node.Inputs.Count} operands", "split it into sums of two");
        }
        bool first = views.ContainsKey(node.Inputs[0]);
        bool second = views.ContainsKey(node.Inputs[1]);
        if (first && second)
        {
            LowerDynamicBinary(node);
            return;
        }
        int dynamicIndex = first ? 0 : 1;
        LogicalView view = Dynamic(node, dynamicIndex);
        Tensor constant = Constant(node, 1 - dynamicIndex, "one operand");
        (int dim, float[] values) = PerChannel(view, constant, OutputDims(node));
        float[] ones = Enumerable.Repeat(1f, values.Length).ToArray();
        float[] zeros = new float[values.Length];
        switch (node.Operator)
        {
            case "Add" or "Sum": Affine(node, dynamicIndex, dim, ones, values); break;
            case "Sub" when first: Affine(node, 0, dim, ones, [.. values.Select(v => -v)]); break;
            case "Sub": Affine(node, 1, dim, [.. ones.Select(v => -v)], values); break;
            case "Mul": Affine(node, dynamicIndex, dim, values, zeros); break;
            case "Div" when first: Affine(node, 0, dim, [.. values.Select(v => 1 / v)], zeros); break;
            default: throw new UnsupportedLayerException("a constant is divided by a tensor", "rewrite the division");
        }
    }

    /// <summary>The dim along which a constant varies and its values there; one value when it does not vary.</summary>
    private static (int Dim, float[] Values) PerChannel(LogicalView view, Tensor constant, ReadOnlySpan<int> outputDims)
    {
        float[] values = constant.ToFloats();
        if (values.Length == 1 && outputDims.SequenceEqual(view.Dims))
        {
            return (-1, values);
        }
        int dim = -1;
        for (int i = 0; i < constant.Rank; i++)
        {
            if (constant.Dims[i] != 1)
            {
                int aligned = outputDims.Length - constant.Rank + i;
                bool valid = dim < 0 && aligned >= 0 && aligned < view.Dims.Length
                    && constant.Dims[i] == view.Dims[aligned];
                dim = valid ? aligned : int.MaxValue;
            }
        }
        if (dim is < 0 or int.MaxValue || !outputDims.SequenceEqual(view.Dims))
        {
            throw new UnsupportedLayerException(
                $"the constant {Tensor.FormatDims(constant.Dims)} does not give one value per channel",
                    "use a per-channel constant");
        }
        return (dim, values);
    }

    /// <summary>
    /// scale · x + offset along a dim; folded into the convolution that writes x where that is possible.
    /// </summary>
    private void Affine(GraphNode node, int operand, int dim, float[] scale, float[] offset)
    {
        LogicalView view = Dynamic(node, operand);
        string output = node.Outputs[0];
        bool whole = dim < 0 || dim == view.ChannelDim() || (view.Dims[dim] == 1 && view.Value.Channels == 1);
        if (whole && view.SingleUse && view.Value.Producer is ConvolutionLayer { Clamp.IsNone: true } convolution)
        {
            Fold(convolution, scale, offset);
            Retag(view, output);
            return;
        }
        FloatValue input = view.Value;
        LogicalView result;
        if (whole)
        {
            result = NewLike(view, output);
        }
        else
        {
            if (LogicalView.Spatial(view.Dims, node.Layout) is not { } at || at.Channel != dim)
            {
                throw new UnsupportedLayerException("a constant varies along a dim that is not the channel",
                    "use a per-channel constant");
            }
            input = Canonical(node.Inputs[operand], view, node.Layout);
            result = NewOutput(node, node.Layout);
        }
        float[] weights = Spread(scale, input.Channels);
        var layer = new ConvolutionLayer(
            node.Name, input, result.Value, Window.Point, input.Channels, weights, Spread(offset, input.Channels));
        AddLayer(layer, result);
    }

    private static float[] Spread(float[] values, int channels) =>
        values.Length == channels ? values : Enumerable.Repeat(values[0], channels).ToArray();

    private static void Fold(ConvolutionLayer convolution, float[] scale, float[] offset)
    {
        int outputs = convolution.Bias.Length;
        int perOutput = convolution.Weights.Length / outputs;
        for (int o = 0; o < outputs; o++)
        {
            float factor = scale[scale.Length == 1 ? 0 : o];
            for (int i = 0; i < perOutput; i++)
            {
                convolution.Weights[(o * perOutput) + i] *= factor;
            }
            convolution.Bias[o] = (convolution.Bias[o] * factor) + offset[offset.Length == 1 ? 0 : o];
        }
    }

    /// <summary>The same storage now holds another tensor, because a step was fused into its producer.</summary>
    private void Retag(LogicalView view, string tensor)
    {
        view.Value.Tensor = tensor;
        views[tensor] = LogicalView.Over(view.Value, view.Dims, view.Atoms, IsSingleUse(tensor));
    }

    private void LowerDynamicBinary(GraphNode node)
    {
        LogicalView a = Dynamic(node, 0);
        LogicalView b = Dynamic(node, 1);
        if (node.Operator is "Mul" && !a.Dims.SequenceEqual(b.Dims))
        {
            LowerChannelProduct(node, a, b);
            return;
        }
        if (node.Operator == "Div" || !a.Dims.SequenceEqual(b.Dims))
        {
            throw new UnsupportedLayerException(
                $"operands {Tensor.FormatDims(a.Dims)} and {Tensor.FormatDims(b.Dims)} cannot be combined",
                    "use equal shapes");
        }
        FloatValue left = a.Value;
        FloatValue right = b.Value;
        LogicalView output;
        if (a.Matches(b))
        {
            output = NewLike(a, node.Outputs[0]);
        }
        else
        {
            left = Canonical(node.Inputs[0], a, node.Layout);
            right = Canonical(node.Inputs[1], b, node.Layout);
            output = NewOutput(node, node.Layout);
        }
        FloatLayer layer = node.Operator == "Mul"
            ? new ProductLayer(node.Name, left, right, output.Value)
            : new SumLayer(node.Name, left, right, output.Value, node.Operator == "Sub");
        AddLayer(layer, output);
    }

    private void LowerChannelProduct(GraphNode node, LogicalView a, LogicalView b)
    {
        int big = OutputDims(node).SequenceEqual(a.Dims) ? 0 : 1;
        FloatValue whole = Canonical(node.Inputs[big], big == 0 ? a : b, node.Layout);
        FloatValue factor = Canonical(node.Inputs[1 - big], big == 0 ? b : a, node.Layout);
        LogicalView output = NewOutput(node, node.Layout);
        bool fits = factor.Height == 1 && factor.Width == 1 && factor.Channels == output.Value.Channels
            && whole.ElementCount == output.Value.ElementCount;
        if (!fits)
        {
            throw new UnsupportedLayerException("the factors do not have equal shapes or one value per channel",
                "use one of these");
        }
        AddLayer(new ProductLayer(node.Name, whole, factor, output.Value), output);
    }
}
