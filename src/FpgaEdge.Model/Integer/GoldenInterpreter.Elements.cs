using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Integer;

/// <summary>Nodes that work element by element or move elements.</summary>
public static partial class GoldenInterpreter
{
    private const int TfliteAddLeftShift = 20;

    /// <summary>One element of a node with two operands.</summary>
    /// <param name="node">A sum or product of two tensors.</param>
    /// <param name="a">Element of the first operand minus its zero point.</param>
    /// <param name="b">Element of the second operand minus its zero point.</param>
    /// <param name="zeroPoint">Zero point of the output.</param>
    public static int Combine(IntegerNode node, int a, int b, int zeroPoint)
    {
        switch (node)
        {
            case AddNode add:
                long sum = ((long)a * add.MultiplierA) + ((long)b * add.MultiplierB);
                return Clamp(zeroPoint + RoundingShift(sum, add.Shift), add.Minimum, add.Maximum);
            case TfliteAddNode add:
                int scaledA = MultiplyByQuantizedMultiplier(a << TfliteAddLeftShift, add.MultiplierA, add.ShiftA);
                int scaledB = MultiplyByQuantizedMultiplier(b << TfliteAddLeftShift, add.MultiplierB, add.ShiftB);
                long scaled = MultiplyByQuantizedMultiplier(
                    unchecked(scaledA + scaledB), add.OutputMultiplier, add.OutputShift);
                return Clamp(zeroPoint + scaled, add.Minimum, add.Maximum);
            case RealAddNode add:
                double real = (a * add.ScaleA) + (b * add.ScaleB);
                return RoundToClamped(real / add.ScaleOutput, zeroPoint, add.Minimum, add.Maximum);
            case MultiplyNode multiply:
                long product = (long)a * b * multiply.Multiplier;
                return Clamp(zeroPoint + RoundingShift(product, multiply.Shift), multiply.Minimum, multiply.Maximum);
            default:
                throw new ModelFormatException($"node {node.Name} does not combine two tensors");
        }
    }

    private static void Combine(IntegerNode node, Operand a, Operand b, Operand output)
    {
        bool perChannel = b.Count != a.Count;
        for (int i = 0; i < output.Count; i++)
        {
            int right = b[perChannel ? i % b.Channels : i] - b.ZeroPoint;
            output[i] = Combine(node, a[i] - a.ZeroPoint, right, output.ZeroPoint);
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

    private static void LookUp(PairLookupNode node, Operand a, Operand b, Operand output)
    {
        bool perChannel = b.Count != a.Count;
        for (int i = 0; i < output.Count; i++)
        {
            output.Bytes[i] = node.Table[(a.Bytes[i] << 8) + b.Bytes[perChannel ? i % b.Channels : i]];
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
