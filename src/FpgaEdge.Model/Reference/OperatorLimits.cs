namespace FpgaEdge.Model.Reference;

/// <summary>
/// Forms of supported operators that are not supported, as far as attributes and constants show them.
/// </summary>
internal static class OperatorLimits
{
    private const int MaxSpatialAxes = 2;

    /// <summary>Why the node cannot be evaluated and what would help; null when nothing stands against it.</summary>
    public static (string Reason, string Remedy)? Objection(Graph graph, GraphNode node) => node.Operator switch
    {
        "Conv" or "ConvInteger" => Weights(graph, node, 1, 1),
        "QLinearConv" => Weights(graph, node, 3, 1),
        "ConvTranspose" => Weights(graph, node, 1, 1),
        "MaxPool" => Pool(node) ?? (node.Outputs.Count > 1 && node.Outputs[1].Length > 0
            ? ("its second result, the indices, is used", "export without the indices") : null),
        "AveragePool" or "QLinearAveragePool" => Pool(node),
        "Pad" => OneOf(node, "mode", "constant", "constant", "edge", "reflect"),
        "Resize" => OneOf(node, "mode", "nearest", "nearest", "linear")
            ?? OneOf(
                node, "coordinate_transformation_mode", "half_pixel",
                "half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "tf_half_pixel_for_nn"),
        "Upsample" => OneOf(node, "mode", "nearest", "nearest", "linear"),
        "BatchNormalization" when node.Int("training_mode", 0) != 0 =>
            ("it is in training mode", "export the model for inference"),
        "QuantizeLinear" or "DequantizeLinear" when node.Int("block_size", 0) != 0 =>
            ("it has scales per block (block_size)", "quantise per tensor or per channel"),
        _ => null,
    };

    private static (string Reason, string Remedy)? Weights(Graph graph, GraphNode node, int index, int minimum)
    {
        Tensor? weights = node.HasInput(index) ? graph.Constant(node.Inputs[index]) : null;
        int axes = weights is null ? minimum : weights.Rank - 2;
        return axes >= minimum && axes <= MaxSpatialAxes ? AutoPad(node)
            : ($"it has {axes} spatial axes", $"use {(minimum < MaxSpatialAxes ? "1 or 2" : "2")}");
    }

    private static (string Reason, string Remedy)? Pool(GraphNode node)
    {
        int axes = node.Ints("kernel_shape")?.Count ?? 1;
        return axes is >= 1 and <= MaxSpatialAxes ? AutoPad(node)
            : ($"it has {axes} spatial axes", "use 1 or 2");
    }

    private static (string Reason, string Remedy)? AutoPad(GraphNode node) =>
        OneOf(node, "auto_pad", "NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");

    private static (string Reason, string Remedy)? OneOf(
        GraphNode node, string attribute, string defaultValue, params string[] known)
    {
        string value = node.String(attribute, defaultValue);
        return known.Contains(value) ? null
            : ($"{attribute} '{value}' is not supported", $"use one of {string.Join(", ", known)}");
    }
}
