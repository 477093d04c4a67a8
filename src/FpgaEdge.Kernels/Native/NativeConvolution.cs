using System.Runtime.InteropServices;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels.Native;

/// <summary>
/// One channel group of a convolution, or a whole depth-wise one, packed for the C kernels. Results are those of
/// <see cref="GoldenInterpreter"/>, byte for byte: products of 8-bit numbers are summed exactly, and the input's zero
/// point is taken off through the bias, which wraps as the sums do.
/// </summary>
internal sealed unsafe class NativeConvolution
{
    private const int Lanes = 16;
    private const int Chunk = 4 * Lanes;
    private const int MaximumTaps = 64;

    private readonly ConvolutionNode node;
    private readonly IntegerTensor input;
    private readonly IntegerTensor output;
    private readonly NativeInput staging;
    private readonly bool depthwise;
    private readonly int inputs;
    private readonly int outputs;
    private readonly int firstOutput;
    private readonly int quads;
    private readonly int[] offsets;
    private readonly byte[] zeros;
    private readonly sbyte[] weights;
    private readonly int[] bias;
    private readonly int[] left;
    private readonly int[] right;
    private readonly int[] multiplier;
    private readonly double[] factor;

    private NativeConvolution(
        ConvolutionNode node, int group, IntegerTensor input, IntegerTensor output, bool depthwise)
    {
        this.node = node;
        this.input = input;
        this.output = output;
        this.depthwise = depthwise;
        inputs = depthwise ? 1 : input.Channels / node.Groups;
        outputs = depthwise ? output.Channels : output.Channels / node.Groups;
        firstOutput = group * outputs;
        int staged = depthwise ? input.Channels : inputs;
        staging = new NativeInput(input, node.Window, group * staged, staged);
        offsets = depthwise ? TapPlaces() : Runs(staged);
        quads = depthwise ? offsets.Length / 8 : offsets.Where((_, i) => i % 2 == 1).Sum();
        zeros = depthwise ? new byte[staged + Chunk] : [];
        zeros.AsSpan().Fill((byte)input.ZeroPoint);
        weights = depthwise ? PackDepthwise() : Pack();
        Requantization requantization = node.Requantization;
        bool exponents = requantization.Kind == RequantizationKind.FixedPoint; // positive is left
        bias = Spread(o => node.Bias[o] - unchecked(staging.ZeroPoint * WeightSum(o)));
        left = Spread(o => exponents ? Math.Max(0, Entry(requantization.Shift, o)) : 0);
        right = Spread(o => exponents ? Math.Max(0, -Entry(requantization.Shift, o)) : Entry(requantization.Shift, o));
        multiplier = Spread(o => Entry(requantization.Multiplier, o));
        factor = Spread(o => Entry(requantization.Factors, o));
    }

    /// <summary>16-bit elements of scratch memory that <see cref="Execute"/> needs.</summary>
    public int ScratchLength => depthwise ? 0 : (staging.Length + 1) / 2;

    /// <summary>Packs a node, or tells that the C kernels cannot do it.</summary>
    /// <returns>One part per group; null where weights without their zero point exceed 8 bits, or a depth-wise layer's
    /// accumulators are wanted or its kernel is large.</returns>
    public static NativeConvolution[]? TryPack(ConvolutionNode node, IntegerTensor input, IntegerTensor output)
    {
        bool depthwise = node.Groups == input.Channels && input.Channels == output.Channels && input.Channels > 1;
        bool raw = node.Requantization.Kind == RequantizationKind.None;
        bool fits = Array.TrueForAll(node.Weights, w => w - node.WeightZeroPoint is >= sbyte.MinValue and <= sbyte.MaxValue);
        bool large = node.Window.KernelHeight * node.Window.KernelWidth > MaximumTaps;
        if (!fits || (depthwise && (raw || large)) || input.Type == IntegerType.Int32)
        {
            return null;
        }
        var parts = new NativeConvolution[depthwise ? 1 : node.Groups];
        for (int g = 0; g < parts.Length; g++)
        {
            parts[g] = new NativeConvolution(node, g, input, output, depthwise);
        }
        return parts;
    }

    /// <summary>Runs this part on one frame.</summary>
    public void Execute(ReadOnlySpan<byte> frame, Span<byte> result, Span<short> scratch)
    {
        Span<byte> staged = MemoryMarshal.AsBytes(scratch);
        bool direct = depthwise || staging.IsDirect;
        if (!direct)
        {
            staging.Fill(frame, staged);
        }
        int size = output.Type == IntegerType.Int32 ? 4 : 1;
        fixed (byte* from = direct ? frame : staged, to = result, zeroStart = zeros)
        fixed (sbyte* weightStart = weights)
        fixed (int* biasStart = bias, leftStart = left, rightStart = right, multiplierStart = multiplier)
        fixed (int* offsetStart = offsets)
        fixed (double* factorStart = factor)
        {
            NativeCall call = Describe();
            call.Input = from;
            call.Output = to + (firstOutput * size);
            call.Weights = weightStart;
            call.Bias = biasStart;
            call.Left = leftStart;
            call.Right = rightStart;
            call.Multiplier = multiplierStart;
            call.Factor = factorStart;
            call.Offsets = offsetStart;
            call.Zeros = zeroStart;
            if (depthwise)
            {
                NativeKernels.Depthwise(&call);
            }
            else
            {
                NativeKernels.Convolution(&call);
            }
        }
    }

