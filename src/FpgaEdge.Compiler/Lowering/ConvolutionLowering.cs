using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>From a convolution node to what the accelerator computes, bit for bit.</summary>
internal sealed class ConvolutionLowering
{
    private const int MaximumPad = 15;

    private readonly IntegerGraph graph;
    private readonly ConvolutionNode node;
    private readonly VtaConfiguration configuration;
    private readonly IntegerTensor input;
    private readonly IntegerTensor output;
    private readonly ConvolutionAxis rows;
    private readonly ConvolutionAxis columns;

    private ConvolutionLowering(IntegerGraph graph, ConvolutionNode node, VtaConfiguration configuration)
    {
        this.graph = graph;
        this.node = node;
        this.configuration = configuration;
        input = graph.Tensors[node.Inputs[0]];
        output = graph.Tensors[node.Output];
        Window window = node.Window;
        rows = new ConvolutionAxis(input.Height, output.Height, window.KernelHeight, window.StrideHeight,
            window.PadTop, window.DilationHeight);
        columns = new ConvolutionAxis(input.Width, output.Width, window.KernelWidth, window.StrideWidth,
            window.PadLeft, window.DilationWidth);
    }

    private bool Padded => PadsAnything(rows) || PadsAnything(columns);

    /// <summary>Whether the accelerator can compute a node; otherwise the reason, for people.</summary>
    public static string? ReasonAgainst(IntegerGraph graph, IntegerNode node, VtaConfiguration configuration) =>
        node is ConvolutionNode convolution
            ? new ConvolutionLowering(graph, convolution, configuration).ReasonAgainst()
            : "not a convolution";

    /// <summary>Lowers a node that has no reason against it.</summary>
    public static LoweredConvolution Lower(IntegerGraph graph, ConvolutionNode node, VtaConfiguration configuration) =>
        new ConvolutionLowering(graph, node, configuration).Lower();

    /// <summary>Lowers a node that has no reason against it for windows gathered by
    /// <see cref="InputPacking"/>.</summary>
    public static LoweredConvolution LowerPacked(
        IntegerGraph graph, ConvolutionNode node, VtaConfiguration configuration) =>
        new ConvolutionLowering(graph, node, configuration).LowerPacked();

    /// <summary>
    /// Whether the requantisation is not the accelerator's, so that whole accumulators leave it and the cores do the
    /// rest.
    /// </summary>
    public static bool LeavesWhole(ConvolutionNode node, IntegerTensor output) =>
        node.Requantization.Kind != RequantizationKind.Shift || output.Type != IntegerType.Int8;

    private string? ReasonAgainst()
    {
        if (configuration.InpBits != 8 || configuration.WgtBits != 8)
        {
            return "the accelerator is not 8-bit";
        }
        if (input.Type != IntegerType.Int8 || node.WeightZeroPoint != 0)
        {
            return "unsigned or 32-bit input, or a weight zero point";
        }
        if (ChannelBlocks.Of(node, input.Channels, output.Channels, configuration.BlockIn) is null)
        {
            return "groups that do not meet channel blocks";
        }
        return PaddingReason();
    }

    private string? PaddingReason()
    {
        if (PadBefore(rows) || PadBefore(columns))
        {
            return $"padding above {MaximumPad} or as wide as the kernel";
        }
        bool empty = TapSegment.HasEmptyOutput(rows) || TapSegment.HasEmptyOutput(columns);
        return empty && input.ZeroPoint != 0 ? "outputs that see only padding" : null;
    }

    private static bool PadBefore(ConvolutionAxis axis)
    {
        int extent = (axis.Kernel - 1) * axis.Dilation;
        int after = axis.Position(axis.Output - 1, axis.Kernel - 1) - (axis.Input - 1);
        int most = Math.Min(MaximumPad, extent);
        return axis.Pad > most || after > most;
    }

