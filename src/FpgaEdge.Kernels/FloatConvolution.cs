using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// A convolution of 32-bit floats, channels last, packed for the inner loops: what a float network costs where integers will
/// not do. AVX-512 where there is one, else vectors of whatever length .NET has.
/// </summary>
public sealed unsafe class FloatConvolution
{
    private const int Lanes = 16;

    private readonly Window window;
    private readonly int height;
    private readonly int width;
    private readonly int channels;
    private readonly int outputs;
    private readonly bool depthwise;
    private readonly bool direct;
    private readonly int rowStride;
    private readonly Run[] runs; // in floats
    private readonly int depth;
    private readonly AlignedArray<float> weights; // [block of 16][k][16]; depth-wise: [tap][channel]
    private readonly AlignedArray<float> bias;

    /// <summary>Packs a layer.</summary>
    /// <param name="window">Kernel, strides, padding with zeros, dilation.</param>
    /// <param name="height">Height of the input.</param>
    /// <param name="width">Width of the input.</param>
    /// <param name="channels">Channels of the input.</param>
    /// <param name="weights">[output][kernel row][kernel column][input]; depth-wise: one input.</param>
    /// <param name="bias">One per output.</param>
    /// <param name="depthwise">One filter per channel instead of all inputs for every output.</param>
    public FloatConvolution(Window window, int height, int width, int channels, ReadOnlySpan<float> weights,
        ReadOnlySpan<float> bias, bool depthwise = false)
    {
        this.window = window;
        this.height = height;
        this.width = width;
        this.channels = channels;
        this.depthwise = depthwise;
        outputs = bias.Length;
        direct = (window.PadTop | window.PadLeft | window.PadBottom | window.PadRight) == 0;
        rowStride = (width + window.PadLeft + window.PadRight) * channels;
        OutputHeight = IntegerGraphBuilder.WindowOutput(height, window.KernelHeight, window.StrideHeight,
            window.DilationHeight, window.PadTop, window.PadBottom);
        OutputWidth = IntegerGraphBuilder.WindowOutput(width, window.KernelWidth, window.StrideWidth,
            window.DilationWidth, window.PadLeft, window.PadRight);
        runs = MakeRuns();
        depth = runs.Sum(run => run.Steps);
        this.weights = new(depthwise ? PackDepthwise(weights) : Pack(weights));
        float[] padded = new float[(outputs + (4 * Lanes) - 1) / (4 * Lanes) * 4 * Lanes];
        bias.CopyTo(padded);
        this.bias = new(padded);
    }

    /// <summary>Height of the output.</summary>
    public int OutputHeight { get; }

    /// <summary>Width of the output.</summary>
    public int OutputWidth { get; }

    /// <summary>Floats of scratch memory that <see cref="Execute"/> needs.</summary>
    public int ScratchLength => direct ? 0 : (height + window.PadTop + window.PadBottom) * rowStride;

    /// <summary>Runs the layer on one image.</summary>
    /// <param name="input">height × width × channels.</param>
    /// <param name="output">output height × output width × outputs; all are written.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> elements.</param>
    public void Execute(ReadOnlySpan<float> input, Span<float> output, Span<float> scratch)
    {
        if (!direct)
        {
            Fill(input, scratch);
        }
        float* w = weights.Pointer, b = bias.Pointer;
        fixed (float* from = direct ? input : scratch, to = output)
        {
            if (depthwise)
            {
                Depthwise(from, to, w, b);
                return;
            }
            int positions = OutputHeight * OutputWidth;
            int panel = Panel(positions);
            for (int start = 0; start < positions; start += panel)
            {
                int blocks = (outputs + Lanes - 1) / Lanes;
                for (int block = 0; block < blocks; block += 4)
                {
                    Blocks(from, to, w, b, block, Math.Min(4, blocks - block), start, Math.Min(start + panel, positions));
                }
            }
        }
    }

    // Positions whose inputs and outputs stay in a near cache while all outputs pass over them, where weights do too.
    private int Panel(int positions)
    {
        const int nearWeights = 1 << 13;
        const int nearValues = 1 << 13;
        return weights.Length > nearWeights ? positions : Math.Max(1, nearValues / (channels + outputs) / 24) * 24;
    }

    private void Fill(ReadOnlySpan<float> input, Span<float> staged)
    {
        int left = window.PadLeft * channels;
        int body = width * channels;
        staged[..(window.PadTop * rowStride)].Clear();
        for (int y = 0; y < height; y++)
        {
            Span<float> row = staged.Slice((y + window.PadTop) * rowStride, rowStride);
            row[..left].Clear();
            input.Slice(y * body, body).CopyTo(row[left..]);
            row[(left + body)..].Clear();
        }
        staged[((window.PadTop + height) * rowStride)..ScratchLength].Clear();
    }

