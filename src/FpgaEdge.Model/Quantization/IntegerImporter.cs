using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Imports networks that are integers already: TFLite int8 and uint8, ONNX with QLinear operators. The integer graph
/// gives the same integers as the network's own arithmetic, bit by bit.
/// </summary>
public static class IntegerImporter
{
    /// <summary>
    /// Whether a graph computes with quantised integers: its convolutions and dense layers read 8-bit tensors.
    /// </summary>
    public static bool IsQuantized(Graph graph)
    {
        IReadOnlyDictionary<string, Tensor> tensors = ShapeInference.Infer(graph);
        return graph.Nodes.Any(node => node.Operator.StartsWith("QLinear", StringComparison.Ordinal)
            || (node.Operator is "Conv" or "Gemm" && !tensors[node.Inputs[0]].Type.IsFloat()));
    }

    /// <summary>The integer graph of a quantised network.</summary>
    /// <returns>
    /// A valid graph with the network's own scales and zero points. Conversions from and to real numbers at the
    /// network's ends are left to <see cref="TensorEdges"/>.
    /// </returns>
    /// <exception cref="UnsupportedModelException">Nodes without an integer form; all are listed.</exception>
    public static IntegerGraph Import(Graph graph) =>
        IntegerEmitter.Emit(GraphLowering.LowerIntegers(graph), value => GraphLowering.Numbers(value), null);
}
