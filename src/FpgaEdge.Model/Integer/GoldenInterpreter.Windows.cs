using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Integer;

/// <summary>Nodes that slide a window: convolution and pooling.</summary>
public static partial class GoldenInterpreter
{
    /// <summary>
    /// From one accumulator to the output element of channel <paramref name="channel"/>, zero point included.
    /// </summary>
    public static int Requantize(Requantization requantization, int accumulator, int channel, int outputZeroPoint)
    {
        int shift = Entry(requantization.Shift, channel);
        switch (requantization.Kind)
        {
            case RequantizationKind.Shift:
                return Math.Clamp(accumulator >> shift, requantization.Minimum, requantization.Maximum);
            case RequantizationKind.FixedPoint:
                long scaled = MultiplyByQuantizedMultiplier(accumulator, Entry(requantization.Multiplier, channel),
                    shift);
                return Clamp(scaled + outputZeroPoint, requantization.Minimum, requantization.Maximum);
            case RequantizationKind.Real:
                double factor = requantization.Factors[requantization.Factors.Length == 1 ? 0 : channel];
                return RoundToClamped(
                    accumulator * factor, outputZeroPoint, requantization.Minimum, requantization.Maximum);
            default:
                return accumulator;
        }
    }

    private static void Convolve(ConvolutionNode node, Operand input, Operand output)
    {
        int inputsPerGroup = input.Channels / node.Groups;
        int outputsPerGroup = output.Channels / node.Groups;
        for (int y = 0; y < output.Height; y++)
        {
            for (int x = 0; x < output.Width; x++)
            {
                for (int o = 0; o < output.Channels; o++)
                {
                    int firstInput = o / outputsPerGroup * inputsPerGroup;
                    int sum = unchecked(node.Bias[o] + DotProduct(node, input, y, x, o, firstInput, inputsPerGroup));
                    output[y, x, o] = Requantize(node.Requantization, sum, o, output.ZeroPoint);
                }
            }
        }
    }

    private static int DotProduct(
        ConvolutionNode node, Operand input, int y, int x, int outputChannel, int firstInput, int inputsPerGroup)
    {
        Window window = node.Window;
        int sum = 0;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int row = (y * window.StrideHeight) - window.PadTop + (ky * window.DilationHeight);
                int column = (x * window.StrideWidth) - window.PadLeft + (kx * window.DilationWidth);
                if (!input.Contains(row, column))
                {
                    continue; // padding holds the zero point: it adds nothing
                }
                int tap = (((outputChannel * window.KernelHeight) + ky) * window.KernelWidth) + kx;
                for (int c = 0; c < inputsPerGroup; c++)
                {
                    int value = input[row, column, firstInput + c] - input.ZeroPoint;
                    int weight = node.Weights[(tap * inputsPerGroup) + c] - node.WeightZeroPoint;
                    sum = unchecked(sum + (value * weight));
                }
            }
        }
        return sum;
    }

    private static void Pool(PoolNode node, Operand input, Operand output)
    {
        for (int y = 0; y < output.Height; y++)
        {
            for (int x = 0; x < output.Width; x++)
            {
                for (int c = 0; c < output.Channels; c++)
                {
                    output[y, x, c] = PoolCell(node, input, output.ZeroPoint, y, x, c);
                }
            }
        }
    }

    private static int PoolCell(PoolNode node, Operand input, int outputZeroPoint, int y, int x, int c)
    {
        Window window = node.Window;
        int largest = int.MinValue;
        long sum = 0;
        int count = 0;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                int row = (y * window.StrideHeight) - window.PadTop + (ky * window.DilationHeight);
                int column = (x * window.StrideWidth) - window.PadLeft + (kx * window.DilationWidth);
                if (input.Contains(row, column))
                {
                    largest = Math.Max(largest, input[row, column, c]);
                    sum += input[row, column, c];
                    count++;
                }
            }
        }
        long centred = sum - ((long)count * input.ZeroPoint);
        return node.Kind switch
        {
            PoolKind.Maximum => Math.Clamp(largest, node.Minimum, node.Maximum),
            PoolKind.Average => Clamp(
                outputZeroPoint + RoundingShift(centred * node.Multipliers[count - 1], node.Shift), node.Minimum,
                    node.Maximum),
            PoolKind.AverageAwayFromZero => Clamp(DivideAwayFromZero(sum, count), node.Minimum, node.Maximum),
            PoolKind.Mean => Clamp(outputZeroPoint + DivideAwayFromZero(
                MultiplyByQuantizedMultiplier((int)centred, node.Multipliers[0], node.Shift), count), node.Minimum,
                    node.Maximum),
            PoolKind.RealAverage => RoundToClamped(
                (double)centred / count * node.Factor, outputZeroPoint, node.Minimum, node.Maximum),
            _ => throw new ModelFormatException($"node {node.Name} has the unknown pool kind {node.Kind}"),
        };
    }

    private static int Entry(int[] perChannel, int channel) =>
        perChannel.Length == 0 ? 0 : perChannel[perChannel.Length == 1 ? 0 : channel];

    private static int Clamp(long value, int minimum, int maximum) => (int)Math.Clamp(value, minimum, maximum);
}
