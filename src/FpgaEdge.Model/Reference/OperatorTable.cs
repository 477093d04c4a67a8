namespace FpgaEdge.Model.Reference;

/// <summary>Every operator that the reference evaluates, by domain and name.</summary>
internal static class OperatorTable
{
    private static readonly Dictionary<string, Action<OperatorContext>> Shared = new()
    {
        ["Add"] = Elementwise.Binary((a, b) => a + b, (a, b) => a + b),
        ["AveragePool"] = Pooling.AveragePool,
        ["Clip"] = Elementwise.Clip,
        ["Concat"] = Movement.Concat,
        ["Conv"] = FloatOperators.Conv,
        ["Gemm"] = FloatOperators.Gemm,
        ["MaxPool"] = Pooling.MaxPool,
        ["Mul"] = Elementwise.Binary((a, b) => a * b, (a, b) => a * b),
        ["Relu"] = Elementwise.Relu,
        ["Reshape"] = Movement.Reshape,
        ["Softmax"] = FloatOperators.Softmax,
        ["Sub"] = Elementwise.Binary((a, b) => a - b, (a, b) => a - b),
        ["Transpose"] = Movement.Transpose,
    };

    private static readonly Dictionary<string, Action<OperatorContext>> OnnxOnly = new()
    {
        ["Dropout"] = Movement.Identity,
        ["Flatten"] = Movement.Flatten,
        ["GlobalAveragePool"] = Pooling.GlobalAveragePool,
        ["GlobalMaxPool"] = Pooling.GlobalMaxPool,
        ["Identity"] = Movement.Identity,
        ["Sum"] = Elementwise.Fold((a, b) => a + b, (a, b) => a + b),
    };

    /// <summary>The operator's code, or null when it is not supported.</summary>
    public static Action<OperatorContext>? Find(GraphNode node) => node.Domain switch
    {
        GraphNode.OnnxDomain => OnnxOnly.GetValueOrDefault(node.Operator) ?? Shared.GetValueOrDefault(node.Operator),
        GraphNode.TfliteDomain => Shared.GetValueOrDefault(node.Operator),
        _ => null,
    };

    /// <summary>Names of the supported operators of a domain, sorted.</summary>
    public static IEnumerable<string> Names(string domain) => (domain switch
    {
        GraphNode.OnnxDomain => Shared.Keys.Concat(OnnxOnly.Keys),
        GraphNode.TfliteDomain => Shared.Keys,
        _ => [],
    }).Order(StringComparer.Ordinal);
}
