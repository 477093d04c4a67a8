using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Integer;

/// <summary>Nodes that work element by element or move elements.</summary>
public static partial class GoldenInterpreter
{
    private const int TfliteAddLeftShift = 20;

    private static void Add(AddNode node, Operand a, Operand b, Operand output)
    {
        for (int i = 0; i < output.Count; i++)
        {
            long sum = ((long)(a[i] - a.ZeroPoint) * node.MultiplierA)
                + ((long)(b[i] - b.ZeroPoint) * node.MultiplierB);
            output[i] = Clamp(output.ZeroPoint + RoundingShift(sum, node.Shift), node.Minimum, node.Maximum);
        }
    }

    private static void Add(TfliteAddNode node, Operand a, Operand b, Operand output)
    {
        for (int i = 0; i < output.Count; i++)
        {
            int scaledA = MultiplyByQuantizedMultiplier(
                (a[i] - a.ZeroPoint) << TfliteAddLeftShift, node.MultiplierA, node.ShiftA);
            int scaledB = MultiplyByQuantizedMultiplier(
                (b[i] - b.ZeroPoint) << TfliteAddLeftShift, node.MultiplierB, node.ShiftB);
            long sum = MultiplyByQuantizedMultiplier(
                unchecked(scaledA + scaledB), node.OutputMultiplier, node.OutputShift);
            output[i] = Clamp(output.ZeroPoint + sum, node.Minimum, node.Maximum);
        }
    }

    private static void Add(RealAddNode node, Operand a, Operand b, Operand output)
    {
        for (int i = 0; i < output.Count; i++)
        {
            double sum = ((a[i] - a.ZeroPoint) * node.ScaleA) + ((b[i] - b.ZeroPoint) * node.ScaleB);
            output[i] = RoundToClamped(sum / node.ScaleOutput, output.ZeroPoint, node.Minimum, node.Maximum);
        }
    }

    private static void Multiply(MultiplyNode node, Operand a, Operand b, Operand output)
    {
        bool perChannel = b.Count != a.Count;
        for (int i = 0; i < output.Count; i++)
        {
            int factor = b[perChannel ? i % b.Channels : i] - b.ZeroPoint;
            long product = (long)(a[i] - a.ZeroPoint) * factor * node.Multiplier;
            output[i] = Clamp(output.ZeroPoint + RoundingShift(product, node.Shift), node.Minimum, node.Maximum);
        }
    }

    private static void Concatenate(Operand[] inputs, Operand output)
    {
        for (int y = 0; y < output.Height; y++)
        {
            for (int x = 0; x < output.Width; x++)
            {
                int channel = 0;
                foreach (Operand input in inputs)
                {
                    for (int c = 0; c < input.Channels; c++)
                    {
                        output[y, x, channel++] = input[y, x, c];
                    }
                }
            }
        }
    }

    private static void LookUp(LookupNode node, Operand input, Operand output)
    {
        int first = input.Tensor.Type == IntegerType.Int8 ? 128 : 0;
        for (int i = 0; i < output.Count; i++)
        {
            output.Bytes[i] = node.Table[input[i] + first];
        }
    }

    private static void Slice(SliceNode node, Operand input, Operand output)
    {
        for (int y = 0; y < output.Height; y++)
        {
            for (int x = 0; x < output.Width; x++)
            {
                int row = node.OffsetHeight + (y * node.StrideHeight);
                int column = node.OffsetWidth + (x * node.StrideWidth);
                for (int c = 0; c < output.Channels; c++)
                {
                    int channel = node.Channels[c];
                    bool inside = channel >= 0 && input.Contains(row, column);
                    output[y, x, c] = inside ? input[row, column, channel] : input.ZeroPoint;
                }
            }
        }
    }

    private static void Transpose(TransposeNode node, Operand input, Operand output)
    {
        int[] source = new int[3];
        for (int y = 0; y < output.Height; y++)
        {
            for (int x = 0; x < output.Width; x++)
            {
                for (int c = 0; c < output.Channels; c++)
                {
                    source[node.Permutation[0]] = y;
                    source[node.Permutation[1]] = x;
                    source[node.Permutation[2]] = c;
                    output[y, x, c] = input[source[0], source[1], source[2]];
                }
            }
        }
    }

    private static void Softmax(SoftmaxNode node, Operand input, Operand output)
    {
        int minimum = output.Tensor.Type == IntegerType.Int8 ? sbyte.MinValue : byte.MinValue;
        int[] row = new int[input.Channels];
        int[] result = new int[input.Channels];
        for (int start = 0; start < input.Count; start += input.Channels)
        {
            for (int c = 0; c < row.Length; c++)
            {
                row[c] = input[start + c];
            }
            FixedPointSoftmax.Row(
                row, result, node.InputMultiplier, node.InputLeftShift, node.DifferenceMinimum, minimum);
            for (int c = 0; c < row.Length; c++)
            {
                output[start + c] = result[c];
            }
        }
    }
}