    private NativeCall Describe() => new()
    {
        OffsetCount = offsets.Length / 2,
        Quads = quads,
        Height = output.Height,
        Width = output.Width,
        RowStep = node.Window.StrideHeight * staging.RowStride,
        PixelStep = node.Window.StrideWidth * inputs,
        Channels = outputs,
        OutputStride = output.Channels,
        Kind = (int)node.Requantization.Kind,
        ZeroPoint = output.ZeroPoint,
        Minimum = node.Requantization.Minimum,
        Maximum = node.Requantization.Maximum,
        InputHeight = input.Height,
        InputWidth = input.Width,
        StrideHeight = node.Window.StrideHeight,
        StrideWidth = node.Window.StrideWidth,
        PadTop = node.Window.PadTop,
        PadLeft = node.Window.PadLeft,
        Flip = input.Type == IntegerType.Int8 ? 0x80 : 0,
    };

    // (row, column) of every tap; whole fours, the last repeats with weight 0.
    private int[] TapPlaces()
    {
        Window window = node.Window;
        int taps = window.KernelHeight * window.KernelWidth;
        int[] result = new int[(taps + 3) / 4 * 8];
        for (int tap = 0; tap < result.Length / 2; tap++)
        {
            int used = Math.Min(tap, taps - 1);
            result[2 * tap] = used / window.KernelWidth * window.DilationHeight;
            result[(2 * tap) + 1] = used % window.KernelWidth * window.DilationWidth;
        }
        return result;
    }

    // (byte offset, groups of four) of every stretch of the window that lies together: a kernel row, or a tap.
    private int[] Runs(int pixel)
    {
        Window window = node.Window;
        int taps = TapsPerRun;
        var result = new List<int>();
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            for (int kx = 0; kx < window.KernelWidth; kx += taps)
            {
                result.Add((ky * window.DilationHeight * staging.RowStride) + (kx * window.DilationWidth * pixel));
                result.Add(((taps * pixel) + 3) / 4);
            }
        }
        return [.. result];
    }

    private int TapsPerRun => node.Window.DilationWidth == 1 ? node.Window.KernelWidth : 1;

    private int Taps => node.Window.KernelHeight * node.Window.KernelWidth;

    private sbyte Weight(int o, int index) =>
        (sbyte)(node.Weights[((firstOutput + o) * Taps * inputs) + index] - node.WeightZeroPoint);

    private int WeightSum(int channel)
    {
        int sum = 0;
        for (int i = 0; i < Taps * inputs; i++)
        {
            sum += Weight(channel - firstOutput, i);
        }
        return sum;
    }

    private sbyte[] Pack()
    {
        int run = TapsPerRun * inputs;
        int padded = (run + 3) / 4 * 4;
        sbyte[] packed = new sbyte[(outputs + Chunk - 1) / Chunk * Chunk * quads * 4];
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < Taps * inputs; i++)
            {
                int k = (i / run * padded) + (i % run);
                packed[(((((o / Lanes * quads) + (k / 4)) * Lanes) + (o % Lanes)) * 4) + (k % 4)] = Weight(o, i);
            }
        }
        return packed;
    }

    private sbyte[] PackDepthwise()
    {
        sbyte[] packed = new sbyte[(outputs + Chunk - 1) / Chunk * Chunk * quads * 4];
        for (int o = 0; o < outputs; o++)
        {
            int lane = Place(o) % Chunk;
            for (int tap = 0; tap < Taps; tap++)
            {
                packed[(((o / Chunk * quads) + (tap / 4)) * Chunk * 4) + (lane * 4) + (tap % 4)] = Weight(o, tap);
            }
        }
        return packed;
    }

    // Where the C kernel expects a channel's parameters: see the comment at its depth-wise function.
    private int Place(int o) => !depthwise ? o
        : (o / Chunk * Chunk) + (o / 4 % 4 * Lanes) + (o % Chunk / Lanes * 4) + (o % 4);

    private T[] Spread<T>(Func<int, T> value)
    {
        var result = new T[(outputs + Chunk - 1) / Chunk * Chunk];
        for (int o = 0; o < outputs; o++)
        {
            result[Place(o)] = value(firstOutput + o);
        }
        return result;
    }

    private static T Entry<T>(T[] values, int channel) where T : struct =>
        values.Length == 0 ? default : values[values.Length == 1 ? 0 : channel];
}
