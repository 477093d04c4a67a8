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
    private const int MaximumTaps = 64;

    // Weights of layers whose pixels are taken together: at most so many blocks before channels and blocks agree again.
    private const int MaximumPeriod = 32;

    private readonly ConvolutionNode node;
    private readonly IntegerTensor input;
    private readonly IntegerTensor output;
    private readonly NativeLayout layout;
    private readonly NativeInput staging;
    private readonly bool depthwise;
    private readonly int inputs;
    private readonly int outputs;
    private readonly int firstOutput;
    private readonly int groups;
    private readonly int period;
    private readonly bool wide;
    private readonly int[] offsets;
    private readonly byte[] zeros;
    private readonly AlignedArray<sbyte> weights;
    private readonly AlignedArray<int> bias;
    private readonly AlignedArray<int> left;
    private readonly AlignedArray<int> right;
    private readonly AlignedArray<int> multiplier;
    private readonly AlignedArray<double> factor;
    private readonly AlignedArray<float> estimate;

    private NativeConvolution(ConvolutionNode node, int group, IntegerTensor input, IntegerTensor output, bool depthwise,
        NativeLayout layout)
    {
        this.node = node;
        this.input = input;
        this.output = output;
        this.depthwise = depthwise;
        this.layout = layout;
        inputs = depthwise ? 1 : input.Channels / node.Groups;
        outputs = depthwise ? output.Channels : output.Channels / node.Groups;
        firstOutput = group * outputs;
        period = depthwise ? Period() : 1;
        int staged = depthwise ? input.Channels : inputs;
        staging = new NativeInput(input, node.Window, group * staged, staged, layout);
        offsets = depthwise ? TapPlaces() : Runs(staged);
        groups = depthwise ? offsets.Length / 2 / layout.TapGroup : offsets.Where((_, i) => i % 2 == 1).Sum();
        zeros = depthwise ? new byte[(input.Width * staged) + layout.DepthwiseBlock] : [];
        zeros.AsSpan().Fill((byte)input.ZeroPoint);
        sbyte[] packed = depthwise ? PackDepthwise() : Pack();
        weights = new(packed);
        wide = Array.IndexOf(packed, sbyte.MinValue) >= 0;
        Requantization requantization = node.Requantization;
        bool exponents = requantization.Kind == RequantizationKind.FixedPoint; // positive is left
        bias = new(Spread(o => node.Bias[o] - unchecked(staging.ZeroPoint * WeightSum(o))));
        left = new(Spread(o => exponents ? Math.Max(0, Entry(requantization.Shift, o)) : 0));
        right = new(Spread(o => exponents ? Math.Max(0, -Entry(requantization.Shift, o)) : Entry(requantization.Shift, o)));
        multiplier = new(Spread(o => Entry(requantization.Multiplier, o)));
        factor = new(Spread(o => Entry(requantization.Factors, o)));
        // Single precision decides a rounding only where a factor is an ordinary number in it.
        float[] estimates = Spread(o => (float)(Entry(requantization.Factors, o) * 65536));
        estimate = new(Array.TrueForAll(estimates, f => f == 0 || f is > 1e-25f and < 1e35f) ? estimates : []);
    }

    /// <summary>16-bit elements of scratch memory that <see cref="Execute"/> needs.</summary>
    public int ScratchLength => depthwise ? 0 : (staging.Length + 1) / 2;

    /// <summary>Packs a node, or tells that the C kernels cannot do it.</summary>
    /// <param name="node">A convolution.</param>
    /// <param name="input">Its input.</param>
    /// <param name="output">Its output.</param>
    /// <param name="layout">What the kernels expect.</param>
    /// <returns>One part per group; null where weights without their zero point exceed 8 bits, or a depth-wise layer's
    /// accumulators are wanted or its kernel is large.</returns>
    public static NativeConvolution[]? TryPack(
        ConvolutionNode node, IntegerTensor input, IntegerTensor output, NativeLayout layout)
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
            parts[g] = new NativeConvolution(node, g, input, output, depthwise, layout);
        }
        return parts;
    }

    /// <summary>Runs this part on one frame.</summary>
    /// <param name="frame">The input tensor.</param>
    /// <param name="result">The output tensor; this part's channels are written.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> elements.</param>
    /// <param name="recorder">Receives the call instead of the kernels; null to execute it.</param>
    public void Execute(
        ReadOnlySpan<byte> frame, Span<byte> result, Span<short> scratch, INativeRecorder? recorder = null)
    {
        Span<byte> staged = MemoryMarshal.AsBytes(scratch);
        bool direct = depthwise || staging.IsDirect;
        if (!direct)
        {
            staging.Fill(frame, staged);
        }
        int size = output.Type == IntegerType.Int32 ? 4 : 1;
        fixed (byte* from = direct ? frame : staged, to = result, zeroStart = zeros)
        fixed (int* offsetStart = offsets)
        {
            NativeCall call = Describe();
            call.Input = from;
            call.Output = to + (firstOutput * size);
            call.Offsets = offsetStart;
            call.Zeros = zeroStart;
            if (recorder is not null)
            {
                var bytes = new NativeBytes(direct ? frame.Length : staging.Length, weights.Length, bias.Length,
                    factor.Length, offsets.Length, zeros.Length, firstOutput * size);
                recorder.Record(depthwise, in call, bytes);
            }
            else if (depthwise)
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
        Weights = weights.Pointer,
        Bias = bias.Pointer,
        Left = left.Pointer,
        Right = right.Pointer,
        Multiplier = multiplier.Pointer,
        Factor = factor.Pointer,
        Estimate = estimate.Pointer,
        OffsetCount = offsets.Length / 2,
        Groups = groups,
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
        Flip = layout.Flip(input),
        Period = period,
        Wide = wide ? 1 : 0,
    };

    // Where neighbouring pixels' channels can be taken as one stream, the blocks after which it begins at a channel 0 again.
    private int Period()
    {
        int block = layout.DepthwiseBlock;
        int common = GreatestCommonDivisor(outputs, block);
        bool together = layout.TakesPixelsTogether && node.Window.StrideWidth == 1 && outputs / common <= MaximumPeriod;
        return together ? outputs / common : (outputs + block - 1) / block;
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);

    // (row, column) of every tap; whole groups, the last repeats with weight 0.
    private int[] TapPlaces()
    {
        Window window = node.Window;
        int taps = window.KernelHeight * window.KernelWidth;
        int[] result = new int[RoundUp(taps, layout.TapGroup) * 2];
        for (int tap = 0; tap < result.Length / 2; tap++)
        {
            int used = Math.Min(tap, taps - 1);
            result[2 * tap] = used / window.KernelWidth * window.DilationHeight;
            result[(2 * tap) + 1] = used % window.KernelWidth * window.DilationWidth;
        }
        return result;
    }

    // (byte offset, groups of inputs) of every stretch of the window that lies together: a kernel row, or a tap.
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
                result.Add(RoundUp(taps * pixel, layout.Inputs) / layout.Inputs);
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
        int padded = RoundUp(run, layout.Inputs);
        sbyte[] packed = new sbyte[RoundUp(outputs, layout.Outputs) * groups * layout.Inputs];
        for (int o = 0; o < outputs; o++)
        {
            (int block, int lane) = Math.DivRem(o, layout.Outputs);
            for (int i = 0; i < Taps * inputs; i++)
            {
                (int group, int within) = Math.DivRem((i / run * padded) + (i % run), layout.Inputs);
                int row = (((block * groups) + group) * layout.Outputs) + lane;
                packed[(row * layout.Inputs) + within] = Weight(o, i);
            }
        }
        return packed;
    }

    private sbyte[] PackDepthwise()
    {
        int block = layout.DepthwiseBlock;
        sbyte[] packed = new sbyte[period * block * groups * layout.TapGroup];
        for (int at = 0; at < period * block; at++)
        {
            int o = ChannelAt(at);
            for (int tap = 0; tap < Taps && o < outputs; tap++)
            {
                (int group, int within) = Math.DivRem(tap, layout.TapGroup);
                int row = (((at / block * groups) + group) * block) + (Place(at) % block);
                packed[(row * layout.TapGroup) + within] = Weight(o, tap);
            }
        }
        return packed;
    }

    // The channel at a place of a stream of pixels.
    private int ChannelAt(int at) => period * layout.DepthwiseBlock % outputs == 0 ? at % outputs : at;

    // Where the C kernel expects a channel's parameters: see the comment at the depth-wise function for x64.
    private int Place(int o) => !depthwise || layout.TapGroup == 1 ? o
        : (o / 64 * 64) + (o / 4 % 4 * 16) + (o % 64 / 16 * 4) + (o % 4);

    private T[] Spread<T>(Func<int, T> value)
    {
        // 64: the C kernels may read the parameters of four blocks.
        var result = new T[depthwise ? period * layout.DepthwiseBlock : RoundUp(outputs, 64)];
        for (int at = 0; at < (depthwise ? result.Length : outputs); at++)
        {
            int o = depthwise ? ChannelAt(at) : at;
            if (o < outputs)
            {
                result[Place(at)] = value(firstOutput + o);
            }
        }
        return result;
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private static T Entry<T>(T[] values, int channel) where T : struct =>
        values.Length == 0 ? default : values[values.Length == 1 ? 0 : channel];
}
