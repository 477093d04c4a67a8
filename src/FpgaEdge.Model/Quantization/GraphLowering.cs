using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Turns an imported float graph into layers in the shape of integer nodes: height × width × channels storage,
/// activation functions and affine steps fused, reshapes and transpositions dissolved into views wherever no byte has
/// to move.
/// </summary>
internal sealed partial class GraphLowering
{
    private readonly Graph graph;
    private readonly IReadOnlyDictionary<string, Tensor> tensors;
    private readonly Dictionary<string, LogicalView> views = [];
    private readonly Dictionary<string, List<GraphNode>> consumers = [];
    private readonly List<FloatLayer> layers = [];
    private readonly List<UnsupportedNode> problems = [];
    private readonly HashSet<string> outputNames;
    private readonly List<FloatValue> inputs = [];
    private readonly bool integers;
    private bool finalSoftmax;

    private GraphLowering(Graph graph, bool integers)
    {
        graph = GraphSimplifier.FoldConstants(graph);
        graph = integers ? graph : ResponseNormalization.Expand(graph);
        this.graph = graph;
        this.integers = integers;
        tensors = ShapeInference.Infer(graph);
        outputNames = [.. graph.Outputs.Select(output => output.Name)];
        foreach (GraphNode node in graph.Nodes)
        {
            foreach (string input in node.Inputs)
            {
                if (!consumers.TryGetValue(input, out List<GraphNode>? list))
                {
                    consumers[input] = list = [];
                }
                list.Add(node);
            }
        }
    }

    /// <summary>The lowered network.</summary>
    /// <exception cref="UnsupportedModelException">Nodes that integers cannot express; all are listed.</exception>
    public static FloatNetwork Lower(Graph graph) => new GraphLowering(graph, integers: false).Run();

    /// <summary>A network that is integers already, lowered to layers that know their nodes.</summary>
    /// <exception cref="UnsupportedModelException">Nodes without an integer form; all are listed.</exception>
    public static FloatNetwork LowerIntegers(Graph graph) => new GraphLowering(graph, integers: true).Run();

    /// <summary>The views of all tensors that a lowered network stores, by tensor name.</summary>
    public static IReadOnlyDictionary<string, LogicalView> Views(Graph graph)
    {
        var lowering = new GraphLowering(graph, integers: false);
        lowering.Run();
        return lowering.views;
    }

    private FloatNetwork Run()
    {
        foreach (TensorInfo input in graph.Inputs)
        {
            LogicalView? view = LogicalView.Create(input.Name, tensors[input.Name].Dims, GraphLayout,
                IsSingleUse(input.Name));
            if (view is null || !(input.Type.IsFloat() || IsByteInput(input)))
            {
                problems.Add(new UnsupportedNode(input.Name, "graph input",
                    $"{tensors[input.Name]} is not an image or vector",
                    "use a batch of one and at most two spatial dims"));
                continue;
            }
            if (!input.Type.IsFloat())
            {
                view.Value.Numbers = TfliteNumbers(input.Name);
            }
            views[input.Name] = view;
            inputs.Add(view.Value);
        }
        foreach (GraphNode node in graph.Nodes)
        {
            LowerChecked(node);
        }
        FloatValue[] outputs = problems.Count > 0 ? [] : [.. graph.Outputs.Select(LowerOutput)];
        if (problems.Count > 0)
        {
            throw new UnsupportedModelException(graph.Name, problems);
        }
        return new FloatNetwork(graph.Name, inputs, outputs, layers, finalSoftmax);
    }

    private bool IsByteInput(TensorInfo input) =>
        integers && input.Type is ElementType.Int8 or ElementType.UInt8
            && graph.QuantizationOf(input.Name) is { Scale: > 0 };

    private ChannelLayout GraphLayout =>
        graph.Format == ModelFormat.Onnx ? ChannelLayout.ChannelsFirst : ChannelLayout.ChannelsLast;

    private FloatValue LowerOutput(TensorInfo output)
    {
        if (!views.TryGetValue(output.Name, out LogicalView? view))
        {
            problems.Add(new UnsupportedNode(output.Name, "graph output", "it does not depend on the input",
                "remove it from the network's outputs"));
            return new FloatValue(output.Name, 1, 1, 1);
        }
        try
        {
            return Canonical(output.Name, view, GraphLayout);
        }
        catch (UnsupportedLayerException error)
        {
            problems.Add(new UnsupportedNode(output.Name, "graph output", error.Message, error.Remedy));
            return view.Value;
        }
    }

