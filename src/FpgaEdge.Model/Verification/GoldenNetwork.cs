using FpgaEdge.Model.Reference;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Model.Verification;

/// <summary>
/// An imported integer network evaluated by the golden interpreter. What stands before the first integers and after
/// the last ones (the network's own conversions from and to real numbers) is evaluated as the operators define it.
/// </summary>
internal sealed class GoldenNetwork
{
    private readonly Graph graph;
    private readonly IntegerGraph integers;
    private readonly IReadOnlyDictionary<string, Tensor> shapes;
    private readonly IReadOnlyList<GraphNode> before;
    private readonly IReadOnlyList<GraphNode> after;

    private GoldenNetwork(
        Graph graph,
        IntegerGraph integers,
        IReadOnlyDictionary<string, Tensor> shapes,
        IReadOnlyList<GraphNode> before,
        IReadOnlyList<GraphNode> after)
    {
        this.graph = graph;
        this.integers = integers;
        this.shapes = shapes;
        this.before = before;
        this.after = after;
    }

    /// <summary>The network in integers; null for a float network and where it has no complete integer form.</summary>
    public static GoldenNetwork? TryCreate(Graph graph)
    {
        if (!IntegerImporter.IsQuantized(graph))
        {
            return null;
        }
        IntegerGraph integers;
        try
        {
            integers = IntegerImporter.Import(graph);
        }
        catch (Exception error) when (error is UnsupportedModelException or ModelFormatException)
        {
            return null;
        }
        IReadOnlyDictionary<string, Tensor> shapes = ShapeInference.Infer(graph);
        IEnumerable<IntegerTensor> edges = integers.Inputs.Concat(integers.Outputs).Select(i => integers.Tensors[i]);
        if (integers.FinalSoftmax || !edges.All(edge => IsSame(edge, shapes.GetValueOrDefault(edge.Name))))
        {
            return null;
        }
        HashSet<string> entries = Names(integers, integers.Inputs);
        HashSet<string> exits = Names(integers, integers.Outputs);
        IReadOnlyList<GraphNode> before = Ancestors(graph, entries, []);
        IReadOnlyList<GraphNode> after = Ancestors(graph, [.. graph.Outputs.Select(output => output.Name)], exits);
        HashSet<string> known = [.. exits, .. after.SelectMany(node => node.Outputs), .. graph.Initializers.Keys, ""];
        bool closed = after.All(node => node.Inputs.All(known.Contains))
            && graph.Outputs.All(output => known.Contains(output.Name));
        return closed ? new GoldenNetwork(graph, integers, shapes, before, after) : null;
    }

    /// <summary>The graph's outputs; null when the inputs are not one frame.</summary>
    public IReadOnlyDictionary<string, Tensor>? Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> values = NodeEvaluator.Constants(graph);
        foreach ((string name, Tensor tensor) in inputs)
        {
            values[name] = NodeEvaluator.Widen(tensor);
        }
        foreach (GraphNode node in before)
        {
            NodeEvaluator.Run(graph, node, values, WorkBudget.Unlimited);
        }
        List<byte[]> frames = [];
        foreach (int index in integers.Inputs)
        {
            Tensor shape = shapes[integers.Tensors[index].Name];
            if (!values.TryGetValue(integers.Tensors[index].Name, out Tensor? tensor)
                || tensor.Type != shape.Type || !tensor.Dims.SequenceEqual(shape.Dims))
            {
                return null;
            }
            frames.Add(ChannelsLast(tensor).Bytes.ToArray());
        }
        IReadOnlyList<byte[]> results = GoldenInterpreter.Run(integers, frames);
        for (int i = 0; i < results.Count; i++)
        {
            string name = integers.Tensors[integers.Outputs[i]].Name;
            values[name] = FromChannelsLast(shapes[name], results[i]);
        }
        foreach (GraphNode node in after)
        {
            NodeEvaluator.Run(graph, node, values, WorkBudget.Unlimited);
        }
        return graph.Outputs.ToDictionary(
            output => output.Name, output => NodeEvaluator.Narrow(values[output.Name], output.Type));
    }

    private static HashSet<string> Names(IntegerGraph integers, IReadOnlyList<int> indices) =>
        [.. indices.Select(index => integers.Tensors[index].Name)];

    private static bool IsSame(IntegerTensor edge, Tensor? tensor) => tensor is not null
        && tensor.Length == edge.ElementCount
        && (edge.Type, tensor.Type) is (IntegerType.Int8, ElementType.Int8) or (IntegerType.UInt8, ElementType.UInt8);

    // The nodes that the wanted tensors depend on, in order; what is given is not looked behind.
    private static List<GraphNode> Ancestors(Graph graph, HashSet<string> wanted, HashSet<string> given)
    {
        HashSet<string> needed = [.. wanted];
        List<GraphNode> nodes = [];
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            GraphNode node = graph.Nodes[i];
            if (node.Outputs.Any(output => needed.Contains(output) && !given.Contains(output)))
            {
                nodes.Add(node);
                needed.UnionWith(node.Inputs);
            }
        }
        nodes.Reverse();
        return nodes;
    }

    private Tensor ChannelsLast(Tensor tensor) =>
        graph.Format == ModelFormat.Onnx && tensor.Rank > 2
            ? TensorLayout.Transpose(tensor, [0, .. Enumerable.Range(2, tensor.Rank - 2), 1]) : tensor;

    private Tensor FromChannelsLast(Tensor shape, byte[] bytes)
    {
        int[] dims = shape.Dims.ToArray();
        if (graph.Format != ModelFormat.Onnx || dims.Length <= 2)
        {
            return Tensor.FromLittleEndian(shape.Type, dims, bytes);
        }
        int[] stored = [dims[0], .. dims[2..], dims[1]];
        int last = dims.Length - 1;
        return TensorLayout.Transpose(
            Tensor.FromLittleEndian(shape.Type, stored, bytes), [0, last, .. Enumerable.Range(1, last - 1)]);
    }
}
