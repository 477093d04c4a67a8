using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>One channel group of a convolution (the whole of an ordinary one).</summary>
internal sealed unsafe class PackedGroup
{
    private readonly IntegerTensor output;
    private readonly Window window;
    private readonly Requantizer requantizer;
    private readonly KernelInstructions instructions;
    private readonly StagedInput staging;
    private readonly Run[] runs;
    private readonly short[] weights;
    private readonly int[] bias;
    private readonly int firstOutput;
    private readonly int outputs;
    private readonly int pairs;

    public PackedGroup(ConvolutionNode node, int group, IntegerTensor input, IntegerTensor output,
        Requantizer requantizer, KernelInstructions instructions)
    {
        this.output = output;
        this.requantizer = requantizer;
        this.instructions = instructions;
        window = node.Window;
        int inputs = input.Channels / node.Groups;
        outputs = output.Channels / node.Groups;
        firstOutput = group * outputs;
        staging = new StagedInput(input, window, group * inputs, inputs, 2);
        runs = MakeRuns();
        pairs = runs.Sum(run => run.Steps);
        int blocks = (outputs + ConvolutionBlocks.Outputs - 1) / ConvolutionBlocks.Outputs;
        weights = Pack(node, blocks, inputs);
        bias = new int[blocks * ConvolutionBlocks.Outputs];
        node.Bias.AsSpan(firstOutput, outputs).CopyTo(bias);
    }

    public int ScratchLength => staging.Length;

    public void Execute(ReadOnlySpan<byte> input, Span<byte> result, Span<short> scratch)
    {
        staging.Fill(input, scratch);
        int blocks = bias.Length / ConvolutionBlocks.Outputs;
        int wide = instructions == KernelInstructions.Avx512 ? blocks / ConvolutionBlocks.WideBlocks : 0;
        for (int b = 0; b < wide; b++)
        {
            ExecuteBlocks(b * ConvolutionBlocks.WideBlocks, ConvolutionBlocks.WideBlocks, scratch, result);
        }
        for (int b = wide * ConvolutionBlocks.WideBlocks; b < blocks; b++)
        {
            ExecuteBlocks(b, 1, scratch, result);
        }
    }

    private void ExecuteBlocks(int firstBlock, int blocks, ReadOnlySpan<short> staged, Span<byte> result)
    {
        const int lanes = ConvolutionBlocks.Outputs;
        int* sums = stackalloc int[ConvolutionBlocks.Pixels * ConvolutionBlocks.WideBlocks * lanes];
        short** pixels = stackalloc short*[ConvolutionBlocks.Pixels];
        int width = blocks * lanes;
        int used = Math.Min(width, outputs - (firstBlock * lanes));
        int positions = output.Height * output.Width;
        int blockStride = pairs * 2 * lanes;
        fixed (short* stagedStart = staged, weightStart = weights)
        fixed (int* biasStart = bias)
        {
            for (int position = 0; position < positions; position += ConvolutionBlocks.Pixels)
            {
                int count = Math.Min(ConvolutionBlocks.Pixels, positions - position);
                for (int p = 0; p < ConvolutionBlocks.Pixels; p++)
                {
                    // Past the last pixel the last one is computed again and not stored.
                    pixels[p] = stagedStart + Offset(position + Math.Min(p, count - 1));
                }
                ConvolutionBlocks.Accumulate(instructions, blocks, pixels, runs, weightStart
                    + ((long)firstBlock * blockStride),
                    blockStride, biasStart + (firstBlock * lanes), sums);
                for (int p = 0; p < count; p++)
                {
                    Store(new ReadOnlySpan<int>(sums + (p * width), width), position + p, firstBlock * lanes, used,
                        result);
                }
            }
        }
    }

    private int Offset(int position)
    {
        int y = position / output.Width;
        int x = position - (y * output.Width);
        return (y * window.StrideHeight * staging.RowStride) + (x * window.StrideWidth * staging.PixelStride);
    }

    private void Store(ReadOnlySpan<int> sums, int position, int first, int count, Span<byte> result)
    {
        int channel = firstOutput + first;
        int size = requantizer.BytesPerElement;
        int at = ((position * output.Channels) + channel) * size;
        requantizer.Convert(sums, channel, result.Slice(at, count * size));
    }

    private Run[] MakeRuns()
    {
        var list = new List<Run>();
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            int row = ky * window.DilationHeight * staging.RowStride;
            if (window.DilationWidth == 1)
            {
                list.Add(new Run(row, window.KernelWidth * staging.PixelStride / 2));
                continue;
            }
            for (int kx = 0; kx < window.KernelWidth; kx++)
            {
                list.Add(new Run(row + (kx * window.DilationWidth * staging.PixelStride), staging.PixelStride / 2));
            }
        }
        return [.. list];
    }

    private short[] Pack(ConvolutionNode node, int blocks, int inputs)
    {
        const int lanes = ConvolutionBlocks.Outputs;
        int taps = window.KernelHeight * window.KernelWidth;
        short[] packed = new short[blocks * pairs * 2 * lanes];
        for (int o = 0; o < outputs; o++)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    int k = (tap * staging.PixelStride) + i;
                    int at = ((((o / lanes * pairs) + (k / 2)) * lanes) + (o % lanes)) * 2;
                    int source = ((((firstOutput + o) * taps) + tap) * inputs) + i;
                    packed[at + (k % 2)] = (short)(node.Weights[source] - node.WeightZeroPoint);
                }
            }
        }
        return packed;
    }
}