    private void Blocks(float* from, float* to, float* w, float* b, int first, int blocks, int start, int end)
    {
        const int most = 12;
        float** pixels = stackalloc float*[most];
        float* sums = stackalloc float[most * 2 * Lanes];
        int tile = blocks switch { 4 => 6, 3 => 8, _ => most };
        long blockStride = (long)depth * Lanes;
        int used = Math.Min(blocks * Lanes, outputs - (first * Lanes));
        (int y, int x) = Math.DivRem(start, OutputWidth);
        for (int position = start; position < end; position += tile)
        {
            int count = Math.Min(tile, end - position);
            for (int p = 0; p < tile; p++)
            {
                // Past the last pixel the last one is computed again and not stored.
                pixels[p] = from + (y * window.StrideHeight * rowStride) + (x * window.StrideWidth * channels);
                if (position + p < end - 1 && ++x == OutputWidth)
                {
                    x = 0;
                    y++;
                }
            }
            float* target = to + ((long)position * outputs) + (first * Lanes);
            if (count == tile && used == blocks * Lanes)
            {
                Accumulate(blocks, pixels, w + (first * blockStride), blockStride, b + (first * Lanes), target, outputs);
                continue;
            }
            Accumulate(blocks, pixels, w + (first * blockStride), blockStride, b + (first * Lanes), sums, blocks * Lanes);
            for (int p = 0; p < count; p++, target += outputs)
            {
                Store(sums + (p * blocks * Lanes), target, used);
            }
        }
    }

    private static void Store(float* sums, float* target, int used)
    {
        int i = 0;
        for (; i + Vector<float>.Count <= used; i += Vector<float>.Count)
        {
            Unsafe.WriteUnaligned(target + i, Unsafe.ReadUnaligned<Vector<float>>(sums + i));
        }
        for (; i < used; i++)
        {
            target[i] = sums[i];
        }
    }

    private void Accumulate(
        int blocks, float** pixels, float* w, long stride, float* b, float* target, int next)
    {
        if (!Avx512F.IsSupported)
        {
            Portable(blocks, pixels, w, stride, b, target, next);
            return;
        }
        switch (blocks)
        {
            case 4: FloatBlocks.SixByFour(pixels, runs, w, stride, b, target, next); break;
            case 3: FloatBlocks.EightByThree(pixels, runs, w, stride, b, target, next); break;
            case 2: FloatBlocks.TwelveByTwo(pixels, runs, w, stride, b, target, next); break;
            default: FloatBlocks.TwelveByOne(pixels, runs, w, stride, b, target, next); break;
        }
    }

    private void Portable(int blocks, float** pixels, float* w, long stride, float* b, float* target, int next)
    {
        int tile = blocks switch { 4 => 6, 3 => 8, _ => 12 };
        for (int p = 0; p < tile; p++)
        {
            for (int block = 0; block < blocks; block++)
            {
                float* sum = target + ((long)p * next) + (block * Lanes);
                new Span<float>(b + (block * Lanes), Lanes).CopyTo(new Span<float>(sum, Lanes));
                float* weight = w + (block * stride);
                foreach (Run run in runs)
                {
                    float* x = pixels[p] + run.Offset;
                    for (int k = 0; k < run.Steps; k++, weight += Lanes)
                    {
                        AddProducts(sum, x[k], weight, Lanes);
                    }
                }
            }
        }
    }

    private static void AddProducts(float* sums, float value, float* weights, int count)
    {
        var factor = new Vector<float>(value);
        for (int i = 0; i < count; i += Vector<float>.Count)
        {
            Vector<float> sum = Unsafe.ReadUnaligned<Vector<float>>(sums + i);
            sum += factor * Unsafe.ReadUnaligned<Vector<float>>(weights + i);
            Unsafe.WriteUnaligned(sums + i, sum);
        }
    }

    private void Depthwise(float* from, float* to, float* w, float* b)
    {
        int taps = window.KernelHeight * window.KernelWidth;
        long* offsets = stackalloc long[taps];
        for (int tap = 0; tap < taps; tap++)
        {
            (int ky, int kx) = Math.DivRem(tap, window.KernelWidth);
            offsets[tap] = ((long)ky * window.DilationHeight * rowStride) + ((long)kx * window.DilationWidth * channels);
        }
        int lanes = Avx512F.IsSupported ? Lanes : 1;
        int whole = outputs / lanes * lanes;
        for (int y = 0; y < OutputHeight; y++)
        {
            float* row = from + ((long)y * window.StrideHeight * rowStride);
            float* target = to + ((long)y * OutputWidth * outputs);
            for (int c = 0; c < whole; c += lanes)
            {
                if (Avx512F.IsSupported)
                {
                    DepthwiseRow(row + c, target + c, w + c, b + c, offsets, taps);
                }
                else
                {
                    DepthwiseChannel(row + c, target + c, w + c, b[c], offsets, taps);
                }
            }
            for (int c = whole; c < outputs; c++)
            {
                DepthwiseChannel(row + c, target + c, w + c, b[c], offsets, taps);
            }
        }
    }

