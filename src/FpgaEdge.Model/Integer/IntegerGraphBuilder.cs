namespace FpgaEdge.Model.Integer;

/// <summary>
/// Builds an integer graph node by node, deriving output shapes. Used by the quantiser, by importers and by tests.
/// </summary>
public sealed class IntegerGraphBuilder(string name)
{
    private readonly List<IntegerTensor> tensors = [];
    private readonly List<IntegerNode> nodes = [];
    private readonly List<int> inputs = [];
    private readonly List<int> outputs = [];

    /// <summary>See <see cref="IntegerGraph.FinalSoftmax"/>.</summary>
    public bool FinalSoftmax { get; set; }

    /// <summary>A tensor that has been added.</summary>
    public IntegerTensor this[int tensor] => tensors[tensor];

    /// <summary>Adds a tensor that no node writes yet; most callers use the methods below.</summary>
    public int AddTensor(IntegerTensor tensor)
    {
        tensors.Add(tensor);
        return tensors.Count - 1;
    }

    /// <summary>Adds a graph input and returns its tensor index.</summary>
    public int AddInput(string inputName, int height, int width, int channels,
        IntegerType type = IntegerType.Int8, double scale = 1, int zeroPoint = 0)
    {
        int index = AddTensor(new IntegerTensor(inputName, height, width, channels, type, scale, zeroPoint));
        inputs.Add(index);
        return index;
    }

    /// <summary>Marks a tensor as a result of the network.</summary>
    public void AddOutput(int tensor) => outputs.Add(tensor);

    /// <summary>Adds a node whose output tensor exists, and returns that tensor's index.</summary>
    public int Add(IntegerNode node)
    {
        nodes.Add(node);
        return node.Output;
    }

    /// <summary>
    /// Adds a convolution; the output is Int32 for <see cref="RequantizationKind.None"/>, else <paramref name="type"/>.
    /// </summary>
    public int AddConvolution(string nodeName, int input, Window window, int groups, sbyte[] weights, int[] bias,
        Requantization requantization, double scale = 1, int zeroPoint = 0, IntegerType type = IntegerType.Int8,
        int weightZeroPoint = 0)
    {
        bool raw = requantization.Kind == RequantizationKind.None;
        int output = AddWindowOutput(
            nodeName, input, window, bias.Length, raw ? IntegerType.Int32 : type, scale, raw ? 0 : zeroPoint);
        return Add(new ConvolutionNode(nodeName, [input], output, window, groups, weights, bias, requantization)
        {
            WeightZeroPoint = weightZeroPoint,
        });
    }

    /// <summary>Adds a maximum pool; the output keeps the input's type, scale and zero point.</summary>
    public int AddMaximumPool(string nodeName, int input, Window window, int minimum = -128, int maximum = 127)
    {
        IntegerTensor source = tensors[input];
        int output = AddWindowOutput(nodeName, input, window, source.Channels, source.Type, source.Scale,
            source.ZeroPoint);
        return Add(new PoolNode(nodeName, [input], output, PoolKind.Maximum, window, [], 0, minimum, maximum));
    }

    /// <summary>
    /// Adds an average pool with <see cref="PoolKind.Average"/> arithmetic; the scale ratio is in the multipliers.
    /// </summary>
    public int AddAveragePool(string nodeName, int input, Window window, double scale = 1, int zeroPoint = 0,
        int minimum = -128, int maximum = 127, IntegerType type = IntegerType.Int8)
    {
        IntegerTensor source = tensors[input];
        int output = AddWindowOutput(nodeName, input, window, source.Channels, type, scale, zeroPoint);
        (int[] multipliers, int shift) = AverageMultipliers(source.Scale / scale,
            window.KernelHeight * window.KernelWidth);
        return Add(new PoolNode(
            nodeName, [input], output, PoolKind.Average, window, multipliers, shift, minimum, maximum));
    }

