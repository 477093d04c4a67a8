using FpgaEdge.Model.Reference;

namespace FpgaEdge.Model;

/// <summary>Says which nodes of a graph cannot be evaluated, before any work is done.</summary>
public static class OperatorSupport
{
    private const int MinOpset = 7;
    private const int MaxOpset = 25;

    // Operators whose meaning has not changed since the first version; others broadcast or fold differently before 7.
    private static readonly HashSet<string> SameSinceFirst =
    [
        "Abs", "AveragePool", "Ceil", "Clip", "Concat", "Conv", "ConvTranspose", "Elu", "Exp", "Flatten", "Floor",
        "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "Identity", "InstanceNormalization", "LRN", "LeakyRelu", "Log",
        "MatMul", "MaxPool", "Neg", "Reciprocal", "Relu", "Selu", "Sigmoid", "Softmax", "Softplus", "Softsign", "Sqrt", "Sum",
        "Tanh", "Transpose",
    ];

    /// <summary>Every offending node; empty when the whole graph is supported.</summary>
    public static IReadOnlyList<UnsupportedNode> Check(Graph graph)
    {
        List<UnsupportedNode> found = [];
        foreach (GraphNode node in graph.Nodes)
        {
            if (CheckNode(graph, node) is { } problem)
            {
                found.Add(problem);
            }
        }
        return found;
    }

    /// <summary>Throws the report when anything in the graph is unsupported.</summary>
    /// <exception cref="UnsupportedModelException">At least one node is unsupported.</exception>
    public static void Require(Graph graph, string file)
    {
        IReadOnlyList<UnsupportedNode> found = Check(graph);
        if (found.Count > 0)
        {
            throw new UnsupportedModelException(file, found);
        }
    }

    private static UnsupportedNode? CheckNode(Graph graph, GraphNode node)
    {
        bool plain = node.Domain is GraphNode.OnnxDomain or GraphNode.TfliteDomain;
        string name = plain ? node.Operator : $"{node.Domain}.{node.Operator}";
        if (OperatorTable.Find(node) is null)
        {
            return new UnsupportedNode(
                node.Name, name, "the operator is not supported",
                $"replace it; supported are {string.Join(", ", OperatorTable.Names(node.Domain))}");
        }
        if (node.Domain == GraphNode.OnnxDomain
            && (node.Version > MaxOpset || (node.Version < MinOpset && !SameSinceFirst.Contains(node.Operator))))
        {
            return new UnsupportedNode(
                node.Name, name, $"operator set {node.Version} is not supported",
                $"export the model with operator set {MinOpset} to {MaxOpset}");
        }
        if (OperatorLimits.Objection(graph, node) is { } objection)
        {
            return new UnsupportedNode(node.Name, name, objection.Reason, objection.Remedy);
        }
        foreach ((string key, AttributeValue value) in node.Attributes)
        {
            if (value.Kind == AttributeKind.Other)
            {
                return new UnsupportedNode(
                    node.Name, name, $"attribute '{key}' has an unsupported kind ({value})", "export it without");
            }
        }
        return null;
    }
}
