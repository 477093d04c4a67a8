using FpgaEdge.Model.Reference;

namespace FpgaEdge.Model;

/// <summary>
/// Runs one node over tensors and applies its fused activation. Half floats are a storage format here: they are widened
/// when they appear and computed with as Float32.
/// </summary>
internal static class NodeEvaluator
{
    /// <summary>The constants that an evaluation starts with.</summary>
    public static Dictionary<string, Tensor> Constants(Graph graph)
    {
        Dictionary<string, Tensor> values = new(graph.Initializers.Count);
        foreach ((string name, Tensor tensor) in graph.Initializers)
        {
            values[name] = Widen(tensor);
        }
        return values;
    }

    /// <summary>Half floats as Float32, everything else as it is.</summary>
    public static Tensor Widen(Tensor tensor) => tensor.Type != ElementType.Float16 ? tensor
        : tensor.HasData ? Tensor.Of(tensor.ToFloats(), tensor.Dims)
        : Tensor.ShapeOnly(ElementType.Float32, tensor.Dims);

    /// <summary>A result in the type that the graph declares: rounded once where that is Float16.</summary>
    public static Tensor Narrow(Tensor tensor, ElementType declared)
    {
        if (declared != ElementType.Float16 || tensor.Type != ElementType.Float32)
        {
            return tensor;
        }
        return Tensor.Of(Array.ConvertAll(tensor.ToFloats(), value => (Half)value), tensor.Dims);
    }

    /// <summary>Evaluates a node; results are stored under their names.</summary>
    /// <param name="graph">Graph of the node.</param>
    /// <param name="node">The node.</param>
    /// <param name="values">All known tensors; results are added.</param>
    /// <param name="budget">Results that it does not allow get dims but no data.</param>
    public static void Run(Graph graph, GraphNode node, Dictionary<string, Tensor> values, WorkBudget budget)
    {
        Action<OperatorContext> code = OperatorTable.Find(node)
            ?? throw new UnsupportedModelException(graph.Name, OperatorSupport.Check(graph));
        Tensor?[] inputs = new Tensor?[node.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = node.Inputs[i].Length > 0 ? values[node.Inputs[i]] : null;
        }
        OperatorContext context = new(graph, node, inputs, budget);
        RunChecked(context, code);
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i].Length == 0)
            {
                continue;
            }
            Tensor result = context.Result(i);
            if (result.HasData && !node.Activation.IsNone)
            {
                ApplyActivation(graph, node, i, result);
            }
            values[node.Outputs[i]] = Widen(result);
        }
    }

    // Operators check what they are given; this is the net below them for operands of a kind that they did not expect.
    private static void RunChecked(OperatorContext context, Action<OperatorContext> code)
    {
        try
        {
            code(context);
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException
            or IndexOutOfRangeException or ArithmeticException)
        {
            throw context.Error("operands and attributes that fit together", error.Message.ReplaceLineEndings(" "));
        }
    }

    private static void ApplyActivation(Graph graph, GraphNode node, int index, Tensor result)
    {
        if (result.Type == ElementType.Float32)
        {
            foreach (ref float value in result.Data<float>())
            {
                value = node.Activation.Apply(value);
            }
        }
        else if (result.Type.IsFloat())
        {
            OperatorContext.Store(Array.ConvertAll(result.ToFloats(), node.Activation.Apply), result);
        }
        else
        {
            // Integers without parameters stand for themselves.
            QuantizationParameters parameters =
                graph.QuantizationOf(node.Outputs[index]) ?? new QuantizationParameters(1, 0);
            (int minimum, int maximum) = TfliteIntegers.Clamp(node.Activation, parameters, result.Type);
            for (int i = 0; i < result.Length; i++)
            {
                Elements.StoreWrapped(result, i, (long)Math.Clamp(result.ValueAt(i), minimum, maximum));
            }
        }
    }
}
