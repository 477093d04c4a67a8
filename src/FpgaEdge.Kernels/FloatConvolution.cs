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
    public int ScratchLength => direct ? 0
        : depthwise ? width * channels : (height + window.PadTop + window.PadBottom) * rowStride;

    /// <summary>Runs the layer on one image.</summary>
    /// <param name="input">height × width × channels.</param>
    /// <param name="output">output height × output width × outputs; all are written.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> elements.</param>
    public void Execute(ReadOnlySpan<float> input, Span<float> output, Span<float> scratch)
    {
        if (depthwise)
        {
            Depthwise(input, output, scratch);
            return;
        }
        if (!direct)
        {
            Fill(input, scratch);
        }
        float* w = weights.Pointer, b = bias.Pointer;
        fixed (float* from = direct ? input : scratch, to = output)
        {
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

    // The tensor is read where it lies: rows outside of it are a row of zeros, columns outside are left out.
    private void Depthwise(ReadOnlySpan<float> input, Span<float> output, Span<float> scratch)
    {
        scratch[..ScratchLength].Clear();
        float** rows = stackalloc float*[window.KernelHeight];
        fixed (float* from = input, to = output, zeros = scratch)
        {
            for (int y = 0; y < OutputHeight; y++)
            {
                for (int ky = 0; ky < window.KernelHeight; ky++)
                {
                    int row = (y * window.StrideHeight) - window.PadTop + (ky * window.DilationHeight);
                    rows[ky] = row >= 0 && row < height ? from + ((long)row * width * channels) : zeros;
                }
                DepthwiseRow(rows, to + ((long)y * OutputWidth * outputs));
            }
        }
    }

    // One output row. The weights of a 3 × 3 kernel stay in registers where all of its columns are inside.
    private void DepthwiseRow(float** rows, float* target)
    {
        bool nine = window.KernelHeight == 3 && window.KernelWidth == 3 && Avx512F.IsSupported;
        int whole = nine ? outputs / Lanes * Lanes : 0;
        int first = (window.PadLeft + window.StrideWidth - 1) / window.StrideWidth;
        int room = width - 1 - ((window.KernelWidth - 1) * window.DilationWidth) + window.PadLeft;
        int end = room < 0 ? 0 : Math.Min(OutputWidth, (room / window.StrideWidth) + 1);
        for (int c = 0; c < whole && first < end; c += Lanes)
        {
            DepthwiseNine(rows, target + ((long)first * outputs) + c, c, first, end);
        }
        for (int x = 0; x < OutputWidth; x++)
        {
            DepthwisePixel(rows, target + ((long)x * outputs), x, x >= first && x < end ? whole : 0);
        }
    }

    // Channels from some on of one pixel, with those taps that are inside.
    private void DepthwisePixel(float** rows, float* target, int x, int c)
    {
        if (c == outputs)
        {
            return;
        }
        int kernel = window.KernelHeight * window.KernelWidth;
        float** values = stackalloc float*[kernel];
        float** factors = stackalloc float*[kernel];
        int taps = 0;
        for (int tap = 0; tap < kernel; tap++)
        {
            (int ky, int kx) = Math.DivRem(tap, window.KernelWidth);
            int column = (x * window.StrideWidth) - window.PadLeft + (kx * window.DilationWidth);
            if (column >= 0 && column < width)
            {
                values[taps] = rows[ky] + ((long)column * channels);
                factors[taps++] = weights.Pointer + ((long)tap * outputs);
            }
        }
        for (; Avx512F.IsSupported && c + Lanes <= outputs; c += Lanes)
        {
            Vector512<float> sum = Vector512.Load(bias.Pointer + c);
            for (int tap = 0; tap < taps; tap++)
            {
                sum = Avx512F.FusedMultiplyAdd(Vector512.Load(values[tap] + c), Vector512.Load(factors[tap] + c), sum);
            }
            sum.Store(target + c);
        }
        for (; c < outputs; c++)
        {
            float sum = bias.Pointer[c];
            for (int tap = 0; tap < taps; tap++)
            {
                sum += values[tap][c] * factors[tap][c];
            }
            target[c] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void DepthwiseNine(float** rows, float* target, int c, int from, int end)
    {
        long step = (long)window.StrideWidth * channels;
        long one = (long)window.DilationWidth * channels, two = 2 * one;
        long start = ((((long)from * window.StrideWidth) - window.PadLeft) * channels) + c;
        float* r0 = rows[0] + start, r1 = rows[1] + start, r2 = rows[2] + start;
        long n = outputs;
        float* w = weights.Pointer + c;
        Vector512<float> w0 = Vector512.Load(w), w1 = Vector512.Load(w + n), w2 = Vector512.Load(w + (2 * n));
        Vector512<float> w3 = Vector512.Load(w + (3 * n)), w4 = Vector512.Load(w + (4 * n)), w5 = Vector512.Load(w + (5 * n));
        Vector512<float> w6 = Vector512.Load(w + (6 * n)), w7 = Vector512.Load(w + (7 * n)), w8 = Vector512.Load(w + (8 * n));
        Vector512<float> b = Vector512.Load(bias.Pointer + c);
        if (window.StrideWidth == 1 && window.DilationWidth == 1)
        {
            // Six of the nine values are those of the pixel before. They stay in registers.
            Vector512<float> a0 = Vector512.Load(r0), a1 = Vector512.Load(r0 + one);
            Vector512<float> b0 = Vector512.Load(r1), b1 = Vector512.Load(r1 + one);
            Vector512<float> c0 = Vector512.Load(r2), c1 = Vector512.Load(r2 + one);
            for (int x = from; x < end; x++, r0 += step, r1 += step, r2 += step, target += n)
            {
                Vector512<float> a2 = Vector512.Load(r0 + two), b2 = Vector512.Load(r1 + two), c2 = Vector512.Load(r2 + two);
                Vector512<float> first = Avx512F.FusedMultiplyAdd(a0, w0, b);
                Vector512<float> second = b0 * w3;
                Vector512<float> third = c0 * w6;
                first = Avx512F.FusedMultiplyAdd(a1, w1, first);
                second = Avx512F.FusedMultiplyAdd(b1, w4, second);
                third = Avx512F.FusedMultiplyAdd(c1, w7, third);
                first = Avx512F.FusedMultiplyAdd(a2, w2, first);
                second = Avx512F.FusedMultiplyAdd(b2, w5, second);
                third = Avx512F.FusedMultiplyAdd(c2, w8, third);
                (first + second + third).Store(target);
                (a0, a1, b0, b1, c0, c1) = (a1, a2, b1, b2, c1, c2);
            }
            return;
        }
        for (int x = from; x < end; x++, r0 += step, r1 += step, r2 += step, target += n)
        {
            Vector512<float> s0 = Avx512F.FusedMultiplyAdd(Vector512.Load(r0), w0, b);
            Vector512<float> s1 = Vector512.Load(r1) * w3;
            Vector512<float> s2 = Vector512.Load(r2) * w6;
            s0 = Avx512F.FusedMultiplyAdd(Vector512.Load(r0 + one), w1, s0);
            s1 = Avx512F.FusedMultiplyAdd(Vector512.Load(r1 + one), w4, s1);
            s2 = Avx512F.FusedMultiplyAdd(Vector512.Load(r2 + one), w7, s2);
            s0 = Avx512F.FusedMultiplyAdd(Vector512.Load(r0 + two), w2, s0);
            s1 = Avx512F.FusedMultiplyAdd(Vector512.Load(r1 + two), w5, s1);
            s2 = Avx512F.FusedMultiplyAdd(Vector512.Load(r2 + two), w8, s2);
            (s0 + s1 + s2).Store(target);
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
