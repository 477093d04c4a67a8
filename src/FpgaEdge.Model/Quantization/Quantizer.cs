using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Post-training quantisation to the arithmetic that VTA has: int8 activations, int8 weights with zero point 0 and one
/// scale per output channel, 32-bit accumulators and a shift.
/// </summary>
public static class Quantizer
{
    /// <summary>Quantises a float network.</summary>
    /// <param name="graph">A float network of either format.</param>
    /// <param name="calibrationInputs">Typical inputs, preprocessed: for each frame a tensor per graph input, by
    /// name.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <param name="progress">Called with frames done and frames in total while calibration runs.</param>
    /// <returns>
    /// A valid integer graph. Its inputs and outputs are height × width × channels whatever the source's layout; see
    /// <see cref="TensorEdges"/> for the conversions. A last softmax is left to the edge (<see
    /// cref="IntegerGraph.FinalSoftmax"/>).
    /// </returns>
    /// <exception cref="UnsupportedModelException">Nodes that integers cannot express; all are listed, before any
    /// work.</exception>
    /// <exception cref="ModelFormatException">No calibration inputs, or inputs that do not fit.</exception>
    public static IntegerGraph Quantize(Graph graph, IReadOnlyList<IReadOnlyDictionary<string,
        Tensor>> calibrationInputs,
        QuantizerOptions? options = null, Action<int, int>? progress = null)
    {
        options ??= QuantizerOptions.Default;
        graph = GraphSimplifier.FoldConstants(graph); // weights that are stored small, among others
        graph = ResponseNormalization.Expand(graph);
        FloatNetwork network = GraphLowering.Lower(graph);
        if (calibrationInputs.Count == 0)
        {
            throw new ModelFormatException(
                $"{graph.Name}: calibration needs at least one input, none were given; name some typical inputs");
        }
        Calibration calibration = Calibration.Run(graph, network, calibrationInputs, progress);
        ScaleAssignment scales = ScaleAssignment.Choose(network, calibration, options);
        return IntegerEmitter.Emit(network, scales.Numbers, options.CorrectBias ? calibration : null);
    }

    /// <summary>The same for a network with one input.</summary>
    public static IntegerGraph Quantize(Graph graph, IReadOnlyList<Tensor> calibrationInputs,
        QuantizerOptions? options = null, Action<int, int>? progress = null)
    {
        if (graph.Inputs.Count != 1)
        {
            throw new ModelFormatException(
                $"{graph.Name}: the network has {graph.Inputs.Count} inputs; give a tensor for each by name");
        }
        string name = graph.Inputs[0].Name;
        return Quantize(graph, [.. calibrationInputs.Select(tensor => new Dictionary<string,
            Tensor> { [name] = tensor })],
            options, progress);
    }
}
