using System.Buffers.Binary;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Where real numbers meet an integer graph: inputs to integers, integer outputs to real numbers. Deterministic:
/// doubles, halves to even, so every machine makes the same bytes.
/// </summary>
public static class TensorEdges
{
    /// <summary>An input as integers.</summary>
    /// <param name="tensor">An 8-bit input of an integer graph.</param>
    /// <param name="values">Preprocessed values, height × width × channels.</param>
    /// <exception cref="ModelFormatException">The number of values does not fit.</exception>
    public static byte[] Quantize(IntegerTensor tensor, ReadOnlySpan<float> values)
    {
        RequireCount(tensor, values.Length);
        int minimum = tensor.Type == IntegerType.Int8 ? sbyte.MinValue : byte.MinValue;
        byte[] bytes = new byte[values.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            double steps = Math.Round(values[i] / tensor.Scale, MidpointRounding.ToEven) + tensor.ZeroPoint;
            double clamped = Math.Clamp(steps, minimum, minimum + 255); // NaN becomes 0 below
            bytes[i] = unchecked((byte)(int)clamped);
        }
        return bytes;
    }

    /// <summary>
    /// An input tensor of the float network as integers, brought from channels-first order where it has it.
    /// </summary>
    /// <param name="tensor">An 8-bit input of an integer graph.</param>
    /// <param name="values">A float tensor, batch of one.</param>
    /// <param name="layout">Where <paramref name="values"/> has its channels.</param>
    /// <exception cref="ModelFormatException">The number of values does not fit.</exception>
    public static byte[] Quantize(IntegerTensor tensor, Tensor values, ChannelLayout layout)
    {
        float[] floats = values.ToFloats();
        RequireCount(tensor, floats.Length);
        return Quantize(tensor, layout == ChannelLayout.ChannelsFirst ? ToChannelsLast(tensor, floats) : floats);
    }

    /// <summary>The real numbers that a tensor's bytes stand for, height × width × channels.</summary>
    /// <exception cref="ModelFormatException">The number of bytes does not fit.</exception>
    public static float[] Dequantize(IntegerTensor tensor, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != tensor.ByteCount)
        {
            throw new ModelFormatException(
                $"tensor {tensor.Name} has {tensor.ByteCount} bytes, {bytes.Length} were given");
        }
        float[] values = new float[tensor.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            int q = tensor.Type switch
            {
                IntegerType.Int8 => (sbyte)bytes[i],
                IntegerType.UInt8 => bytes[i],
                _ => BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * 4)..]),
            };
            values[i] = (float)(tensor.Scale * ((double)q - tensor.ZeroPoint));
        }
        return values;
    }

    /// <summary>Probabilities from logits, for <see cref="IntegerGraph.FinalSoftmax"/>.</summary>
    public static float[] Softmax(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            largest = Math.Max(largest, logit);
        }
        double sum = 0;
        float[] result = new float[logits.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (float)Math.Exp(logits[i] - largest);
            sum += result[i];
        }
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = (float)(result[i] / sum);
        }
        return result;
    }

    private static float[] ToChannelsLast(IntegerTensor tensor, float[] values)
    {
        int pixels = tensor.Height * tensor.Width;
        float[] result = new float[values.Length];
        for (int c = 0; c < tensor.Channels; c++)
        {
            for (int p = 0; p < pixels; p++)
            {
                result[(p * tensor.Channels) + c] = values[(c * pixels) + p];
            }
        }
        return result;
    }

    private static void RequireCount(IntegerTensor tensor, int count)
    {
        if (count != tensor.ElementCount)
        {
            throw new ModelFormatException($"input {tensor.Name} takes {tensor.ElementCount} values " +
                $"({tensor.Height} × {tensor.Width} × {tensor.Channels}), {count} were given");
        }
    }
}
