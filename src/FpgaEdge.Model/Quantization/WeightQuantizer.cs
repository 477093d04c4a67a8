namespace FpgaEdge.Model.Quantization;

/// <summary>Integers of one convolution whose accumulators need no more than a shift.</summary>
internal sealed record QuantizedWeights(sbyte[] Weights, int[] Bias, int[] Shift);

/// <summary>
/// Chooses weight scales so that input scale × weight scale / output scale is a power of two: out = (acc + rounding)
/// &gt;&gt; shift is then the exact requantisation. The shift is the largest at which no weight exceeds 127, hence the
/// largest weight of every output channel lies in 64 … 127, and at which neither bias nor accumulator can leave 32
/// bits.
/// </summary>
internal static class WeightQuantizer
{
    private const int LargestWeight = 127;

    // VTA shifts by up to 15 in one step. Weights that could use more would be finer than a hundredth of an output
    // step.
    private const int LargestShift = 15;

    // A channel without weights gives a constant; eight fraction bits are more than its int8 result can show.
    private const int ShiftWithoutWeights = 8;

    /// <summary>Quantises all output channels.</summary>
    /// <param name="layer">Real weights and biases.</param>
    /// <param name="input">Scale and zero point of the input.</param>
    /// <param name="output">Scale and zero point of the output; the latter is folded into the bias.</param>
    /// <param name="inputMeans">Mean of each input channel, for bias correction; null for none.</param>
    public static QuantizedWeights Quantize(
        ConvolutionLayer layer, ValueNumbers input, ValueNumbers output, double[]? inputMeans)
    {
        int outputs = layer.Bias.Length;
        int largestInput = input.ZeroPoint == 0 ? 128 : 256;
        int perOutput = layer.Weights.Length / outputs;
        var result = new QuantizedWeights(new sbyte[layer.Weights.Length], new int[outputs], new int[outputs]);
        for (int o = 0; o < outputs; o++)
        {
            ReadOnlySpan<float> weights = layer.Weights.AsSpan(o * perOutput, perOutput);
            Span<sbyte> quantized = result.Weights.AsSpan(o * perOutput, perOutput);
            double ratio = input.Scale / output.Scale;
            double bias = (layer.Bias[o] / output.Scale) + output.ZeroPoint;
            ReadOnlySpan<double> means = inputMeans is null ? [] : GroupMeans(layer, o, inputMeans);
            int shift = LargestUsefulShift(weights, ratio);
            while (!TryQuantize(
                weights, ratio, bias, means, input.Scale, largestInput, shift, quantized, out result.Bias[o]))
            {
                shift--;
            }
            result.Shift[o] = shift;
        }
        return result;
    }

    private static ReadOnlySpan<double> GroupMeans(ConvolutionLayer layer, int output, double[] means)
    {
        int inputsPerGroup = layer.Inputs[0].Channels / layer.Groups;
        int outputsPerGroup = layer.Bias.Length / layer.Groups;
        return means.AsSpan(output / outputsPerGroup * inputsPerGroup, inputsPerGroup);
    }

    private static int LargestUsefulShift(ReadOnlySpan<float> weights, double ratio)
    {
        double largest = 0;
        foreach (float weight in weights)
        {
            largest = Math.Max(largest, Math.Abs((double)weight));
        }
        if (largest == 0)
        {
            return ShiftWithoutWeights;
        }
        double room = Math.Log2(LargestWeight / (largest * ratio));
        int shift = (int)Math.Clamp(Math.Floor(room + 1e-9), 0, LargestShift);
        return shift;
    }

    /// <summary>Quantises one output channel at a given shift; false when bias or accumulator could overflow.</summary>
    private static bool TryQuantize(ReadOnlySpan<float> weights, double ratio, double bias, ReadOnlySpan<double> means,
        double inputScale, int largestInput, int shift, Span<sbyte> quantized, out int quantizedBias)
    {
        double stepsPerWeight = ratio * Math.ScaleB(1, shift);
        double correction = 0;
        long magnitude = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double exact = weights[i] * stepsPerWeight;
            int rounded = (int)Math.Clamp(Math.Round(exact), -LargestWeight, LargestWeight);
            quantized[i] = (sbyte)rounded;
            magnitude += Math.Abs(rounded);
            if (!means.IsEmpty)
            {
                correction += (exact - rounded) * means[i % means.Length] / inputScale;
            }
        }
        double steps = Math.Round(Math.ScaleB(bias, shift) + correction);
        double rounding = shift == 0 ? 0 : Math.ScaleB(1, shift - 1);
        bool fits = Math.Abs(steps) + rounding + ((double)magnitude * largestInput) <= int.MaxValue;
        if (!fits && shift == 0)
        {
            steps = Math.Clamp(steps, -(1 << 30), 1 << 30); // saturates the output either way
            fits = true;
        }
        quantizedBias = fits ? (int)(steps + rounding) : 0;
        return fits;
    }
}
