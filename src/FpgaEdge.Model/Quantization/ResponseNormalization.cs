namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Local response normalisation in operators that have integer forms: squares by table, sums over neighbouring channels as
/// a point-wise convolution, their power by table, and a product. The reference gives the same numbers but for rounding, so
/// calibration sees every step.
/// </summary>
internal static class ResponseNormalization
{
    /// <summary>The graph without LRN.</summary>
    public static Graph Expand(Graph graph)
    {
        if (!graph.Nodes.Any(node => node.Operator == "LRN"))
        {
            return graph;
        }
        IReadOnlyDictionary<string, Tensor> shapes = ShapeInference.Infer(graph);
        var constants = new Dictionary<string, Tensor>(graph.Initializers);
        var nodes = new List<GraphNode>();
        foreach (GraphNode node in graph.Nodes)
        {
            if (node.Operator == "LRN" && shapes[node.Inputs[0]].Rank == 4)
            {
                nodes.AddRange(Steps(node, shapes[node.Inputs[0]].Dims[1], constants));
            }
            else
            {
                nodes.Add(node);
            }
        }
        return graph.With(nodes, constants);
    }

    private static IEnumerable<GraphNode> Steps(GraphNode node, int channels, Dictionary<string, Tensor> constants)
    {
        string output = node.Outputs[0];
        int size = (int)Math.Clamp(node.Int("size", 1), 1, 2L * channels);
        float share = node.Float("alpha", 1e-4f) / size;
        float[] weights = new float[channels * channels];
        for (int o = 0; o < channels; o++)
        {
            // From (size − 1) / 2 channels before to size / 2 after, both rounded down.
            for (int i = Math.Max(0, o - ((size - 1) / 2)); i <= Math.Min(channels - 1, o + (size / 2)); i++)
            {
                weights[(o * channels) + i] = share;
            }
        }
        float[] bias = new float[channels];
        Array.Fill(bias, node.Float("bias", 1));
        constants[$"{output}/two"] = Tensor.Scalar(2f);
        constants[$"{output}/weights"] = Tensor.Of(weights, channels, channels, 1, 1);
        constants[$"{output}/bias"] = Tensor.Of(bias, channels);
        constants[$"{output}/power"] = Tensor.Scalar(-node.Float("beta", 0.75f));
        return
        [
            Step(node, "Pow", "squares", $"{output}/squares", node.Inputs[0], $"{output}/two"),
            Step(node, "Conv", "sums", $"{output}/sums", $"{output}/squares", $"{output}/weights", $"{output}/bias"),
            Step(node, "Pow", "factors", $"{output}/factors", $"{output}/sums", $"{output}/power"),
            Step(node, "Mul", "product", output, node.Inputs[0], $"{output}/factors"),
        ];
    }

    private static GraphNode Step(GraphNode node, string name, string part, string output, params string[] inputs) => new()
    {
        Name = $"{node.Name}/{part}",
        Operator = name,
        Version = node.Version,
        Inputs = inputs,
        Outputs = [output],
        Layout = node.Layout,
    };
}
