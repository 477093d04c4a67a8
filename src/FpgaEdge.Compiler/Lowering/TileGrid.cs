namespace FpgaEdge.Compiler.Lowering;

/// <summary>Part of an axis: outputs [First, First + Count).</summary>
internal readonly record struct Span1(int First, int Count);

/// <summary>One accumulator tile: a rectangle of outputs in some output blocks.</summary>
internal readonly record struct Tile(int SpatialIndex, int OutputIndex, Span1 Rows, Span1 Columns, Span1 OutputBlocks);

/// <summary>The tiles of a schedule, in the order they are computed.</summary>
internal static class TileGrid
{
    public static int SpatialCount(ConvolutionProblem problem, ConvolutionSchedule schedule) =>
        Parts(problem.Rows.Output, schedule.TileHeight) * Parts(problem.Columns.Output, schedule.TileWidth);

    public static int OutputCount(ConvolutionProblem problem, ConvolutionSchedule schedule) =>
        Parts(problem.OutputBlocks, schedule.TileOutputBlocks);

    public static int InputCount(ConvolutionProblem problem, ConvolutionSchedule schedule) =>
        Parts(problem.GroupInputs, schedule.TileInputBlocks);

    public static int Count(ConvolutionProblem problem, ConvolutionSchedule schedule) =>
        SpatialCount(problem, schedule) * OutputCount(problem, schedule);

    public static IEnumerable<Tile> Tiles(ConvolutionProblem problem, ConvolutionSchedule schedule)
    {
        int spatial = SpatialCount(problem, schedule);
        int outputs = OutputCount(problem, schedule);
        for (int i = 0; i < spatial * outputs; i++)
        {
            int spatialIndex = schedule.OutputBlocksOuter ? i % spatial : i / outputs;
            int outputIndex = schedule.OutputBlocksOuter ? i / spatial : i % outputs;
            int columnParts = Parts(problem.Columns.Output, schedule.TileWidth);
            yield return new Tile(
                spatialIndex, outputIndex,
                Part(problem.Rows.Output, schedule.TileHeight, spatialIndex / columnParts),
                Part(problem.Columns.Output, schedule.TileWidth, spatialIndex % columnParts),
                Part(problem.OutputBlocks, schedule.TileOutputBlocks, outputIndex));
        }
    }

    /// <summary>Part <paramref name="index"/> of an axis cut into parts of <paramref name="size"/>, the last one
    /// shorter.</summary>
    public static Span1 Part(int total, int size, int index) =>
        new(index * size, Math.Min(size, total - (index * size)));

    private static int Parts(int total, int size) => (total + size - 1) / size;
}
