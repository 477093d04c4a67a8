namespace FpgaEdge.Model.Reference;

/// <summary>
/// What evaluating nodes may still cost. Results of constants are computed while it lasts and only described afterwards,
/// so that a small file cannot ask for much time or memory; what inputs will cost is added up and refused beyond
/// <see cref="MaxOperations"/>.
/// </summary>
/// <param name="elements">Elements of results.</param>
/// <param name="operations">Estimated steps of inner loops.</param>
internal sealed class WorkBudget(long elements, double operations)
{
    /// <summary>Most multiply-accumulates, or comparable steps, of one evaluation of a whole network.</summary>
    public const double MaxOperations = 1L << 40;

    /// <summary>Elements of constants that any network may compute: room for the weights of networks published without
    /// them, whose largest (VGG-19) fills 1.4 · 10⁸ elements with one value.</summary>
    public const int MinConstantElements = 150_000_000;

    /// <summary>Steps that any network may spend on its constants; filling with one value hardly counts.</summary>
    public const int MinConstantSteps = 1 << 25;

    /// <summary>Steps that a network may spend on constants for each element that it stores.</summary>
    public const int StepsPerStored = 16;

    /// <summary>Elements of constants that a network may compute for each one that it stores.</summary>
    public const int ConstantElementsPerStored = 4;

    private long elementsLeft = elements;
    private double operationsLeft = operations;

    /// <summary>Steps of everything that was asked for, whether it was computed or only described.</summary>
    public double Demanded { get; private set; }

    /// <summary>For evaluations that the user asked for: as much as fits one tensor each.</summary>
    public static WorkBudget Unlimited => new(long.MaxValue, double.MaxValue);

    /// <summary>For what follows from a graph's constants, in proportion to what it stores.</summary>
    public static WorkBudget ForConstants(Graph graph)
    {
        long stored = graph.Initializers.Values.Sum(tensor => (long)tensor.Length);
        long allowed = MinConstantElements + (ConstantElementsPerStored * stored);
        return new WorkBudget(allowed, MinConstantSteps + (StepsPerStored * (double)stored));
    }

    /// <summary>Takes what a result costs; false, taking nothing, where there is not enough left.</summary>
    public bool TryTake(long length, double steps)
    {
        if (length > elementsLeft || steps > operationsLeft)
        {
            return false;
        }
        elementsLeft -= length;
        operationsLeft -= steps;
        return true;
    }

    /// <summary>Counts work without taking it.</summary>
    public void Count(double steps) => Demanded += steps;

    /// <summary>
    /// Steps that a result of <paramref name="length"/> elements takes, from the operands' shapes: products per element
    /// for what multiplies matrices, cells per element for what slides windows, one for the rest.
    /// </summary>
    public static double Steps(GraphNode node, Tensor?[] inputs, int length)
    {
        double read = 0;
        foreach (Tensor? input in inputs)
        {
            read += input?.Length ?? 0;
        }
        double perElement = node.Operator switch
        {
            "Conv" or "ConvInteger" => Filter(inputs, 1, 0),
            "ConvTranspose" => Filter(inputs, 1, 1),
            "QLinearConv" => Filter(inputs, 3, 0),
            "Gemm" or "MatMul" or "MatMulInteger" or "QLinearMatMul" or "QGemm" => Depth(inputs),
            "MaxPool" or "AveragePool" or "QLinearAveragePool" => Cells(node),
            "LRN" => Math.Max(1, (double)node.Int("size", 1)),
            "Resize" or "Upsample" => 16,
            "ConstantOfShape" => 1.0 / 16,
            _ => 1,
        };
        return read + (perElement * length);
    }

    private static double Filter(Tensor?[] inputs, int index, int outputAxis)
    {
        Tensor? weights = index < inputs.Length ? inputs[index] : null;
        return weights is null || weights.Rank <= outputAxis ? 1
            : weights.Length / (double)Math.Max(1, weights.Dims[outputAxis]);
    }

    private static double Depth(Tensor?[] inputs)
    {
        Tensor? left = inputs.Length > 0 ? inputs[0] : null;
        return left is null || left.Rank == 0 ? 1
            : Math.Max(left.Dims[^1], left.Rank > 1 ? left.Dims[^2] : 1);
    }

    private static double Cells(GraphNode node)
    {
        double cells = 1;
        foreach (long size in node.Ints("kernel_shape") ?? [])
        {
            cells *= Math.Max(1, size);
        }
        return cells;
    }
}
