namespace FpgaEdge.Model.Verification;

/// <summary>
/// The one place that says what evaluates an imported network. Integer networks are evaluated by the golden
/// interpreter over their integer graph, the same graph that boards run; float networks, and integer networks that
/// have no complete integer graph, by the reference interpreter over the imported operators.
/// </summary>
public sealed class NetworkEvaluator
{
    private readonly ReferenceInterpreter reference;
    private readonly GoldenNetwork? golden;

    /// <summary>An evaluator of one imported graph.</summary>
    /// <exception cref="UnsupportedModelException">The graph has unsupported operators.</exception>
    public NetworkEvaluator(Graph graph)
    {
        reference = new ReferenceInterpreter(graph);
        golden = GoldenNetwork.TryCreate(graph);
    }

    /// <summary>True when the golden interpreter evaluates the network.</summary>
    public bool IsGolden => golden is not null;

    /// <summary>The graph's outputs by name.</summary>
    /// <exception cref="ModelFormatException">Inputs or shapes that do not fit.</exception>
    public IReadOnlyDictionary<string, Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) =>
        golden?.Run(inputs) ?? reference.Run(inputs);
}
