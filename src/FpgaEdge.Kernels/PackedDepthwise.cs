using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// Depth-wise convolution with one filter per channel: sixteen channels at a time, two taps per multiply-add by
/// interleaving the two taps' activations.
/// </summary>
internal sealed unsafe class PackedDepthwise
{
    private const int Lanes = ConvolutionBlocks.Outputs;

    private readonly IntegerTensor output;
    private readonly Window window;
    private readonly Requantizer requantizer;
    private readonly KernelInstructions instructions;
    private readonly StagedInput staging;
    private readonly int[] taps; // offsets, an even number: the last one repeats with weight 0
    private readonly short[] weights; // [block][tap][16]
    private readonly int[] bias;

    public PackedDepthwise(ConvolutionNode node, IntegerTensor input, IntegerTensor output, Requantizer requantizer,
        KernelInstructions instructions)
    {
        this.output = output;
        this.requantizer = requantizer;
        this.instructions = instructions;
        window = node.Window;
        staging = new StagedInput(input, window, 0, input.Channels, Lanes);
        int count = window.KernelHeight * window.KernelWidth;
        taps = new int[count + (count % 2)];
        for (int tap = 0; tap < count; tap++)
        {
            taps[tap] = (tap / window.KernelWidth * window.DilationHeight * staging.RowStride)
                + (tap % window.KernelWidth * window.DilationWidth * staging.PixelStride);
        }
        weights = new short[staging.PixelStride * taps.Length];
        for (int c = 0; c < input.Channels; c++)
        {
            for (int tap = 0; tap < count; tap++)
            {
                int at = (((c / Lanes * taps.Length) + tap) * Lanes) + (c % Lanes);
                weights[at] = (short)(node.Weights[(c * count) + tap] - node.WeightZeroPoint);
            }
        }
        bias = new int[staging.PixelStride];
        node.Bias.CopyTo(bias, 0);
    }

    public int ScratchLength => staging.Length;

    public void Execute(ReadOnlySpan<byte> input, Span<byte> result, Span<short> scratch)
    {
        staging.Fill(input, scratch);
        int size = requantizer.BytesPerElement;
        int* sums = stackalloc int[Lanes];
        fixed (short* staged = scratch, weightStart = weights)
        fixed (int* biasStart = bias)
        {
            for (int position = 0; position < output.Height * output.Width; position++)
            {
                int y = position / output.Width;
                int x = position - (y * output.Width);
                short* pixel = staged + (y * window.StrideHeight * staging.RowStride)
                    + (x * window.StrideWidth * staging.PixelStride);
                for (int c = 0; c < output.Channels; c += Lanes)
                {
                    short* blockWeights = weightStart + (c * taps.Length);
                    if (instructions >= KernelInstructions.Avx2)
                    {
                        SumAvx2(pixel + c, blockWeights, biasStart + c, sums);
                    }
                    else
                    {
                        SumScalar(pixel + c, blockWeights, biasStart + c, sums);
                    }
                    int count = Math.Min(Lanes, output.Channels - c);
                    int at = ((position * output.Channels) + c) * size;
                    requantizer.Convert(new ReadOnlySpan<int>(sums, Lanes), c, result.Slice(at, count * size));
                }
            }
        }
    }

    private void SumScalar(short* pixel, short* w, int* biases, int* sums)
    {
        new Span<int>(biases, Lanes).CopyTo(new Span<int>(sums, Lanes));
        foreach (int offset in taps)
        {
            short* x = pixel + offset;
            for (int c = 0; c < Lanes; c++)
            {
                sums[c] += x[c] * w[c];
            }
            w += Lanes;
        }
    }

    private void SumAvx2(short* pixel, short* w, int* biases, int* sums)
    {
        // Interleaving works within 128-bit halves: low holds channels 0-3 and 8-11, high 4-7 and 12-15.
        Vector256<int> low = Vector256<int>.Zero;
        Vector256<int> high = Vector256<int>.Zero;
        for (int tap = 0; tap < taps.Length; tap += 2, w += 2 * Lanes)
        {
            Vector256<short> x0 = Vector256.Load(pixel + taps[tap]);
            Vector256<short> x1 = Vector256.Load(pixel + taps[tap + 1]);
            Vector256<short> w0 = Vector256.Load(w);
            Vector256<short> w1 = Vector256.Load(w + Lanes);
            low += Avx2.MultiplyAddAdjacent(Avx2.UnpackLow(x0, x1), Avx2.UnpackLow(w0, w1));
            high += Avx2.MultiplyAddAdjacent(Avx2.UnpackHigh(x0, x1), Avx2.UnpackHigh(w0, w1));
        }
        (Avx2.Permute2x128(low, high, 0x20) + Vector256.Load(biases)).Store(sums);
        (Avx2.Permute2x128(low, high, 0x31) + Vector256.Load(biases + 8)).Store(sums + 8);
    }
}