    // Sixteen channels of one output row; the weights of a 3 × 3 kernel stay in registers.
    private void DepthwiseRow(float* row, float* target, float* w, float* b, long* offsets, int taps)
    {
        long step = (long)window.StrideWidth * channels;
        Vector512<float> start = Vector512.Load(b);
        if (taps != 9)
        {
            for (int x = 0; x < OutputWidth; x++, row += step, target += outputs)
            {
                Vector512<float> sum = start;
                for (int tap = 0; tap < taps; tap++)
                {
                    sum = Avx512F.FusedMultiplyAdd(
                        Vector512.Load(row + offsets[tap]), Vector512.Load(w + ((long)tap * outputs)), sum);
                }
                sum.Store(target);
            }
            return;
        }
        long n = outputs;
        Vector512<float> w0 = Vector512.Load(w), w1 = Vector512.Load(w + n), w2 = Vector512.Load(w + (2 * n));
        Vector512<float> w3 = Vector512.Load(w + (3 * n)), w4 = Vector512.Load(w + (4 * n)), w5 = Vector512.Load(w + (5 * n));
        Vector512<float> w6 = Vector512.Load(w + (6 * n)), w7 = Vector512.Load(w + (7 * n)), w8 = Vector512.Load(w + (8 * n));
        float* r0 = row + offsets[0], r1 = row + offsets[3], r2 = row + offsets[6];
        long one = offsets[1], two = offsets[2];
        for (int x = 0; x < OutputWidth; x++, r0 += step, r1 += step, r2 += step, target += outputs)
        {
            Vector512<float> a = Avx512F.FusedMultiplyAdd(Vector512.Load(r0), w0, start);
            Vector512<float> c = Vector512.Load(r1) * w3;
            Vector512<float> d = Vector512.Load(r2) * w6;
            a = Avx512F.FusedMultiplyAdd(Vector512.Load(r0 + one), w1, a);
            c = Avx512F.FusedMultiplyAdd(Vector512.Load(r1 + one), w4, c);
            d = Avx512F.FusedMultiplyAdd(Vector512.Load(r2 + one), w7, d);
            a = Avx512F.FusedMultiplyAdd(Vector512.Load(r0 + two), w2, a);
            c = Avx512F.FusedMultiplyAdd(Vector512.Load(r1 + two), w5, c);
            d = Avx512F.FusedMultiplyAdd(Vector512.Load(r2 + two), w8, d);
            (a + c + d).Store(target);
        }
    }

    private void DepthwiseChannel(float* row, float* target, float* w, float start, long* offsets, int taps)
    {
        for (int x = 0; x < OutputWidth; x++, row += (long)window.StrideWidth * channels, target += outputs)
        {
            float sum = start;
            for (int tap = 0; tap < taps; tap++)
            {
                sum += row[offsets[tap]] * w[(long)tap * outputs];
            }
            *target = sum;
        }
    }

    private Run[] MakeRuns()
    {
        var list = new List<Run>();
        bool whole = window.DilationWidth == 1;
        for (int ky = 0; ky < window.KernelHeight; ky++)
        {
            for (int kx = 0; kx < (whole ? 1 : window.KernelWidth); kx++)
            {
                int offset = (ky * window.DilationHeight * rowStride) + (kx * window.DilationWidth * channels);
                list.Add(new Run(offset, (whole ? window.KernelWidth : 1) * channels));
            }
        }
        return [.. list];
    }

    private float[] Pack(ReadOnlySpan<float> source)
    {
        float[] packed = new float[(outputs + Lanes - 1) / Lanes * Lanes * depth];
        for (int o = 0; o < outputs; o++)
        {
            for (int k = 0; k < depth; k++)
            {
                packed[(((o / Lanes * depth) + k) * Lanes) + (o % Lanes)] = source[(o * depth) + k];
            }
        }
        return packed;
    }

    private float[] PackDepthwise(ReadOnlySpan<float> source)
    {
        int taps = window.KernelHeight * window.KernelWidth;
        float[] packed = new float[taps * outputs];
        for (int i = 0; i < packed.Length; i++)
        {
            packed[i] = source[(i % outputs * taps) + (i / outputs)];
        }
        return packed;
    }
}