    /// <summary>Adds the sum of two tensors of equal shape, with multipliers from the tensors' scales.</summary>
    public int AddSum(string nodeName, int a, int b, double scale, int zeroPoint = 0,
        int minimum = -128, int maximum = 127)
    {
        IntegerTensor source = tensors[a];
        int output = AddTensor(source with { Name = nodeName, Scale = scale, ZeroPoint = zeroPoint });
        double ratioA = source.Scale / scale;
        double ratioB = tensors[b].Scale / scale;
        int shift = Math.Clamp(30 - (Math.ILogB(Math.Max(ratioA, ratioB)) + 1), 0, 62);
        return Add(new AddNode(nodeName, [a, b], output, Scaled(ratioA, shift), Scaled(ratioB, shift), shift,
            minimum, maximum));
    }

    /// <summary>Adds a concatenation along channels; type, scale and zero point are the first input's.</summary>
    public int AddConcat(string nodeName, params IReadOnlyList<int> parts)
    {
        IntegerTensor first = tensors[parts[0]];
        int channels = parts.Sum(part => tensors[part].Channels);
        int output = AddTensor(first with { Name = nodeName, Channels = channels });
        return Add(new ConcatNode(nodeName, parts, output));
    }

    /// <summary>Adds an element-wise table.</summary>
    public int AddLookup(string nodeName, int input, byte[] table, double scale = 1, int zeroPoint = 0,
        IntegerType type = IntegerType.Int8)
    {
        int output = AddTensor(tensors[input] with { Name = nodeName, Type = type, Scale = scale,
            ZeroPoint = zeroPoint });
        return Add(new LookupNode(nodeName, [input], output, table));
    }

    /// <summary>Adds a change of shape.</summary>
    public int AddReshape(string nodeName, int input, int height, int width, int channels)
    {
        int output = AddTensor(
            tensors[input] with { Name = nodeName, Height = height, Width = width, Channels = channels });
        return Add(new ReshapeNode(nodeName, [input], output));
    }

    /// <summary>The finished graph, validated.</summary>
    /// <exception cref="ModelFormatException">The graph breaks a rule.</exception>
    public IntegerGraph Build()
    {
        var graph = new IntegerGraph
        {
            Name = name,
            Tensors = [.. tensors],
            Nodes = [.. nodes],
            Inputs = [.. inputs],
            Outputs = [.. outputs],
            FinalSoftmax = FinalSoftmax,
        };
        IntegerGraphValidator.Validate(graph);
        return graph;
    }

    /// <summary>Height or width that a window maps to; 0 when the window does not fit.</summary>
    public static int WindowOutput(int input, int kernel, int stride, int dilation, int padBefore, int padAfter)
    {
        int room = input + padBefore + padAfter - ((dilation * (kernel - 1)) + 1);
        return room < 0 ? 0 : (room / stride) + 1;
    }

    /// <summary>
    /// Multipliers for n = 1 … cells that stand for ratio / n · 2^shift, the first within 2^30 … 2^31.
    /// </summary>
    public static (int[] Multipliers, int Shift) AverageMultipliers(double ratio, int cells)
    {
        int shift = Math.Clamp(30 - Math.ILogB(ratio), 0, 62);
        int[] multipliers = new int[cells];
        for (int n = 1; n <= cells; n++)
        {
            multipliers[n - 1] = (int)Math.Min(int.MaxValue, Math.Round(Math.ScaleB(ratio / n, shift)));
        }
        return (multipliers, shift);
    }

    private static int Scaled(double ratio, int shift) =>
        (int)Math.Min(int.MaxValue, Math.Round(Math.ScaleB(ratio, shift)));

    private int AddWindowOutput(
        string nodeName, int input, Window window, int channels, IntegerType type, double scale, int zeroPoint)
    {
        IntegerTensor source = tensors[input];
        int height = WindowOutput(source.Height, window.KernelHeight, window.StrideHeight, window.DilationHeight,
            window.PadTop, window.PadBottom);
        int width = WindowOutput(source.Width, window.KernelWidth, window.StrideWidth, window.DilationWidth,
            window.PadLeft, window.PadRight);
        return AddTensor(new IntegerTensor(nodeName, height, width, channels, type, scale, zeroPoint));
    }
}
