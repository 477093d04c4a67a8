using static FpgaEdge.Model.Integer.IntegerNodeRules;

namespace FpgaEdge.Model.Integer;

/// <summary>Rules of convolution and requantisation.</summary>
internal static class ConvolutionRules
{
    /// <summary>Checks a convolution and returns its multiply-accumulates.</summary>
    public static long Check(ConvolutionNode node, IntegerTensor input, IntegerTensor output)
    {
        Require(node, input.Type != IntegerType.Int32, "an 8-bit input", input.Type);
        WindowRules.Check(node, node.Window, input, output);
        Require(node, node.Groups >= 1 && input.Channels % node.Groups == 0 && output.Channels % node.Groups == 0,
            $"groups that divide {input.Channels} and {output.Channels} channels", node.Groups);
        Require(node, node.Weights is not null && node.Bias is not null, "weights and bias", "none");
        long inputsPerGroup = input.Channels / node.Groups;
        long cells = (long)node.Window.KernelHeight * node.Window.KernelWidth;
        long weights = output.Channels * cells; // at most 2^35; the product below at most 2^52
        weights *= inputsPerGroup;
        Require(node, weights <= IntegerGraphLimits.Weights, $"at most {IntegerGraphLimits.Weights} weights", weights);
        Require(node, node.Weights!.Length == weights, $"{weights} weights", node.Weights.Length);
        Require(node, node.Bias!.Length == output.Channels, $"{output.Channels} biases", node.Bias.Length);
        Require(node, node.WeightZeroPoint is >= -128 and <= 127, "a weight zero point of −128 … 127",
            node.WeightZeroPoint);
        CheckLayouts(node, input, output.Channels / node.Groups, cells * (inputsPerGroup + 1));
        CheckRequantization(node, node.Requantization, output);
        return (long)output.Height * output.Width * weights;
    }

    private static void CheckLayouts(ConvolutionNode node, IntegerTensor input, int outputsPerGroup, long perOutput)
    {
        const int lanes = 16;
        double rows = (double)input.Height + node.Window.PadTop + node.Window.PadBottom;
        double columns = (double)input.Width + node.Window.PadLeft + node.Window.PadRight;
        double padded = rows * columns * ((input.Channels + lanes - 1) / lanes * lanes);
        Require(node, padded <= IntegerGraphLimits.LaidOutElements,
            $"a padded input of at most {IntegerGraphLimits.LaidOutElements} elements", padded);
        double packed = (double)node.Groups * ((outputsPerGroup + lanes - 1) / lanes * lanes) * perOutput;
        Require(node, packed <= IntegerGraphLimits.LaidOutElements,
            $"packed weights of at most {IntegerGraphLimits.LaidOutElements} elements", packed);
    }

    private static void CheckRequantization(IntegerNode node, Requantization? requantization, IntegerTensor output)
    {
        if (requantization?.Shift is null || requantization.Multiplier is null || requantization.Factors is null)
        {
            throw new ModelFormatException($"node {node.Name}: expected a requantisation, found none");
        }
        bool raw = requantization.Kind == RequantizationKind.None;
        Require(node, raw == (output.Type == IntegerType.Int32),
            raw ? "an Int32 output" : "an 8-bit output", output.Type);
        if (!raw)
        {
            CheckClamp(node, output, requantization.Minimum, requantization.Maximum);
        }
        switch (requantization.Kind)
        {
            case RequantizationKind.None:
                CheckLengths(node, requantization, output.Channels, shifts: false, multipliers: false, factors: false);
                break;
            case RequantizationKind.Shift:
                CheckLengths(node, requantization, output.Channels, shifts: true, multipliers: false, factors: false);
                Array.ForEach(requantization.Shift, shift => RequireShift(node, shift, 0, 30));
                break;
            case RequantizationKind.FixedPoint:
                CheckLengths(node, requantization, output.Channels, shifts: true, multipliers: true, factors: false);
                Array.ForEach(requantization.Shift, shift => CheckMultiplier(node, 0, shift));
                Array.ForEach(requantization.Multiplier, multiplier => CheckMultiplier(node, multiplier, 0));
                break;
            case RequantizationKind.Real:
                CheckLengths(node, requantization, output.Channels, shifts: false, multipliers: false, factors: true);
                Require(node, Array.TrueForAll(requantization.Factors, double.IsFinite), "finite factors");
                break;
            default:
                throw new ModelFormatException(
                    $"node {node.Name} has the unknown requantisation {(byte)requantization.Kind}");
        }
    }

    private static void CheckLengths(
        IntegerNode node, Requantization requantization, int channels, bool shifts, bool multipliers, bool factors)
    {
        CheckLength(node, "shifts", requantization.Shift.Length, channels, shifts);
        CheckLength(node, "multipliers", requantization.Multiplier.Length, channels, multipliers);
        CheckLength(node, "factors", requantization.Factors.Length, channels, factors);
    }

    private static void CheckLength(IntegerNode node, string what, int length, int channels, bool used)
    {
        bool valid = used ? length == 1 || length == channels : length == 0;
        Require(node, valid, used ? $"1 or {channels} {what}" : $"no {what}", length);
    }
}
