namespace FpgaEdge.Vta.Tvm;

/// <summary>
/// Convolutions in the loop order of TVM's VTA schedule (SPEC section 7): per tile a reduction over input channel
/// blocks, kernel columns and output columns in the instruction's loops, everything else unrolled into micro-ops, and
/// two virtual threads with half of each scratchpad, so that one loads while the other computes. This is the schedule
/// behind the published figures, and what the cycle model is held against.
/// </summary>
public sealed class TvmSchedule
{
    private readonly VtaConfiguration configuration;
    private readonly VtaConvolution convolution;
    private readonly TvmTile tile;
    private readonly TvmBuffers buffers;
    private readonly int shift;
    private readonly VtaProgramBuilder builder;
    private readonly bool[] threadUsed = new bool[2];

    private TvmSchedule(
        VtaConfiguration configuration, VtaConvolution convolution, TvmTile tile, TvmBuffers buffers, int shift)
    {
        this.configuration = configuration;
        this.convolution = convolution;
        this.tile = tile;
        this.buffers = buffers;
        this.shift = shift;
        builder = new VtaProgramBuilder(configuration);
    }

    /// <summary>A tile's place in the output, in tiles, and the virtual thread that computes it.</summary>
    private readonly record struct Place(int Row, int Column, int OutputBlock, int Thread);

    private int InputBlocks => convolution.InputChannels / configuration.BlockIn;

    private int OutputBlocks => convolution.OutputChannels / configuration.BlockOut;

    private int KernelArea => convolution.Kernel * convolution.Kernel;

    private int TileInputRows => ((tile.Rows - 1) * convolution.Stride) + convolution.Kernel;

    private int TileInputColumns => ((tile.Columns - 1) * convolution.Stride) + convolution.Kernel;

    private int TilePixels => tile.Rows * tile.Columns;

    /// <summary>Generates out = clip((conv(in, weights) + bias) >> shift, 0, 127).</summary>
    /// <exception cref="VtaException">The tile does not divide the convolution or does not fit half the scratchpads.
    /// </exception>
    public static VtaProgram Generate(
        VtaConfiguration configuration, VtaConvolution convolution, TvmTile tile, TvmBuffers buffers, int shift) =>
        new TvmSchedule(configuration, convolution, tile, buffers, shift).Generate();

    private VtaProgram Generate()
    {
        CheckTile();
        foreach (Place[] together in Groups())
        {
            Start(together);
            for (int step = 0; step < InputBlocks / tile.InputBlocks; step++)
            {
                Reduce(together, step);
            }
            foreach (Place place in together)
            {
                Finish(place);
            }
        }
        Drain();
        return builder.Build(buffers.Instructions, buffers.MicroOps);
    }

    /// <summary>Tiles in order, those that run in two threads together.</summary>
    private IEnumerable<Place[]> Groups()
    {
        int rows = convolution.OutputHeight / tile.Rows;
        int columns = convolution.OutputWidth / tile.Columns;
        int blocks = OutputBlocks / tile.OutputBlocks;
        int rowStep = tile.ThreadsOverRows && rows % 2 == 0 ? 2 : 1;
        int blockStep = !tile.ThreadsOverRows && blocks % 2 == 0 ? 2 : 1;
        for (int row = 0; row < rows; row += rowStep)
        {
            for (int block = 0; block < blocks; block += blockStep)
            {
                for (int column = 0; column < columns; column++)
                {
                    yield return
                    [
                        .. Enumerable.Range(0, rowStep * blockStep).Select(thread => new Place(
                            rowStep == 2 ? row + thread : row,
                            column,
                            blockStep == 2 ? block + thread : block,
                            thread)),
                    ];
                }
            }
        }
    }

    private int InpBase(int thread) => thread * configuration.InpDepth / 2;

    private int WgtBase(int thread) => thread * configuration.WgtDepth / 2;

    private int AccBase(int thread) => thread * configuration.AccDepth / 2;

    private int BiasBase(int thread) => AccBase(thread) + (tile.OutputBlocks * TilePixels);

