using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// One scale per activation. Layers that only move or select elements leave the scale as it is, so the values around
/// them form groups; a concatenation draws its inputs into the group of its output unless that would cost another
/// reader of the input a bit.
/// </summary>
internal sealed class ScaleAssignment
{
    private const int SymmetricLevels = 127;
    private const int AllLevels = 255;
    private const int LowestInteger = -128;

    // Inputs that calibration has not seen may have larger logits, and two that saturate are a tie: room over the
    // largest one seen, for one frame; the more frames, the less.
    private const double OutputMargin = 0.5;

    private readonly Dictionary<FloatValue, FloatValue> parents = [];
    private readonly Dictionary<FloatValue, double> scales = [];
    private readonly HashSet<FloatValue> shifted = [];

    private ScaleAssignment()
    {
    }

    /// <summary>The scale of a value: real = scale × integer.</summary>
    public double this[FloatValue value] => scales[Root(value)];

    /// <summary>What the integers of a value mean.</summary>
    public ValueNumbers Numbers(FloatValue value) =>
        new(IntegerType.Int8, this[value], shifted.Contains(Root(value)) ? LowestInteger : 0);

    /// <summary>Chooses all scales.</summary>
    public static ScaleAssignment Choose(FloatNetwork network, Calibration calibration, QuantizerOptions options)
    {
        var assignment = new ScaleAssignment();
        assignment.Group(network, calibration);
        assignment.ChooseScales(network, calibration, options);
        assignment.MakeRoom(network);
        return assignment;
    }

    private void Group(FloatNetwork network, Calibration calibration)
    {
        var readers = new Dictionary<FloatValue, int>();
        foreach (FloatValue input in network.Layers.SelectMany(layer => layer.Inputs).Concat(network.Outputs))
        {
            readers[input] = readers.GetValueOrDefault(input) + 1;
        }
        foreach (FloatLayer layer in network.Layers)
        {
            bool keepsScale = layer is ReshapeLayer or TransposeLayer or SliceLayer or ClampLayer
                or PoolLayer { Average: false };
            if (keepsScale)
            {
                Join(layer.Inputs[0], layer.Output);
            }
        }
        foreach (ConcatLayer layer in network.Layers.OfType<ConcatLayer>())
        {
            double largest = calibration[layer.Output].Largest;
            foreach (FloatValue input in layer.Inputs)
            {
                if (readers[input] == 1 || calibration[input].Largest * 2 >= largest)
                {
                    Join(input, layer.Output);
                }
            }
        }
    }

    private void ChooseScales(FloatNetwork network, Calibration calibration, QuantizerOptions options)
    {
        var seen = new Dictionary<FloatValue, ActivationStatistics>();
        var added = new HashSet<(FloatValue, string)>();
        foreach (FloatValue value in network.Inputs.Concat(network.Layers.Select(layer => layer.Output)))
        {
            FloatValue root = Root(value);
            if (!seen.TryGetValue(root, out ActivationStatistics? statistics))
            {
                seen[root] = statistics = new ActivationStatistics();
            }
            if (added.Add((root, value.Tensor)))
            {
                statistics.Add(calibration[value]);
            }
        }
        var outputs = network.Outputs.Select(Root).ToHashSet();
        HashSet<FloatValue> padded = NeedSymmetry(network, options.Zero);
        foreach ((FloatValue root, ActivationStatistics statistics) in seen)
        {
            RangeMethod method = outputs.Contains(root) ? RangeMethod.MinimumMaximum : options.Range;
            bool shift = statistics.Smallest == 0 && statistics.Count > 0 && !padded.Contains(root);
            int levels = shift ? AllLevels : SymmetricLevels;
            double margin = outputs.Contains(root) ? 1 + (OutputMargin / Math.Sqrt(calibration.Frames)) : 1;
            scales[root] = Math.Max(statistics.Range(options, method, levels) * margin, 1e-30) / levels;
            if (shift)
            {
                shifted.Add(root);
            }
        }
    }

    /// <summary>The groups that must keep zero point 0.</summary>
    private HashSet<FloatValue> NeedSymmetry(FloatNetwork network, ActivationZero zero)
    {
        IEnumerable<FloatValue> values = zero switch
        {
            ActivationZero.Asymmetric => [],
            ActivationZero.AsymmetricWithoutPadding => network.Layers.OfType<ConvolutionLayer>()
                .Where(layer => layer.Groups == 1 && Pads(layer.Window)).Select(layer => layer.Inputs[0]),
            _ => network.Inputs.Concat(network.Layers.Select(layer => layer.Output)),
        };
        return [.. values.Select(Root)];
    }

    private static bool Pads(Window window) =>
        (window.PadTop | window.PadLeft | window.PadBottom | window.PadRight) != 0;

    /// <summary>
    /// A convolution's weight of one input step must not exceed 127 output steps at shift 0; where it does, the output
    /// scale grows. It takes an output that never leaves a tiny share of what its weights could reach.
    /// </summary>
    private void MakeRoom(FloatNetwork network)
    {
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (ConvolutionLayer layer in network.Layers.OfType<ConvolutionLayer>())
            {
                double largest = layer.Weights.Length == 0 ? 0 : layer.Weights.Max(Math.Abs);
                double needed = this[layer.Inputs[0]] * largest / SymmetricLevels;
                if (this[layer.Output] < needed && double.IsFinite(needed))
                {
                    scales[Root(layer.Output)] = needed * (1 + 1e-9);
                    changed = true;
                }
            }
        }
    }

    private FloatValue Root(FloatValue value)
    {
        while (parents.TryGetValue(value, out FloatValue? parent))
        {
            value = parent;
        }
        return value;
    }

    private void Join(FloatValue a, FloatValue b)
    {
        FloatValue rootA = Root(a);
        FloatValue rootB = Root(b);
        if (rootA != rootB)
        {
            parents[rootA] = rootB;
        }
    }
}