    private void LowerChecked(GraphNode node)
    {
        if (node.Outputs.All(output => output.Length == 0 || tensors[output].HasData))
        {
            return; // follows from constants alone
        }
        bool known = node.Inputs.All(input => input.Length == 0 || tensors[input].HasData || views.ContainsKey(input));
        try
        {
            if (known)
            {
                Lower(node);
                return;
            }
        }
        catch (UnsupportedLayerException error)
        {
            problems.Add(new UnsupportedNode(node.Name, node.Operator, error.Message, error.Remedy));
        }
        foreach (string output in node.Outputs)
        {
            // A stand-in, so that the nodes behind this one are checked as well.
            if (output.Length > 0 && LogicalView.Create(output, tensors[output].Dims, node.Layout, false) is { } view)
            {
                views[output] = view;
            }
        }
    }

    private void Lower(GraphNode node)
    {
        if (integers)
        {
            LowerInteger(node);
            return;
        }
        switch (node.Operator)
        {
            case "Conv": LowerConvolution(node); break;
            case "Gemm": LowerGemm(node); break;
            case "MatMul": LowerMatMul(node); break;
            case "BatchNormalization": LowerBatchNormalization(node); break;
            case "Add" or "Sub" or "Mul" or "Div" or "Sum": LowerBinary(node); break;
            case "MaxPool" or "AveragePool": LowerPool(node); break;
            case "GlobalAveragePool" or "GlobalMaxPool": LowerGlobalPool(node); break;
            case "ReduceMean": LowerMean(node); break;
            case "Relu": LowerClamp(node, ActivationRange.Relu); break;
            case "Clip": LowerClip(node); break;
            case "Concat": LowerConcat(node); break;
            case "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze": LowerReshape(node); break;
            case "Transpose": LowerTranspose(node); break;
            case "Identity" or "Dropout" or "Cast": views[node.Outputs[0]] = Alias(node); break;
            case "Pad": LowerPad(node); break;
            case "Slice": LowerSlice(node); break;
            case "Split": LowerSplit(node); break;
            case "Softmax" or "LogSoftmax": LowerSoftmax(node); break;
            default: LowerFunction(node); break;
        }
        if (!node.Activation.IsNone && views.TryGetValue(node.Outputs[0], out LogicalView? view))
        {
            Clamp(node, view, node.Outputs[0], node.Activation);
        }
    }

    /// <summary>The view of an operand that depends on the input.</summary>
    private LogicalView Dynamic(GraphNode node, int index) =>
        index < node.Inputs.Count && views.TryGetValue(node.Inputs[index], out LogicalView? view)
            ? view : throw new UnsupportedLayerException($"operand {index} must depend on the network's input",
                "fold the constants");

    /// <summary>A constant operand.</summary>
    private Tensor Constant(GraphNode node, int index, string what)
    {
        if (index < node.Inputs.Count && node.Inputs[index].Length > 0 && tensors[node.Inputs[index]].HasData)
        {
            return tensors[node.Inputs[index]];
        }
        throw new UnsupportedLayerException($"{what} must be constant", "export the network with constant parameters");
    }

    private ReadOnlySpan<int> OutputDims(GraphNode node) => tensors[node.Outputs[0]].Dims;

    private bool IsSingleUse(string tensor) =>
        !outputNames.Contains(tensor) && consumers.TryGetValue(tensor, out List<GraphNode>? list) && list.Count == 1;

    /// <summary>A fresh value for a node's result.</summary>
    private LogicalView NewOutput(GraphNode node, ChannelLayout layout)
    {
        string name = node.Outputs[0];
        return LogicalView.Create(name, OutputDims(node), layout,
            IsSingleUse(name)) ?? throw new UnsupportedLayerException(
            $"its result {tensors[name]} is not a batch of one with at most two spatial dims",
                "export with a batch of one");
    }

    /// <summary>A fresh value that is stored and seen like another.</summary>
    private LogicalView NewLike(LogicalView view, string tensor)
    {
        FloatValue from = view.Value;
        var value = new FloatValue(tensor, from.Height, from.Width, from.Channels);
        return LogicalView.Over(value, view.Dims, view.Atoms, IsSingleUse(tensor));
    }

    private void AddLayer(FloatLayer layer, LogicalView output)
    {
        layer.Output.Producer = layer;
        layers.Add(layer);
        views[output.Value.Tensor] = output;
    }

    private FloatValue AddInner(FloatLayer layer)
    {
        layer.Output.Producer = layer;
        layers.Add(layer);
        return layer.Output;
    }

