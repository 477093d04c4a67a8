namespace FpgaEdge.Model.Reference;

/// <summary>
/// One evaluation of one node: operands in, results out. The same operator code serves evaluation and shape inference:
/// <see cref="Output"/> returns a tensor without data while only shapes are wanted or known, and the operator then
/// stops after its shape rule.
/// </summary>
internal sealed class OperatorContext
{
    private readonly Graph graph;
    private readonly Tensor?[] inputs;
    private readonly Tensor?[] outputs;
    private readonly WorkBudget budget;
    private readonly bool inputsHaveData;

    /// <param name="graph">Graph of the node, for quantisation parameters.</param>
    /// <param name="node">The node.</param>
    /// <param name="inputs">Operands in order; null for an omitted one.</param>
    /// <param name="budget">Results that it does not allow get no data.</param>
    public OperatorContext(Graph graph, GraphNode node, Tensor?[] inputs, WorkBudget budget)
    {
        this.graph = graph;
        Node = node;
        this.inputs = inputs;
        this.budget = budget;
        outputs = new Tensor?[node.Outputs.Count];
        inputsHaveData = Array.TrueForAll(inputs, input => input is null || input.HasData);
    }

    /// <summary>The node.</summary>
    public GraphNode Node { get; }

    /// <summary>Number of operands, omitted ones included.</summary>
    public int InputCount => inputs.Length;

    /// <summary>Number of results.</summary>
    public int OutputCount => outputs.Length;

    /// <summary>True for a node imported from TFLite.</summary>
    public bool IsTflite => Node.Domain == GraphNode.TfliteDomain;

    /// <summary>Operand <paramref name="index"/>, or null when it is omitted.</summary>
    public Tensor? Optional(int index) => index < inputs.Length ? inputs[index] : null;

    /// <summary>Operand <paramref name="index"/>, which must be there.</summary>
    public Tensor Input(int index) => Optional(index) ?? throw Error($"operand {index}", "none");

    /// <summary>Operand <paramref name="index"/> with a rank of at least <paramref name="rank"/>.</summary>
    public Tensor Input(int index, int rank)
    {
        Tensor tensor = Input(index);
        return tensor.Rank >= rank ? tensor : throw Error($"rank {rank} or more in operand {index}", $"{tensor}");
    }

    /// <summary>Operand <paramref name="index"/> as integers; its values must be known before the input is.</summary>
    public long[] Integers(int index)
    {
        Tensor tensor = Input(index);
        if (!tensor.HasData)
        {
            throw Error($"a constant operand {index}", "one that depends on the input");
        }
        return !tensor.Type.IsFloat()
            ? tensor.ToLongs() : throw Error($"integers in operand {index}", $"{tensor.Type}");
    }

    /// <summary>Integers from operand <paramref name="index"/> or, in older versions, from an attribute.</summary>
    public IReadOnlyList<long>? IntegersOrAttribute(int index, string attribute) =>
        Optional(index) is not null ? Integers(index) : Node.Ints(attribute);

    /// <summary>
    /// Elements of a floating-point operand as float; a view for Float32, a converted copy otherwise.
    /// </summary>
    public ReadOnlySpan<float> Floats(int index) => AsFloats(Input(index));

    /// <summary>Elements of an optional floating-point operand; empty when omitted.</summary>
    public ReadOnlySpan<float> OptionalFloats(int index) => Optional(index) is { } tensor ? AsFloats(tensor) : [];

    /// <summary>Quantisation parameters attached to operand <paramref name="index"/>.</summary>
    public QuantizationParameters InputQuantization(int index) => graph.QuantizationOf(Node.Inputs[index])
        ?? throw Error($"quantisation parameters on '{Node.Inputs[index]}'", "none");

    /// <summary>Quantisation parameters attached to result <paramref name="index"/>.</summary>
    public QuantizationParameters OutputQuantization(int index) => graph.QuantizationOf(Node.Outputs[index])
        ?? throw Error($"quantisation parameters on '{Node.Outputs[index]}'", "none");

    /// <summary>A new result tensor; without data while only shapes are wanted.</summary>
    public Tensor Output(int index, ElementType type, ReadOnlySpan<int> dims)
    {
        int length = Tensor.TryCountElements(dims);
        if (length < 0)
        {
            throw Error($"a result of 0…{Tensor.MaxElements} elements", Tensor.FormatDims(dims));
        }
        double steps = WorkBudget.Steps(Node, inputs, length);
        budget.Count(steps);
        // Elements are counted by the four bytes of a float, so that the budget bounds memory.
        long room = (long)length * Math.Max(1, type.SizeBytes() / sizeof(float));
        Tensor tensor = inputsHaveData && budget.TryTake(room, steps)
            ? Tensor.Create(type, dims) : Tensor.ShapeOnly(type, dims);
        Set(index, tensor);
        return tensor;
    }

    /// <summary>Sets a result, for example a view of an operand.</summary>
    public void Set(int index, Tensor tensor)
    {
        if (index < outputs.Length)
        {
            outputs[index] = tensor;
        }
    }

    /// <summary>Stores floats into a result tensor of any floating-point type.</summary>
    public static void Store(ReadOnlySpan<float> values, Tensor target)
    {
        switch (target.Type)
        {
            case ElementType.Float32:
                values.CopyTo(target.Data<float>());
                break;
            case ElementType.Float16:
                Span<Half> halves = target.Data<Half>();
                for (int i = 0; i < halves.Length; i++)
                {
                    halves[i] = (Half)values[i];
                }
                break;
            default:
                Span<double> doubles = target.Data<double>();
                for (int i = 0; i < doubles.Length; i++)
                {
                    doubles[i] = values[i];
                }
                break;
        }
    }

    /// <summary>
    /// A buffer to compute floats in: the tensor itself for Float32, else a new array to store later.
    /// </summary>
    public static Span<float> FloatBuffer(Tensor target) =>
        target.Type == ElementType.Float32 ? target.Data<float>() : new float[target.Length];

    /// <summary>Stores what was computed in <see cref="FloatBuffer"/>.</summary>
    public static void Finish(Span<float> buffer, Tensor target)
    {
        if (target.Type != ElementType.Float32)
        {
            Store(buffer, target);
        }
    }

    /// <summary>The results, after the operator has run.</summary>
    public Tensor Result(int index) => outputs[index] ?? throw Error($"result {index}", "an operator that has fewer");

    /// <summary>An error at this node.</summary>
    public ModelFormatException Error(string expected, string found) => ModelFormatException.At(
        graph.Name, $"node '{Node.Name}' ({Node.Operator})", expected, found, "check the model and its input shapes");

    private ReadOnlySpan<float> AsFloats(Tensor tensor) => tensor.Type switch
    {
        ElementType.Float32 => tensor.Data<float>(),
        ElementType.Float16 or ElementType.Double => tensor.ToFloats(),
        _ => throw Error("floating-point operands", $"{tensor.Type}"),
    };
}
