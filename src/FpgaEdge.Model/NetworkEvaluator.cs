namespace FpgaEdge.Model;

/// <summary>
/// The one place that says what evaluates an imported network, float or integer: the result it gives is the network's
/// meaning. Everything else (quantised graphs, kernels, the accelerator) is compared with it.
/// </summary>
public sealed class NetworkEvaluator
{
    private readonly ReferenceInterpreter interpreter;

    /// <summary>An evaluator of one imported graph.</summary>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public NetworkEvaluator(Graph graph) => interpreter = new ReferenceInterpreter(graph);

    /// <summary>The graph's outputs by name.</summary>
    /// <exception cref="ModelFormatException">Inputs or shapes that do not fit.</exception>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) =>
        interpreter.Run(inputs);
}