    /// <summary>Clears the accumulators, once the stores of the tile before have left them, and loads the
    /// bias.</summary>
    private void Start(Place[] together)
    {
        foreach (Place place in together)
        {
            var reset = new VtaGemm
            {
                Reset = true,
                IterOut = tile.Columns,
                IterIn = 1,
                DstFactorOut = 1,
                Dependencies = threadUsed[place.Thread] ? VtaDependencies.PopNext : VtaDependencies.None,
            };
            builder.Gemm(reset,
            [
                .. from block in Enumerable.Range(0, tile.OutputBlocks)
                   from row in Enumerable.Range(0, tile.Rows)
                   select new VtaMicroOp(AccLine(place.Thread, block, row), 0, 0),
            ]);
            int accBytes = configuration.ElementBytes(VtaMemoryId.Acc);
            builder.Load2D(
                VtaMemoryId.Acc, BiasBase(place.Thread),
                buffers.Bias + ((long)place.OutputBlock * tile.OutputBlocks * accBytes),
                1, tile.OutputBlocks, tile.OutputBlocks);
        }
    }

    private int AccLine(int thread, int block, int row) =>
        AccBase(thread) + (((block * tile.Rows) + row) * tile.Columns);

    private void Reduce(Place[] together, int step)
    {
        foreach (Place place in together)
        {
            bool reused = threadUsed[place.Thread] || step > 0;
            LoadInputs(place, step, reused ? VtaDependencies.PopNext : VtaDependencies.None);
            LoadWeights(place, step);
            builder.AddDependencies(builder.LastIndex, VtaDependencies.PushNext);
        }
        foreach (Place place in together)
        {
            var product = new VtaGemm
            {
                IterOut = tile.Columns,
                IterIn = convolution.Kernel,
                DstFactorOut = 1,
                SrcFactorOut = convolution.Stride,
                SrcFactorIn = 1,
                WgtFactorIn = 1,
                Dependencies = VtaDependencies.PopPrevious | VtaDependencies.PushPrevious,
            };
            builder.Gemm(product, ProductMicroOps(place.Thread));
        }
    }

    private void LoadInputs(Place place, int step, VtaDependencies firstDependencies)
    {
        int top = (place.Row * tile.Rows * convolution.Stride) - convolution.Padding;
        int left = (place.Column * tile.Columns * convolution.Stride) - convolution.Padding;
        int bottom = top + TileInputRows;
        int right = left + TileInputColumns;
        var padding = new VtaPadding(
            Math.Max(0, -top), Math.Max(0, bottom - convolution.Height),
            Math.Max(0, -left), Math.Max(0, right - convolution.Width));
        int firstRow = Math.Max(0, top);
        int firstColumn = Math.Max(0, left);
        int inpBytes = configuration.ElementBytes(VtaMemoryId.Inp);
        for (int block = 0; block < tile.InputBlocks; block++)
        {
            long plane = (long)((step * tile.InputBlocks) + block) * convolution.Height;
            long element = ((plane + firstRow) * convolution.Width) + firstColumn;
            builder.Load2D(
                VtaMemoryId.Inp,
                InpBase(place.Thread) + (block * TileInputRows * TileInputColumns),
                buffers.Input + (element * inpBytes),
                TileInputRows - padding.Top - padding.Bottom,
                TileInputColumns - padding.Left - padding.Right,
                convolution.Width,
                padding,
                block == 0 ? firstDependencies : VtaDependencies.None);
        }
    }

    private void LoadWeights(Place place, int step)
    {
        int row = tile.InputBlocks * KernelArea;
        long element = ((long)place.OutputBlock * tile.OutputBlocks * InputBlocks * KernelArea) + (step * row);
        builder.Load2D(
            VtaMemoryId.Wgt, WgtBase(place.Thread),
            buffers.Weights + (element * configuration.ElementBytes(VtaMemoryId.Wgt)),
            tile.OutputBlocks, row, InputBlocks * KernelArea);
    }

