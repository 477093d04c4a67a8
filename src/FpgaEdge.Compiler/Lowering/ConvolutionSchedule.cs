using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>How a convolution is cut into tiles; all sizes are of the largest tile.</summary>
/// <param name="TileHeight">Output rows.</param>
/// <param name="TileWidth">Output columns.</param>
/// <param name="TileOutputBlocks">Output channel blocks.</param>
/// <param name="TileInputBlocks">Input channel blocks of one load.</param>
/// <param name="SkipPadding">Padding is neither loaded nor multiplied: border outputs get their own, shorter micro-op
/// sequences.
/// </param>
/// <param name="OutputBlocksOuter">Output blocks are the outer loop, so weights stay while rows pass; otherwise
/// activations stay.
/// </param>
internal sealed record ConvolutionSchedule(
    int TileHeight, int TileWidth, int TileOutputBlocks, int TileInputBlocks, bool SkipPadding, bool OutputBlocksOuter)
{
    /// <summary>For reports.</summary>
    public override string ToString() =>
        $"tile {TileHeight}x{TileWidth} px, {TileOutputBlocks} out x {TileInputBlocks} in blocks, " +
        (OutputBlocksOuter ? "weights stay" : "activations stay") + (SkipPadding ? ", padding skipped" : "");
}

/// <summary>Places in the scratchpads that a schedule needs, in lines.</summary>
internal readonly record struct ScratchpadLayout(
    int InputSlot, int InputSlots, int WeightSlot, int WeightSlots, int AccumulatorSlot, int AccumulatorSlots,
    int ConstantLines, bool ConstantsResident)
{
    /// <summary>Accumulator lines nobody reads, which keep equal destinations apart in tiny tiles.</summary>
    public const int TrashLines = 2;

    /// <summary>First line of an accumulator slot.</summary>
    public int AccumulatorBase(int slot) => ConstantLines + TrashLines + (slot * AccumulatorSlot);

    /// <summary>The layout of a schedule, or null when it does not fit.</summary>
    public static ScratchpadLayout? For(
        ConvolutionProblem problem, ConvolutionSchedule schedule, VtaConfiguration configuration)
    {
        Epilogue epilogue = problem.Epilogue;
        int tileInputs = TileExtent(problem.Rows, schedule.TileHeight, schedule.SkipPadding) *
            TileExtent(problem.Columns, schedule.TileWidth, schedule.SkipPadding) *
            (problem.Grouped
                ? problem.GroupInputsOf(new Span1(0, schedule.TileOutputBlocks)).Count
                : schedule.TileInputBlocks);
        int weights = schedule.TileOutputBlocks * schedule.TileInputBlocks * problem.Taps;
        int lines = schedule.TileHeight * schedule.TileWidth * schedule.TileOutputBlocks;
        int inputRoom = configuration.InpDepth - epilogue.BiasGemms;
        int weightRoom = configuration.WgtDepth - (epilogue.BiasGemms * problem.OutputBlocks);
        int resident = epilogue.ConstantSets * problem.OutputBlocks;
        bool constantsResident = resident <= configuration.AccDepth / 8;
        int constants = constantsResident ? resident : epilogue.ConstantSets * schedule.TileOutputBlocks;
        int accumulatorRoom = configuration.AccDepth - constants - TrashLines;
        int tiles = TileGrid.Count(problem, schedule);
        int inputTiles = TileGrid.SpatialCount(problem, schedule) * (problem.Grouped
            ? TileGrid.OutputCount(problem, schedule)
            : TileGrid.InputCount(problem, schedule));
        int weightTiles = TileGrid.OutputCount(problem, schedule) * TileGrid.InputCount(problem, schedule);
        int inputSlots = Slots(inputTiles, inputRoom, tileInputs);
        int weightSlots = Slots(weightTiles, weightRoom, weights);
        int accumulatorSlots = Math.Min(epilogue.Planes > 1 ? 1 : 2, tiles);
        if (inputSlots == 0 || weightSlots == 0 || accumulatorRoom < (long)accumulatorSlots * lines)
        {
            return null;
        }
        return new ScratchpadLayout(
            tileInputs, inputSlots, weights, weightSlots, lines, accumulatorSlots, constants, constantsResident);
    }

    /// <summary>Input cells that <paramref name="tile"/> outputs read, padding included unless it is
    /// skipped.</summary>
    public static int TileExtent(ConvolutionAxis axis, int tile, bool skipPadding)
    {
        int extent = ((tile - 1) * axis.Stride) + ((axis.Kernel - 1) * axis.Dilation) + 1;
        return skipPadding ? Math.Min(extent, axis.Input) : extent;
    }

    /// <summary>All tiles when they fit, otherwise two to load one while the other is used; 0 when not even that
    /// fits.</summary>
    private static int Slots(int tiles, int room, int lines)
    {
        if (room >= (long)tiles * lines && tiles <= 4)
        {
            return tiles;
        }
        return room >= 2L * lines ? 2 : 0;
    }
}
