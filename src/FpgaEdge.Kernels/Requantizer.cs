using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// Accumulators of one pixel to output elements, exactly as <see cref="GoldenInterpreter.Requantize"/>.
/// </summary>
internal sealed class Requantizer
{
    private readonly Requantization requantization;
    private readonly int zeroPoint;
    private readonly int[] shifts; // padded to whole blocks, for vectors

    public Requantizer(Requantization requantization, IntegerTensor output)
    {
        this.requantization = requantization;
        zeroPoint = output.ZeroPoint;
        BytesPerElement = output.Type == IntegerType.Int32 ? 4 : 1;
        shifts = new int[output.Channels + ConvolutionBlocks.Outputs];
        for (int c = 0; c < output.Channels && requantization.Kind == RequantizationKind.Shift; c++)
        {
            shifts[c] = requantization.Shift[requantization.Shift.Length == 1 ? 0 : c];
        }
    }

    public int BytesPerElement { get; }

    /// <summary>Converts accumulators of channels firstChannel …</summary>
    /// <param name="sums">At least as many as <paramref name="output"/> has elements, and padded to sixteens.</param>
    /// <param name="firstChannel">Channel of the first one.</param>
    /// <param name="output">The channels' bytes.</param>
    public void Convert(ReadOnlySpan<int> sums, int firstChannel, Span<byte> output)
    {
        switch (requantization.Kind)
        {
            case RequantizationKind.None:
                MemoryMarshal.AsBytes(sums)[..output.Length].CopyTo(output);
                break;
            case RequantizationKind.Shift:
                int done = Avx2.IsSupported ? ShiftVectors(sums, firstChannel, output) : 0;
                for (int i = done; i < output.Length; i++)
                {
                    int shifted = sums[i] >> shifts[firstChannel + i];
                    output[i] = unchecked((byte)Math.Clamp(shifted, requantization.Minimum, requantization.Maximum));
                }
                break;
            default:
                for (int i = 0; i < output.Length; i++)
                {
                    int value = GoldenInterpreter.Requantize(requantization, sums[i], firstChannel + i, zeroPoint);
                    output[i] = unchecked((byte)value);
                }
                break;
        }
    }

    private int ShiftVectors(ReadOnlySpan<int> sums, int firstChannel, Span<byte> output)
    {
        Vector256<int> minimum = Vector256.Create(requantization.Minimum);
        Vector256<int> maximum = Vector256.Create(requantization.Maximum);
        ref int sum = ref MemoryMarshal.GetReference(sums);
        ref int shift = ref shifts[firstChannel];
        int i = 0;
        for (; i + 16 <= output.Length; i += 16)
        {
            Vector256<int> low = Avx2.ShiftRightArithmeticVariable(
                Vector256.LoadUnsafe(ref sum, (nuint)i), Vector256.LoadUnsafe(ref shift, (nuint)i).AsUInt32());
            Vector256<int> high = Avx2.ShiftRightArithmeticVariable(
                Vector256.LoadUnsafe(ref sum, (nuint)i + 8), Vector256.LoadUnsafe(ref shift, (nuint)i + 8).AsUInt32());
            low = Vector256.Min(Vector256.Max(low, minimum), maximum);
            high = Vector256.Min(Vector256.Max(high, minimum), maximum);
            Vector256<short> words = Vector256.Narrow(low, high);
            Vector128.Narrow(words.GetLower(), words.GetUpper()).AsByte().CopyTo(output[i..]);
        }
        return i;
    }
}
