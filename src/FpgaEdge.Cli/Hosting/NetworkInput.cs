using FpgaEdge.Cli.Inputs;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Between cases as people have them and the integers of a network's edges.</summary>
internal static class NetworkInput
{
    /// <summary>Height × width × channels of the network's one input.</summary>
    /// <exception cref="CliException">The network has several inputs.</exception>
    public static InputShape ShapeOf(IntegerGraph graph)
    {
        if (graph.Inputs.Count != 1)
        {
            throw new CliException(ExitCode.BadInputFile,
                $"network {graph.Name}: expected one input, found {graph.Inputs.Count}; cases with several tensors cannot be given yet");
        }
        IntegerTensor input = graph.Tensors[graph.Inputs[0]];
        return new InputShape(input.Height, input.Width, input.Channels);
    }

    /// <summary>Real values to the integers of a tensor: nearest, ties away from zero, clamped to the type.</summary>
    /// <param name="values">One per element.</param>
    /// <param name="tensor">Gives scale, zero point and type.</param>
    public static byte[] Quantize(ReadOnlySpan<float> values, IntegerTensor tensor)
    {
        var bytes = new byte[tensor.ByteCount];
        (int minimum, int maximum) = tensor.Type == IntegerType.UInt8 ? (0, 255) : (-128, 127);
        for (int i = 0; i < values.Length; i++)
        {
            double steps = Math.Round(values[i] / tensor.Scale, MidpointRounding.AwayFromZero) + tensor.ZeroPoint;
            bytes[i] = unchecked((byte)(int)Math.Clamp(steps, minimum, maximum));
        }
        return bytes;
    }

    /// <summary>A tensor's integers as real values.</summary>
    public static double[] Dequantize(ReadOnlySpan<byte> bytes, IntegerTensor tensor)
    {
        var values = new double[tensor.ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            int integer = tensor.Type switch
            {
                IntegerType.Int8 => (sbyte)bytes[i],
                IntegerType.UInt8 => bytes[i],
                _ => System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * 4)..]),
            };
            values[i] = tensor.Scale * (integer - tensor.ZeroPoint);
        }
        return values;
    }
}