    private static bool PadsAnything(ConvolutionAxis axis) =>
        axis.Pad > 0 || axis.Position(axis.Output - 1, axis.Kernel - 1) >= axis.Input;

    private LoweredConvolution Lower()
    {
        bool borders = input.ZeroPoint != 0 && Padded;
        int[][] biases = borders ? BorderBiases() : [Bias(0, rows.Kernel, 0, columns.Kernel)];
        bool zeroBias = biases.All(set => set.All(bias => bias == 0));
        bool byGemm = !borders && !zeroBias && BiasProducts.Fits(biases[0], configuration.BlockIn);
        Epilogue epilogue = EpilogueOf(biases, zeroBias || byGemm ? 0 : biases.Length, byGemm ? 1 : 0);
        ChannelBlocks blocks = ChannelBlocks.Of(node, input.Channels, output.Channels, configuration.BlockIn)!.Value;
        var problem = new ConvolutionProblem(rows, columns, Blocks(input.Channels, configuration.BlockIn),
            Blocks(output.Channels, configuration.BlockOut), blocks.GroupInputs, blocks.GroupOutputs, epilogue,
                borders);
        return new LoweredConvolution(
            problem, () => blocks.PackWeights(node.Weights, rows.Kernel * columns.Kernel),
            Constants(epilogue, biases),
            byGemm ? BiasProducts.Input(configuration) : [],
            byGemm ? BiasProducts.Weights(biases[0], configuration) : []);
    }

    /// <summary>The node as a 1 × 1 convolution over gathered windows; padding holds the zero point, so borders are
    /// like the rest.
    /// </summary>
    private LoweredConvolution LowerPacked()
    {
        var packing = new InputPacking(graph, node, configuration);
        int[] bias = Bias(0, rows.Kernel, 0, columns.Kernel);
        bool inLanes = BiasProducts.Fits(bias, packing.SpareLanes);
        Epilogue epilogue = EpilogueOf([bias], inLanes ? 0 : 1, 0);
        ConvolutionAxis Point(int outputs) => new(outputs, outputs, 1, 1, 0, 1);
        var problem = new ConvolutionProblem(Point(rows.Output), Point(columns.Output), packing.Blocks,
            Blocks(output.Channels, configuration.BlockOut), packing.Blocks,
            Blocks(output.Channels, configuration.BlockOut), epilogue, false);
        return new LoweredConvolution(
            problem, () => PackedLanes(packing, inLanes ? bias : null), Constants(epilogue, [bias]), [], []);
    }

    /// <summary>Weights over gathered windows, with the bias in the spare lanes unless it is null.</summary>
    private byte[] PackedLanes(InputPacking packing, int[]? bias)
    {
        int width = packing.Blocks * configuration.BlockIn;
        sbyte[] weights = new sbyte[width * output.Channels];
        for (int o = 0; o < output.Channels; o++)
        {
            Span<sbyte> lanes = weights.AsSpan(o * width, width);
            node.Weights.AsSpan(o * packing.Lanes, packing.Lanes).CopyTo(lanes);
            if (bias is not null)
            {
                BiasProducts.Write(bias[o], lanes[packing.Lanes..]);
            }
        }
        return new ChannelBlocks(1, width, output.Channels, configuration.BlockIn).PackWeights(weights, 1);
    }

    private Epilogue EpilogueOf(int[][] biases, int biasSets, int biasGemms)
    {
        if (LeavesWhole(node, output))
        {
            return new Epilogue(biasSets, biasGemms, 0, 0, null, null, 4);
        }
        int[] shifts = Shifts();
        bool uniform = shifts.All(shift => shift == shifts[0]);
        (int? lowest, int? highest) = Clamps(biases, shifts);
        int registerShifts = uniform ? 0 : (shifts.Max() + Epilogue.MaximumShift - 1) / Epilogue.MaximumShift;
        return new Epilogue(biasSets, biasGemms, uniform ? shifts[0] : 0, registerShifts, lowest, highest, 1);
    }