    private VtaMicroOp[] ProductMicroOps(int thread)
    {
        var microOps = new List<VtaMicroOp>();
        for (int kernelRow = 0; kernelRow < convolution.Kernel; kernelRow++)
        {
            for (int block = 0; block < tile.OutputBlocks; block++)
            {
                for (int row = 0; row < tile.Rows; row++)
                {
                    for (int input = 0; input < tile.InputBlocks; input++)
                    {
                        int sourceRow = (input * TileInputRows) + (row * convolution.Stride) + kernelRow;
                        int source = sourceRow * TileInputColumns;
                        int kernel = ((block * tile.InputBlocks) + input) * KernelArea;
                        int weight = kernel + (kernelRow * convolution.Kernel);
                        microOps.Add(new VtaMicroOp(
                            AccLine(thread, block, row), InpBase(thread) + source, WgtBase(thread) + weight));
                    }
                }
            }
        }
        return [.. microOps];
    }

    /// <summary>Bias, shift and clip, then the stores.</summary>
    private void Finish(Place place)
    {
        Alu(place, new VtaAlu { Operation = VtaAluOpcode.Add });
        Alu(place, new VtaAlu { Operation = VtaAluOpcode.Shr, UseImmediate = true, Immediate = shift });
        Alu(place, new VtaAlu { Operation = VtaAluOpcode.Max, UseImmediate = true, Immediate = 0 });
        Alu(place, new VtaAlu { Operation = VtaAluOpcode.Min, UseImmediate = true, Immediate = 127 });
        builder.AddDependencies(builder.LastIndex, VtaDependencies.PushNext);
        for (int block = 0; block < tile.OutputBlocks; block++)
        {
            long plane = (long)((place.OutputBlock * tile.OutputBlocks) + block) * convolution.OutputHeight;
            long row = plane + (place.Row * tile.Rows);
            long element = (row * convolution.OutputWidth) + (place.Column * tile.Columns);
            builder.Store2D(
                AccLine(place.Thread, block, 0),
                buffers.Output + (element * configuration.ElementBytes(VtaMemoryId.Out)),
                tile.Rows, tile.Columns, convolution.OutputWidth,
                block == 0 ? VtaDependencies.PopPrevious : VtaDependencies.None);
        }
        builder.AddDependencies(builder.LastIndex, VtaDependencies.PushPrevious);
        threadUsed[place.Thread] = true;
    }

    private void Alu(Place place, VtaAlu operation) => builder.Alu(
        operation with { IterOut = TilePixels, IterIn = 1, DstFactorOut = 1 },
        [
            .. Enumerable.Range(0, tile.OutputBlocks).Select(block => new VtaMicroOp(
                AccLine(place.Thread, block, 0), BiasBase(place.Thread) + block, 0)),
        ]);

    /// <summary>Takes the tokens that allow a next tile, of which there is none.</summary>
    private void Drain()
    {
        foreach (int _ in Enumerable.Range(0, threadUsed.Count(used => used)))
        {
            builder.Synchronize(VtaQueue.Load, VtaDependencies.PopNext);
            builder.Synchronize(VtaQueue.Compute, VtaDependencies.PopNext);
        }
        builder.AddDependencies(builder.LastIndex - 1, VtaDependencies.PushNext);
        builder.AddDependencies(builder.LastIndex, VtaDependencies.PopPrevious);
    }

    private void CheckTile()
    {
        bool divides = convolution.OutputHeight % tile.Rows == 0 && convolution.OutputWidth % tile.Columns == 0 &&
            InputBlocks % tile.InputBlocks == 0 && OutputBlocks % tile.OutputBlocks == 0 &&
            InputBlocks * configuration.BlockIn == convolution.InputChannels &&
            OutputBlocks * configuration.BlockOut == convolution.OutputChannels;
        if (!divides || configuration.Batch != 1)
        {
            throw new VtaException($"{tile} does not divide {convolution} on {configuration.BitstreamName}");
        }
        Fits("inp", tile.InputBlocks * TileInputRows * TileInputColumns, configuration.InpDepth);
        Fits("wgt", tile.OutputBlocks * tile.InputBlocks * KernelArea, configuration.WgtDepth);
        Fits("acc", tile.OutputBlocks * (TilePixels + 1), configuration.AccDepth);
    }

    private static void Fits(string memory, int elements, int depth)
    {
        if (elements > depth / 2)
        {
            throw new VtaException($"tile needs {elements} {memory} elements; a virtual thread has {depth / 2}");
        }
    }
}
