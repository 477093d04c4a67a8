using FpgaEdge.Model.Reference;

namespace FpgaEdge.Model;

/// <summary>
/// Passes that make a graph smaller without changing what it computes (folded normalisations round differently in the
/// last bits). Each returns a new graph; the given one stays as it is.
/// </summary>
public static class GraphSimplifier
{
    private static readonly HashSet<string> CanClamp =
    [
        "Add", "AveragePool", "Conv", "ConvTranspose", "Gemm", "GlobalAveragePool", "MatMul", "MaxPool", "Mul", "Sub",
        "Sum",
    ];

    /// <summary>All passes, in the order in which they help each other.</summary>
    public static Graph Simplify(Graph graph) =>
        FuseActivations(FoldBatchNormalizations(RemoveIdentities(FoldConstants(graph))));

    /// <summary>
    /// Replaces nodes that follow from constants alone by their results, as far as <see cref="WorkBudget"/> goes.
    /// </summary>
    public static Graph FoldConstants(Graph graph)
    {
        Dictionary<string, Tensor> constants = new(graph.Initializers);
        List<GraphNode> nodes = [];
        var budget = WorkBudget.ForConstants(graph);
        foreach (GraphNode node in graph.Nodes)
        {
            Dictionary<string, Tensor>? results = TryEvaluate(graph, node, constants, budget);
            if (results is null)
            {
                nodes.Add(node);
                continue;
            }
            foreach (string output in node.Outputs.Where(output => output.Length > 0))
            {
                constants[output] = results[output];
            }
        }
        return WithoutUnused(graph, nodes, constants);
    }

    /// <summary>Takes out Identity, and Dropout, which does nothing in inference.</summary>
    public static Graph RemoveIdentities(Graph graph)
    {
        GraphUses uses = new(graph);
        Dictionary<string, string> renamed = [];
        List<GraphNode> nodes = [];
        foreach (GraphNode node in graph.Nodes)
        {
            string[] inputs = [.. node.Inputs.Select(input => renamed.GetValueOrDefault(input, input))];
            bool passes = node.Operator is "Identity" or "Dropout" && inputs.Length > 0 && inputs[0].Length > 0
                && !uses.IsOutput(node.Outputs[0]) && node.Outputs.Skip(1).All(uses.IsUnused);
            if (passes)
            {
                renamed[node.Outputs[0]] = inputs[0];
            }
            else
            {
                nodes.Add(node.With(inputs: inputs));
            }
        }
        return WithoutUnused(graph, nodes, graph.Initializers);
    }

