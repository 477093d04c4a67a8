using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>Pools, activation functions and operators that move elements.</summary>
internal sealed partial class GraphLowering
{
    private void LowerPool(GraphNode node)
    {
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), node.Layout);
        LogicalView output = NewOutput(node, node.Layout);
        int[] kernel = [.. (node.Ints("kernel_shape") ?? []).Select(k => (int)k)];
        if (kernel.Length is 0 or > 2 || node.Outputs.Count(name => name.Length > 0) > 1)
        {
            throw new UnsupportedLayerException("pools over one or two dims with one result are supported",
                "export it so");
        }
        Window window = WindowGeometry.Of(node, kernel, input, output.Value);
        bool average = node.Operator == "AveragePool";
        AddLayer(new PoolLayer(
            node.Name, input, output.Value, window, average, node.Int("count_include_pad", 0) != 0), output);
    }

    private void LowerGlobalPool(GraphNode node)
    {
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), node.Layout);
        LogicalView output = NewOutput(node, node.Layout);
        var window = new Window(input.Height, input.Width, 1, 1, 0, 0, 0, 0);
        AddLayer(new PoolLayer(
            node.Name, input, output.Value, window, node.Operator == "GlobalAveragePool", false), output);
    }

    private void LowerMean(GraphNode node)
    {
        (FloatValue input, Window window, LogicalView pooled) = MeanGeometry(node);
        AddLayer(new PoolLayer(node.Name, input, pooled.Value, window, true, false), pooled);
        views[node.Outputs[0]] = pooled.Reshape(OutputDims(node), IsSingleUse(node.Outputs[0]))!;
    }

    private (FloatValue Input, Window Window, LogicalView Pooled) MeanGeometry(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        IReadOnlyList<long>? given = node.HasInput(1) ? Constant(node, 1, "the axes").ToLongs() : node.Ints("axes");
        int[] axes = [.. (given ?? []).Select(axis => (int)(axis < 0 ? axis + view.Dims.Length : axis))];
        if (LogicalView.Spatial(view.Dims, node.Layout) is not { } at || axes.Length == 0
            || axes.Any(axis => axis != at.Height && axis != at.Width))
        {
            throw new UnsupportedLayerException("means over height and width only are supported",
                "use a global average pool");
        }
        FloatValue input = Canonical(node.Inputs[0], view, node.Layout);
        bool rows = axes.Contains(at.Height);
        bool columns = axes.Contains(at.Width);
        var window = new Window(rows ? input.Height : 1, columns ? input.Width : 1, 1, 1, 0, 0, 0, 0);
        int[] kept = [.. view.Dims.Select((dim, i) => axes.Contains(i) ? 1 : dim)];
        string name = node.Outputs[0];
        return (input, window, LogicalView.Create(name, kept, node.Layout, IsSingleUse(name))!);
    }

    private void LowerClip(GraphNode node)
    {
        float minimum = node.HasInput(1) ? Constant(node, 1, "the minimum").ToFloats()[0] : node.Float("min",
            float.NegativeInfinity);
        float maximum = node.HasInput(2) ? Constant(node, 2, "the maximum").ToFloats()[0] : node.Float("max",
            float.PositiveInfinity);
        LowerClamp(node, new ActivationRange(minimum, maximum));
    }

    private void LowerClamp(GraphNode node, ActivationRange range) =>
        Clamp(node, Dynamic(node, 0), node.Outputs[0], range);

    private void Clamp(GraphNode node, LogicalView view, string output, ActivationRange range)
    {
        bool own = node.Outputs[0] == node.Inputs[0] || view.Value.Tensor == output;
        if ((own || view.SingleUse) && view.Value.Producer is { TakesClamp: true } producer)
        {
            producer.Clamp = producer.Clamp.Then(range);
            Retag(view, output);
            return;
        }
        LogicalView result = NewLike(view, output);
        AddLayer(new ClampLayer(node.Name, view.Value, result.Value) { Clamp = range }, result);
    }

    private void LowerFunction(GraphNode node)
    {
        Func<double, double>? function = node.Operator == "Pow" ? Power(node) : ElementFunctions.Find(node);
        if (function is null || node.Inputs.Count(input => input.Length > 0 && !tensors[input].HasData) != 1)
        {
            throw new UnsupportedLayerException("it has no integer form", $"supported are {SupportedOperators}");
        }
        LogicalView view = Dynamic(node, 0);
        LogicalView output = NewLike(view, node.Outputs[0]);
        AddLayer(new FunctionLayer(node.Name, view.Value, output.Value, function), output);
    }

    // With one constant exponent; what has no real power (a negative base, or 0 where it is divided by) counts as next to 0.
    private Func<double, double>? Power(GraphNode node)
    {
        if (tensors[node.Inputs[1]] is not { HasData: true, Length: 1 } exponent)
        {
            return null;
        }
        double power = exponent.ValueAt(0);
        bool everywhere = power >= 0 && power == Math.Floor(power);
        return x => Math.Pow(everywhere ? x : Math.Max(x, 1e-6), power);
    }

    private static string SupportedOperators =>
        "Conv, Gemm, MatMul, BatchNormalization, Add, Sub, Mul, Div, MaxPool, AveragePool, GlobalAveragePool, "
        + "GlobalMaxPool, ReduceMean, Relu, Clip, Concat, Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Identity, "
        + "Dropout, LRN, Pad, Pow by a constant, Slice, Split, a last Softmax, " + string.Join(", ", ElementFunctions.Names);

    private void LowerConcat(GraphNode node)
    {
        LogicalView[] parts = [.. node.Inputs.Select((_, i) => Dynamic(node, i))];
        int rank = parts[0].Dims.Length;
        long given = node.Int("axis", 1);
        int axis = (int)(given < 0 ? given + rank : given);
        LogicalView output = NewOutput(node, node.Layout);
        FloatValue[] values = [.. parts.Select((part, i) => Canonical(node.Inputs[i], part, node.Layout))];
        if (LogicalView.Spatial(parts[0].Dims, node.Layout) is not { } at || (axis != at.Channel && axis != at.Height
            && axis != at.Width))
        {
            throw new UnsupportedLayerException("tensors are joined along the batch",
                "join them along channels, height or width");
        }
        if (axis == at.Channel)
        {
            AddLayer(new ConcatLayer(node.Name, values, output.Value), output);
            return;
        }
        // Along height or width: that axis changes places with the channels, before and after.
        int[] swap = axis == at.Height ? [2, 1, 0] : [0, 2, 1];
        FloatValue[] turned = [.. values.Select((value, i) => Turn($"{node.Name}:{i}", node.Inputs[i], value, swap))];
        FloatValue shape = Turned($"{node.Name}:joined", node.Outputs[0], output.Value, swap);
        FloatValue joined = AddInner(new ConcatLayer(node.Name, turned, shape));
        AddLayer(new TransposeLayer($"{node.Name}:back", joined, output.Value, swap), output);
    }

    private static FloatValue Turned(string label, string tensor, FloatValue value, int[] swap)
    {
        int[] extents = [value.Height, value.Width, value.Channels];
        return new FloatValue(tensor, extents[swap[0]], extents[swap[1]], extents[swap[2]]) { Label = label };
    }

    private FloatValue Turn(string name, string tensor, FloatValue value, int[] swap) =>
        AddInner(new TransposeLayer(name, value, Turned(name, tensor, value, swap), swap));

    private void LowerReshape(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        string output = node.Outputs[0];
        LogicalView? reshaped = view.Reshape(OutputDims(node), IsSingleUse(output));
        if (reshaped is null)
        {
            // The new dims cut across stored axes: bring the bytes into the tensor's own order first.
            List<Atom> all = LogicalView.Merge(view.Atoms.SelectMany(atom => atom));
            FloatValue flat = Reshape(node.Inputs[0], Permute(node.Inputs[0], view.Value, all), 1, 1,
                view.Value.ElementCount,
                new ChannelMap(1, view.Value.ElementCount));
            Atom[][] row = [[new Atom(flat.Channels, 1)]];
            reshaped = new LogicalView(flat, [flat.Channels], row, false).Reshape(OutputDims(node), false);
        }
        views[output] = reshaped ?? throw new UnsupportedLayerException("its shapes do not fit", "check the model");
    }

    private void LowerTranspose(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        IReadOnlyList<long> permutation = node.Ints("perm")
            ?? [.. Enumerable.Range(0, view.Dims.Length).Reverse().Select(axis => (long)axis)];
        views[node.Outputs[0]] = view.Transpose(permutation, IsSingleUse(node.Outputs[0]));
    }

    private void LowerPad(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        int rank = view.Dims.Length;
        long[] pads = node.HasInput(1) ? Constant(node, 1, "the padding").ToLongs() : [.. node.Ints("pads") ?? []];
        float value = node.HasInput(2) ? Constant(node, 2, "the padding value").ToFloats()[0] : node.Float("value", 0);
        if (node.String("mode", "constant") != "constant" || value != 0 || pads.Length != 2 * rank || node.HasInput(3))
        {
            throw new UnsupportedLayerException("padding with anything but zeros", "pad with zeros");
        }
        int[] starts = [.. pads.Take(rank).Select(pad => -(int)pad)];
        AddSlice(node, node.Outputs[0], starts, Enumerable.Repeat(1, rank).ToArray());
    }

    private void LowerSlice(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        int rank = view.Dims.Length;
        long[] starts = node.HasInput(1) ? Constant(node, 1, "the start").ToLongs() : [.. node.Ints("starts") ?? []];
        long[] axes = node.HasInput(3) ? Constant(node, 3, "the axes").ToLongs()
            : [.. node.Ints("axes") ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)]];
        long[] steps = node.HasInput(4) ? Constant(node, 4, "the steps").ToLongs() : [.. starts.Select(_ => 1L)];
        int[] first = new int[rank];
        int[] stride = Enumerable.Repeat(1, rank).ToArray();
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + rank : axes[i]);
            long extent = view.Dims[axis];
            if (steps[i] is < 1 or > int.MaxValue)
            {
                throw new UnsupportedLayerException("slices run backwards", "use positive steps");
            }
            first[axis] = (int)Math.Clamp(starts[i] < 0 ? starts[i] + extent : starts[i], 0, extent);
            stride[axis] = (int)Math.Min(steps[i], extent);
        }
        AddSlice(node, node.Outputs[0], first, stride);
    }

    private void LowerSplit(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        int rank = view.Dims.Length;
        long given = node.Int("axis", 0);
        int axis = (int)(given < 0 ? given + rank : given);
        int[] starts = new int[rank];
        foreach (string output in node.Outputs)
        {
            if (output.Length > 0 && consumers.ContainsKey(output) | outputNames.Contains(output))
            {
                AddSlice(node, output, [.. starts], Enumerable.Repeat(1, rank).ToArray());
            }
            starts[axis] += tensors[output].Dims[axis];
        }
    }

    private void AddSlice(GraphNode node, string output, int[] starts, int[] steps)
    {
        LogicalView view = Dynamic(node, 0);
        FloatValue input = Canonical(node.Inputs[0], view, node.Layout);
        LogicalView result = LogicalView.Create(output, tensors[output].Dims, node.Layout, IsSingleUse(output))
            ?? throw new UnsupportedLayerException($"its result {tensors[output]} is not a batch of one",
                "export with a batch of one");
        if (LogicalView.Spatial(view.Dims, node.Layout) is not { } at || (at.Channel != 0 && starts[0] != 0))
        {
            throw new UnsupportedLayerException("the batch is cut or padded", "use a batch of one");
        }
        int[] channels = new int[result.Value.Channels];
        for (int c = 0; c < channels.Length; c++)
        {
            int from = starts[at.Channel] + (c * steps[at.Channel]);
            channels[c] = from >= 0 && from < input.Channels ? from : -1;
        }
        AddLayer(new SliceLayer(node.Name, input, result.Value, at.Height < 0 ? 0 : starts[at.Height], at.Width < 0
            ? 0 : starts[at.Width],
            at.Height < 0 ? 1 : steps[at.Height], at.Width < 0 ? 1 : steps[at.Width], channels), result);
    }

    private void LowerSoftmax(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        int given = (int)node.Int("axis", node.Version < 13 ? 1 : -1);
        int axis = given < 0 ? given + view.Dims.Length : given;
        bool overChannels = view.Dims[axis] == view.Value.ElementCount
            || (LogicalView.Spatial(view.Dims, node.Layout) is { } at && at.Channel == axis && node.Version >= 13);
        if (!overChannels || !IsFinal(node.Outputs[0]) || graph.Outputs.Count != 1 || node.Float("beta", 1) != 1
            || node.Operator != "Softmax")
        {
            throw new UnsupportedLayerException(
                "softmax is supported as the last step of a network with one output, over channels",
                "cut the network before it");
        }
        finalSoftmax = true;
        views[node.Outputs[0]] = Alias(node);
    }

    private bool IsFinal(string tensor)
    {
        if (!consumers.TryGetValue(tensor, out List<GraphNode>? readers))
        {
            return outputNames.Contains(tensor);
        }
        return readers.All(reader => reader.Operator is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Identity"
            or "Dropout" or "Cast" or "Transpose" && IsFinal(reader.Outputs[0]));
    }
}