    private static int Blocks(int channels, int block) => (channels + block - 1) / block;

    /// <summary>One set of biases per combination of row and column classes, rows outer.</summary>
    private int[][] BorderBiases()
    {
        var rowClasses = new PaddingClasses(rows);
        var columnClasses = new PaddingClasses(columns);
        var sets = new int[rowClasses.Count * columnClasses.Count][];
        for (int set = 0; set < sets.Length; set++)
        {
            (int firstRow, int lastRow) = rowClasses[set / columnClasses.Count];
            (int firstColumn, int lastColumn) = columnClasses[set % columnClasses.Count];
            sets[set] = Bias(firstRow, lastRow, firstColumn, lastColumn);
        }
        return sets;
    }

    /// <summary>Biases that take the input's zero point out of the sum over some taps: Σ (x − z) w = Σ x w − z Σ
    /// w.</summary>
    private int[] Bias(int firstRow, int lastRow, int firstColumn, int lastColumn)
    {
        int[] bias = node.Bias.ToArray();
        int channels = input.Channels / node.Groups;
        if (input.ZeroPoint == 0)
        {
            return bias;
        }
        for (int o = 0; o < bias.Length; o++)
        {
            int sum = 0;
            for (int row = firstRow; row < lastRow; row++)
            {
                int start = (((o * rows.Kernel) + row) * columns.Kernel) + firstColumn;
                ReadOnlySpan<sbyte> taps = node.Weights.AsSpan(
                    start * channels, (lastColumn - firstColumn) * channels);
                foreach (sbyte weight in taps)
                {
                    sum += weight;
                }
            }
            bias[o] = unchecked(bias[o] - (input.ZeroPoint * sum));
        }
        return bias;
    }

    private int[] Shifts()
    {
        int[] shift = node.Requantization.Shift;
        return shift.Length == 1 ? Enumerable.Repeat(shift[0], output.Channels).ToArray() : shift;
    }

    /// <summary>The clamps that some input could need; the others are proven never to act.</summary>
    private (int? Lowest, int? Highest) Clamps(int[][] biases, int[] shifts)
    {
        long least = long.MaxValue;
        long most = long.MinValue;
        int perChannel = node.Weights.Length / output.Channels;
        for (int o = 0; o < output.Channels; o++)
        {
            long positive = 0;
            long negative = 0;
            foreach (sbyte weight in node.Weights.AsSpan(o * perChannel, perChannel))
            {
                positive += Math.Max(0, (int)weight);
                negative += Math.Min(0, (int)weight);
            }
            long high = (positive * sbyte.MaxValue) + (negative * sbyte.MinValue) + biases.Max(set => set[o]);
            long low = (positive * sbyte.MinValue) + (negative * sbyte.MaxValue) + biases.Min(set => set[o]);
            bool wraps = high > int.MaxValue || low < int.MinValue;
            most = Math.Max(most, wraps ? int.MaxValue : high >> shifts[o]);
            least = Math.Min(least, wraps ? int.MinValue : low >> shifts[o]);
        }
        Requantization requantization = node.Requantization;
        return (least < requantization.Minimum ? requantization.Minimum : null,
            most > requantization.Maximum ? requantization.Maximum : null);
    }

    private byte[] Constants(Epilogue epilogue, int[][] biases)
    {
        var lines = new AccumulatorLines(configuration, Blocks(output.Channels, configuration.BlockOut));
        if (epilogue.BiasSets > 0)
        {
            foreach (int[] set in biases)
            {
                lines.Add(set);
            }
        }
        for (int pass = 0; pass < epilogue.RegisterShifts; pass++)
        {
            lines.Add(Shifts().Select(shift => Math.Clamp(
                shift - (pass * Epilogue.MaximumShift), 0, Epilogue.MaximumShift)).ToArray());
        }
        return lines.ToArray();
    }
}
