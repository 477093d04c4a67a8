using System.Buffers.Binary;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// Whole accumulators as the accelerator stores them: four blocked activations, one for each byte, lowest first. The
/// cores put them together and requantise them with the golden interpreter's arithmetic.
/// </summary>
internal readonly struct AccumulatorPlanes(IntegerTensor output, VtaConfiguration configuration)
{
    private readonly IntegerTensor output = output;
    private readonly BlockedLayout layout = new(output, configuration);

    /// <summary>Bytes of all planes.</summary>
    public long ByteCount => 4 * layout.ByteCount;

    /// <summary>Requantises into the dense output tensor.</summary>
    public void Requantize(ConvolutionNode node, ReadOnlySpan<byte> planes, Span<byte> dense)
    {
        int plane = (int)layout.ByteCount;
        int channels = output.Channels;
        for (int pixel = 0; pixel < layout.Pixels; pixel++)
        {
            for (int c = 0; c < channels; c++)
            {
                int at = (((c / layout.Block * layout.Pixels) + pixel) * layout.LineBytes) + (c % layout.Block);
                int accumulator = planes[at] | (planes[at + plane] << 8) | (planes[at + (2 * plane)] << 16) |
                    (planes[at + (3 * plane)] << 24);
                int value = GoldenInterpreter.Requantize(node.Requantization, accumulator, c, output.ZeroPoint);
                int index = (pixel * channels) + c;
                if (output.Type == IntegerType.Int32)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(dense[(index * 4)..], value);
                }
                else
                {
                    dense[index] = unchecked((byte)value);
                }
            }
        }
    }
}