    /// <summary>
    /// Takes a BatchNormalization with constant parameters into the convolution before it: weights and bias of every
    /// filter are scaled by scale / √(variance + epsilon).
    /// </summary>
    public static Graph FoldBatchNormalizations(Graph graph)
    {
        GraphUses uses = new(graph);
        Dictionary<string, Tensor> constants = new(graph.Initializers);
        List<GraphNode> nodes = [];
        Dictionary<string, int> producers = [];
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Operator == "BatchNormalization" && node.Outputs.Skip(1).All(uses.IsUnused)
                && producers.TryGetValue(node.Inputs[0], out int position) && uses.IsOnlyFor(node.Inputs[0], node)
                && TryFold(nodes[position], node, constants) is { } folded)
            {
                nodes[position] = folded;
                producers[node.Outputs[0]] = position;
                continue;
            }
            producers[node.Outputs[0]] = nodes.Count;
            nodes.Add(node);
        }
        return WithoutUnused(graph, nodes, constants);
    }

    /// <summary>
    /// Marks a Relu or Clip with constant bounds as the <see cref="GraphNode.Activation"/> of the node before it, where
    /// nobody else reads that node's result.
    /// </summary>
    public static Graph FuseActivations(Graph graph)
    {
        GraphUses uses = new(graph);
        List<GraphNode> nodes = [];
        Dictionary<string, int> producers = [];
        foreach (GraphNode node in graph.Nodes)
        {
            if (RangeOf(graph, node) is { } range && producers.TryGetValue(node.Inputs[0], out int position)
                && CanClamp.Contains(nodes[position].Operator) && nodes[position].Outputs.Count == 1
                && uses.IsOnlyFor(node.Inputs[0], node)
                && SameQuantization(graph, node))
            {
                GraphNode producer = nodes[position];
                nodes[position] = producer.With(
                    outputs: [node.Outputs[0]], activation: producer.Activation.Then(range));
                producers[node.Outputs[0]] = position;
                continue;
            }
            producers[node.Outputs[0]] = nodes.Count;
            nodes.Add(node);
        }
        return WithoutUnused(graph, nodes, graph.Initializers);
    }

    private static Dictionary<string, Tensor>? TryEvaluate(
        Graph graph, GraphNode node, Dictionary<string, Tensor> constants, WorkBudget budget)
    {
        if (!node.Inputs.All(input => input.Length == 0 || constants.ContainsKey(input)))
        {
            return null;
        }
        Dictionary<string, Tensor> values = [];
        foreach (string input in node.Inputs.Where(input => input.Length > 0))
        {
            values[input] = NodeEvaluator.Widen(constants[input]);
        }
        NodeEvaluator.Run(graph, node, values, budget);
        return node.Outputs.All(output => output.Length == 0 || values[output].HasData) ? values : null;
    }

    private static GraphNode? TryFold(GraphNode conv, GraphNode norm, Dictionary<string, Tensor> constants)
    {
        Tensor[] operands = new Tensor[4];
        for (int i = 0; i < 4; i++)
        {
            if (!constants.TryGetValue(norm.Inputs[i + 1], out Tensor? operand) || !operand.Type.IsFloat())
            {
                return null;
            }
            operands[i] = operand;
        }
        bool constantBias = !conv.HasInput(2) || constants.ContainsKey(conv.Inputs[2]);
        if (conv.Operator != "Conv" || !conv.Activation.IsNone || !constantBias
            || !constants.TryGetValue(conv.Inputs[1], out Tensor? weights) || !weights.Type.IsFloat()
            || weights.Rank < 3 || operands.Any(operand => operand.Length != weights.Dims[0]))
        {
            return null;
        }
        float[][] values = Array.ConvertAll(operands, operand => operand.ToFloats());
        float[] bias = conv.HasInput(2) ? constants[conv.Inputs[2]].ToFloats() : new float[weights.Dims[0]];
        if (bias.Length != weights.Dims[0])
        {
            return null;
        }
        float[] scaled = weights.ToFloats();
        int perFilter = scaled.Length / Math.Max(1, bias.Length);
        for (int filter = 0; filter < bias.Length; filter++)
        {
            double factor = values[0][filter] / Math.Sqrt(values[3][filter] + (double)norm.Float("epsilon", 1e-5f));
            for (int i = filter * perFilter; i < (filter + 1) * perFilter; i++)
            {
                scaled[i] = (float)(scaled[i] * factor);
            }
            bias[filter] = (float)(((bias[filter] - values[2][filter]) * factor) + values[1][filter]);
        }
        string weightName = $"{norm.Outputs[0]}:weights";
        string biasName = $"{norm.Outputs[0]}:bias";
        if (!constants.TryAdd(weightName, Tensor.Of(scaled, weights.Dims))
            || !constants.TryAdd(biasName, Tensor.Of(bias, bias.Length)))
        {
            return null;
        }
        return conv.With(inputs: [conv.Inputs[0], weightName, biasName], outputs: [norm.Outputs[0]]);
    }

    private static ActivationRange? RangeOf(Graph graph, GraphNode node)
    {
        if (node.Operator == "Relu")
        {
            return ActivationRange.Relu;
        }
        if (node.Operator != "Clip")
        {
            return null;
        }
        float?[] bounds = [node.Float("min", float.NegativeInfinity), node.Float("max", float.PositiveInfinity)];
        for (int i = 0; i < 2; i++)
        {
            if (node.HasInput(i + 1))
            {
                Tensor? bound = graph.Constant(node.Inputs[i + 1]);
                bounds[i] = bound is { Length: 1 } && bound.Type.IsFloat() ? (float)bound.ValueAt(0) : null;
            }
        }
        return bounds[0] is { } low && bounds[1] is { } high && low <= high ? new ActivationRange(low, high) : null;
    }

    // A clamp that also changes the scale is an operator of its own.
    private static bool SameQuantization(Graph graph, GraphNode node)
    {
        QuantizationParameters? before = graph.QuantizationOf(node.Inputs[0]);
        QuantizationParameters? after = graph.QuantizationOf(node.Outputs[0]);
        return before is null ? after is null : after is not null && before.Matches(after);
    }

    private static Graph WithoutUnused(
        Graph graph, IReadOnlyList<GraphNode> nodes, IReadOnlyDictionary<string, Tensor> constants)
    {
        IReadOnlyList<GraphNode> kept = GraphOrder.WithoutUnused(nodes, graph.Outputs);
        HashSet<string> read = [.. kept.SelectMany(node => node.Inputs), .. graph.Outputs.Select(o => o.Name)];
        Dictionary<string, Tensor> used = [];
        foreach ((string name, Tensor tensor) in constants)
        {
            if (read.Contains(name))
            {
                used[name] = tensor;
            }
        }
        return graph.With(nodes: kept, initializers: used);
    }

    /// <summary>Who reads each tensor of a graph.</summary>
    private sealed class GraphUses
    {
        private readonly Dictionary<string, List<GraphNode>> readers = [];
        private readonly HashSet<string> outputs;

        public GraphUses(Graph graph)
        {
            outputs = [.. graph.Outputs.Select(output => output.Name)];
            foreach (GraphNode node in graph.Nodes)
            {
                foreach (string input in node.Inputs)
                {
                    if (!readers.TryGetValue(input, out List<GraphNode>? list))
                    {
                        readers[input] = list = [];
                    }
                    list.Add(node);
                }
            }
        }

        public bool IsOutput(string name) => outputs.Contains(name);

        public bool IsUnused(string name) => name.Length == 0 || (!IsOutput(name) && !readers.ContainsKey(name));

        public bool IsOnlyFor(string name, GraphNode node) =>
            !IsOutput(name) && readers.TryGetValue(name, out List<GraphNode>? list) && list.Count == 1
            && ReferenceEquals(list[0], node);
    }
}