    private LogicalView Alias(GraphNode node)
    {
        LogicalView view = Dynamic(node, 0);
        return new LogicalView(view.Value, view.Dims, view.Atoms, view.SingleUse && IsSingleUse(node.Outputs[0]));
    }

    /// <summary>The value behind a tensor, stored as height × width × channels; moves bytes when it has to.</summary>
    private FloatValue Canonical(string tensor, LogicalView view, ChannelLayout layout)
    {
        if (LogicalView.Spatial(view.Dims, layout) is not { } at)
        {
            throw new UnsupportedLayerException(
                $"{Tensor.FormatDims(view.Dims)} is not a batch of one with at most two spatial dims",
                    "export with a batch of one");
        }
        int height = at.Height < 0 ? 1 : view.Dims[at.Height];
        int width = at.Width < 0 ? 1 : view.Dims[at.Width];
        int channels = view.Dims[at.Channel];
        Atom[] rows = at.Height < 0 ? [] : view.Atoms[at.Height];
        Atom[] columns = at.Width < 0 ? [] : view.Atoms[at.Width];
        List<Atom> pixels = LogicalView.Merge([.. rows, .. columns]);
        List<Atom> all = LogicalView.Merge([.. rows, .. columns, .. view.Atoms[at.Channel]]);
        FloatValue value = view.Value;
        bool inOrder = all.Count == 0 || (all.Count == 1 && all[0].Stride == 1);
        bool channelsOnly = channels == value.Channels && pixels.Count <= 1 && pixels.All(p => p.Stride == channels);
        ChannelMap map = NewChannelMap(view.Dims, at.Channel);
        if (!inOrder)
        {
            value = channelsOnly ? SelectChannels(tensor, value, view.Atoms[at.Channel]) : Permute(tensor, value, all);
            value.ChannelMap = map; // right when the shape is final; else a reshape follows and takes its own
        }
        return Reshape(tensor, value, height, width, channels, map);
    }

    private static ChannelMap NewChannelMap(int[] dims, int channelDim)
    {
        int inner = 1;
        for (int i = channelDim + 1; i < dims.Length; i++)
        {
            inner *= dims[i];
        }
        return new ChannelMap(inner, dims[channelDim]);
    }

    private FloatValue Reshape(string tensor, FloatValue value, int height, int width, int channels, ChannelMap map)
    {
        if (value.Height == height && value.Width == width && value.Channels == channels)
        {
            return value;
        }
        string name = $"{tensor}:reshape";
        var reshaped = new FloatValue(tensor, height, width, channels) { ChannelMap = map, Label = name };
        return AddInner(new ReshapeLayer(name, value, reshaped));
    }

    private FloatValue SelectChannels(string tensor, FloatValue value, Atom[] atoms)
    {
        var pixel = new LogicalView(new FloatValue(tensor, 1, 1, value.Channels), [value.Channels], [atoms], false);
        string name = $"{tensor}:channels";
        var selected = new FloatValue(tensor, value.Height, value.Width, value.Channels) { Label = name };
        return AddInner(new SliceLayer(name, value, selected, 0, 0, 1, 1, pixel.StoredIndices()));
    }

    private FloatValue Permute(string tensor, FloatValue value, List<Atom> atoms)
    {
        if (atoms.Count > 3)
        {
            throw new UnsupportedLayerException("its operand would have to be transposed along more than three axes",
                "export with a simpler transposition");
        }
        Atom[] stored = [.. atoms.OrderByDescending(atom => atom.Stride)];
        int[] extents = [.. stored.Select(atom => atom.Extent), .. Enumerable.Repeat(1, 3 - stored.Length)];
        int[] permutation = [.. atoms.Select(atom => Array.IndexOf(stored, atom)), .. Enumerable.Range(stored.Length,
            3 - stored.Length)];
        FloatValue before = Reshape(tensor, value, extents[0], extents[1], extents[2], new ChannelMap(1, extents[2]));
        int[] moved = [.. permutation.Select(axis => extents[axis])];
        string name = $"{tensor}:transpose";
        var after = new FloatValue(tensor, moved[0], moved[1], moved[2]) { Label = name };
        return AddInner(new TransposeLayer(name, before, after, permutation));
    }

    /// <summary>A node that cannot become integer layers.</summary>
    private sealed class UnsupportedLayerException(string reason, string remedy) : Exception(reason)
    {
        public string Remedy { get; } = remedy;
    }
}
