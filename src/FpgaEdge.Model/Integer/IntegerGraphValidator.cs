namespace FpgaEdge.Model.Integer;

/// <summary>
/// Refuses integer graphs on which any backend could read outside a tensor, overflow an index or run without end.
/// Packages come from the network, so every graph passes here before it is run, compiled or planned.
/// </summary>
/// <remarks>
/// Rules beyond those stated at the node kinds: nodes read only graph inputs and tensors written by earlier nodes;
/// every output tensor is written or an input; shapes follow from the windows; clamps lie inside the output type; all
/// of <see cref="IntegerGraphLimits"/>.
/// </remarks>
public static class IntegerGraphValidator
{
    /// <summary>Checks the whole graph.</summary>
    /// <exception cref="ModelFormatException">The first rule broken, with the node and tensor.</exception>
    public static void Validate(IntegerGraph graph)
    {
        CheckText("the network's name", graph.Name);
        CheckTensors(graph);
        bool[] available = new bool[graph.Tensors.Count];
        CheckInputs(graph, available);
        long operations = 0;
        for (int i = 0; i < graph.Nodes.Count; i++)
        {
            IntegerNode node = graph.Nodes[i] ?? throw new ModelFormatException($"node {i} is missing");
            CheckText($"the name of node {i}", node.Name);
            CheckEdges(graph, node, available);
            operations += IntegerNodeRules.Check(graph, node);
            if (operations > IntegerGraphLimits.Operations)
            {
                throw new ModelFormatException(
                    $"node {node.Name}: more than {IntegerGraphLimits.Operations} operations for one frame");
            }
            available[node.Output] = true;
        }
        CheckOutputs(graph, available);
    }

    /// <summary>Multiply-accumulates and window cells of one frame of a valid graph.</summary>
    public static long Operations(IntegerGraph graph) => graph.Nodes.Sum(node => IntegerNodeRules.Check(graph, node));

    private static void CheckTensors(IntegerGraph graph)
    {
        CheckCount("tensors", graph.Tensors.Count, 1, IntegerGraphLimits.Tensors);
        CheckCount("nodes", graph.Nodes.Count, 0, IntegerGraphLimits.Nodes);
        long bytes = 0;
        for (int i = 0; i < graph.Tensors.Count; i++)
        {
            bytes += CheckTensor(i, graph.Tensors[i]);
        }
        if (bytes > IntegerGraphLimits.AllTensorBytes)
        {
            throw new ModelFormatException(
                $"the activations take {bytes} bytes, more than the limit of {IntegerGraphLimits.AllTensorBytes}");
        }
    }

    private static long CheckTensor(int index, IntegerTensor? tensor)
    {
        if (tensor is null)
        {
            throw new ModelFormatException($"tensor {index} is missing");
        }
        CheckText($"the name of tensor {index}", tensor.Name);
        foreach (int dimension in (ReadOnlySpan<int>)[tensor.Height, tensor.Width, tensor.Channels])
        {
            if (dimension is < 1 or > IntegerGraphLimits.Dimension)
            {
                throw new ModelFormatException(
                    $"tensor {tensor.Name}: a dimension must be 1 … {IntegerGraphLimits.Dimension}, found {dimension}");
            }
        }
        (int minimum, int maximum) = TypeRange(tensor.Type, tensor.Name);
        long bytes = (long)tensor.Height * tensor.Width;
        bytes = bytes > IntegerGraphLimits.TensorBytes
            ? bytes : bytes * tensor.Channels * (tensor.Type == IntegerType.Int32 ? 4 : 1);
        if (bytes > IntegerGraphLimits.TensorBytes)
        {
            throw new ModelFormatException(
                $"tensor {tensor.Name} is larger than {IntegerGraphLimits.TensorBytes} bytes");
        }
        if (tensor.ZeroPoint < minimum || tensor.ZeroPoint > maximum)
        {
            throw new ModelFormatException(
                $"tensor {tensor.Name}: zero point {tensor.ZeroPoint} lies outside {minimum} … {maximum}");
        }
        if (!(tensor.Scale > 0) || !double.IsFinite(tensor.Scale))
        {
            throw new ModelFormatException(
                $"tensor {tensor.Name}: the scale must be positive and finite, found {tensor.Scale}");
        }
        return bytes;
    }

    /// <summary>The zero points and clamps a type admits.</summary>
    internal static (int Minimum, int Maximum) TypeRange(IntegerType type, string tensor) => type switch
    {
        IntegerType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        IntegerType.UInt8 => (byte.MinValue, byte.MaxValue),
        IntegerType.Int32 => (0, 0),
        _ => throw new ModelFormatException($"tensor {tensor} has the unknown element type {(byte)type}"),
    };

    private static void CheckInputs(IntegerGraph graph, bool[] available)
    {
        CheckCount("inputs", graph.Inputs.Count, 1, IntegerGraphLimits.NodeInputs);
        foreach (int index in graph.Inputs)
        {
            CheckIndex(graph, index, "the network's inputs");
            if (available[index])
            {
                throw new ModelFormatException($"tensor {index} is listed twice among the network's inputs");
            }
            available[index] = true;
        }
    }

    private static void CheckOutputs(IntegerGraph graph, bool[] available)
    {
        CheckCount("outputs", graph.Outputs.Count, 1, IntegerGraphLimits.NodeInputs);
        foreach (int index in graph.Outputs)
        {
            CheckIndex(graph, index, "the network's outputs");
            if (!available[index])
            {
                throw new ModelFormatException($"output tensor {index} is written by no node");
            }
        }
    }

    private static void CheckEdges(IntegerGraph graph, IntegerNode node, bool[] available)
    {
        CheckCount($"inputs of node {node.Name}", node.Inputs.Count, 1, IntegerGraphLimits.NodeInputs);
        foreach (int index in node.Inputs)
        {
            CheckIndex(graph, index, $"the inputs of node {node.Name}");
            if (!available[index])
            {
                throw new ModelFormatException($"node {node.Name} reads tensor {index}, which no earlier node writes");
            }
        }
        CheckIndex(graph, node.Output, $"the output of node {node.Name}");
        if (available[node.Output])
        {
            throw new ModelFormatException($"node {node.Name} writes tensor {node.Output}, which is already written");
        }
    }

    private static void CheckIndex(IntegerGraph graph, int index, string where)
    {
        if (index < 0 || index >= graph.Tensors.Count)
        {
            throw new ModelFormatException(
                $"{where}: tensor {index} does not exist, there are {graph.Tensors.Count} tensors");
        }
    }

    private static void CheckCount(string what, int count, int minimum, int maximum)
    {
        if (count < minimum || count > maximum)
        {
            throw new ModelFormatException($"number of {what}: expected {minimum} … {maximum}, found {count}");
        }
    }

    private static void CheckText(string what, string? text)
    {
        if (text is null || text.Length > IntegerGraphLimits.NameLength)
        {
            throw new ModelFormatException(
                $"{what}: expected at most {IntegerGraphLimits.NameLength} characters, " +
                $"found {text?.Length.ToString() ?? "none"}");
        }
    }
}
