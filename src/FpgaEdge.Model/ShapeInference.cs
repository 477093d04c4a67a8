using FpgaEdge.Model.Reference;

namespace FpgaEdge.Model;

/// <summary>
/// Finds type and dims of every tensor of a graph. Constants and what follows from constants alone (stored int8 weights
/// that are dequantised, shapes computed inside the graph) keep their values, as far as <see cref="WorkBudget"/> goes.
/// </summary>
public static class ShapeInference
{
    /// <summary>
    /// Every tensor by name: inputs, initializers and results. A tensor that depends on the input has no data. Types
    /// are those of the evaluation, which widens half floats. Open
    /// extents of the inputs count as 1 unless <paramref name="inputDims"/> gives the input's dims.
    /// </summary>
    /// <exception cref="ModelFormatException">Dims that do not fit together, or too large.</exception>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public static IReadOnlyDictionary<string, Tensor> Infer(
        Graph graph, IReadOnlyDictionary<string, int[]>? inputDims = null) => Infer(graph, inputDims, out _);

    /// <summary>About how many multiply-accumulates, or comparable steps, one evaluation takes.</summary>
    /// <exception cref="ModelFormatException">Dims that do not fit together, or too large.</exception>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public static double Operations(Graph graph)
    {
        Infer(graph, null, out double operations);
        return operations;
    }

    private static Dictionary<string, Tensor> Infer(
        Graph graph, IReadOnlyDictionary<string, int[]>? inputDims, out double operations)
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
        var budget = WorkBudget.ForConstants(graph);
        foreach (GraphNode node in graph.Nodes)
        {
            NodeEvaluator.Run(graph, node, values, budget);
            if (budget.Demanded > WorkBudget.MaxOperations)
            {
                throw ModelFormatException.At(
                    graph.Name, $"node '{node.Name}'", $"at most {WorkBudget.MaxOperations:E2} operations for one input",
                    "more", "use a smaller network or smaller inputs");
            }
        }
        operations = budget.Demanded;
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
