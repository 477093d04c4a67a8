using FpgaEdge.Model.Reference;

namespace FpgaEdge.Model;

/// <summary>
/// Evaluates an imported graph as its operators are defined, one node after the other. It is what a float network
/// means here: calibration and accuracy are measured against it. Half floats are computed with as Float32; only outputs
/// that the graph declares as Float16 are rounded back.
/// </summary>
public sealed class ReferenceInterpreter
{
    private readonly Graph graph;
    private readonly Dictionary<string, int> lastUse = [];
    private readonly Dictionary<string, Tensor> constants;

    /// <summary>An interpreter of one graph; it keeps no state between runs.</summary>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public ReferenceInterpreter(Graph graph)
    {
        OperatorSupport.Require(graph, graph.Name);
        this.graph = graph;
        constants = NodeEvaluator.Constants(graph);
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            foreach (string input in graph.Nodes[i].Inputs)
            {
                lastUse[input] = i;
            }
            foreach (string output in graph.Nodes[i].Outputs)
            {
                lastUse.TryAdd(output, i);
            }
        }
        foreach (TensorInfo output in graph.Outputs)
        {
            lastUse[output.Name] = int.MaxValue;
        }
    }

    /// <summary>The graph that is evaluated.</summary>
    public Graph Graph => graph;

    /// <summary>The graph's outputs for given inputs.</summary>
    /// <param name="inputs">A tensor for every graph input, by name.</param>
    /// <param name="observer">Called with name and value of every node's results, in topological order.</param>
    /// <exception cref="ModelFormatException">Inputs or shapes that do not fit.</exception>
    public IReadOnlyDictionary<string, Tensor> Run(
        IReadOnlyDictionary<string, Tensor> inputs, Action<string, Tensor>? observer = null)
    {
        Dictionary<string, Tensor> values = new(constants);
        foreach (TensorInfo input in graph.Inputs)
        {
            values[input.Name] = NodeEvaluator.Widen(RequireInput(input, inputs));
        }
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            GraphNode node = graph.Nodes[i];
            NodeEvaluator.Run(graph, node, values, WorkBudget.Unlimited);
            foreach (string output in node.Outputs)
            {
                if (output.Length > 0)
                {
                    observer?.Invoke(output, values[output]);
                }
            }
            Release(node, i, values);
        }
        Dictionary<string, Tensor> outputs = [];
        foreach (TensorInfo output in graph.Outputs)
        {
            outputs[output.Name] = NodeEvaluator.Narrow(values[output.Name], output.Type);
        }
        return outputs;
    }

    // A tensor that no later node reads is dropped, so memory follows the network's width, not its depth.
    private void Release(GraphNode node, int index, Dictionary<string, Tensor> values)
    {
        foreach (string name in node.Inputs.Concat(node.Outputs))
        {
            if (name.Length > 0 && lastUse[name] == index && !graph.Initializers.ContainsKey(name))
            {
                values.Remove(name);
            }
        }
    }

    private Tensor RequireInput(TensorInfo input, IReadOnlyDictionary<string, Tensor> inputs)
    {
        if (!inputs.TryGetValue(input.Name, out Tensor? tensor))
        {
            throw Mismatch(input, "none");
        }
        bool fits = tensor.Type == input.Type && tensor.Rank == input.Dims.Length && tensor.HasData;
        for (int i = 0; fits && i < tensor.Rank; i++)
        {
            fits = input.Dims[i] < 0 || input.Dims[i] == tensor.Dims[i];
        }
        return fits ? tensor : throw Mismatch(input, $"{tensor}");
    }

    private ModelFormatException Mismatch(TensorInfo input, string found) => ModelFormatException.At(
        graph.Name, $"input '{input.Name}'", $"{input.Type} {Tensor.FormatDims(input.Dims)}", found,
        "convert the input to that type and shape");
}
