namespace FpgaEdge.Model;

/// <summary>
/// Finds type and dims of every tensor of a graph. Constants and what follows from constants alone (stored int8 weights
/// that are dequantised, shapes computed inside the graph) keep their values.
/// </summary>
public static class ShapeInference
{
    /// <summary>
    /// Results that follow from constants are computed up to this many elements in all; beyond it they are only
    /// described, so that a small file cannot ask for much memory.
    /// </summary>
    public const int MaxConstantElements = 1 << 25;

    /// <summary>
    /// Every tensor by name: inputs, initializers and results. A tensor that depends on the input has no data. Types
    /// are those of the evaluation, which widens half floats. Open
    /// extents of the inputs count as 1 unless <paramref name="inputDims"/> gives the input's dims.
    /// </summary>
    /// <exception cref="ModelFormatException">Dims that do not fit together, or too large.</exception>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public static IReadOnlyDictionary<string, Tensor> Infer(
        Graph graph, IReadOnlyDictionary<string, int[]>? inputDims = null)
    {
        OperatorSupport.Require(graph, graph.Name);
        Dictionary<string, Tensor> values = NodeEvaluator.Constants(graph);
        foreach (TensorInfo input in graph.Inputs)
        {
            int[] dims = inputDims is not null && inputDims.TryGetValue(input.Name, out int[]? given)
                ? given : ResolveOpen(input.Dims);
            if (Tensor.TryCountElements(dims) < 0)
            {
                throw ModelFormatException.At(
                    graph.Name, $"input '{input.Name}'", $"0…{Tensor.MaxElements} elements", Tensor.FormatDims(dims),
                    "use smaller inputs");
            }
            values[input.Name] = NodeEvaluator.Widen(Tensor.ShapeOnly(input.Type, dims));
        }
        int left = MaxConstantElements;
        foreach (GraphNode node in graph.Nodes)
        {
            NodeEvaluator.Run(graph, node, values, left);
            foreach (string output in node.Outputs)
            {
                left -= output.Length > 0 && values[output].HasData ? Math.Min(left, values[output].Length) : 0;
            }
        }
        return values;
    }

    private static int[] ResolveOpen(ReadOnlySpan<int> dims)
    {
        int[] result = dims.ToArray();
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = result[i] < 0 ? 1 : result[i];
        }
        return result;
    }
}
