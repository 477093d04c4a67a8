using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// A quick guess of a schedule's cycles in closed form: the busier of the compute queue and the memory port, plus the
/// first load, which nothing overlaps. It only ranks candidates; the cycle model decides.
/// </summary>
internal sealed class ScheduleCost(ConvolutionProblem problem, VtaConfiguration configuration, VtaTiming timing)
{
    private readonly Dictionary<(bool Rows, int Tile, bool Skip), AxisCost> axes = [];

    /// <summary>Cycles a row costs beyond its bytes: this project's gateware requests ahead.</summary>
    private readonly int readRow = timing.GatewarePorts > 0 ? 2 : timing.DmaReadLatencyCycles;
    private readonly int writeRow = timing.GatewarePorts > 0 ? 2 : timing.DmaWriteLatencyCycles;

    /// <summary>Cycles, roughly.</summary>
    public long Guess(ConvolutionSchedule schedule, ScratchpadLayout layout)
    {
        AxisCost rows = Axis(true, problem.Rows, schedule.TileHeight, schedule.SkipPadding);
        AxisCost columns = Axis(false, problem.Columns, schedule.TileWidth, schedule.SkipPadding);
        int outputs = TileGrid.OutputCount(problem, schedule);
        int inputs = TileGrid.InputCount(problem, schedule);
        int inputTiles = problem.Grouped ? outputs : inputs;
        int spatial = rows.Tiles * columns.Tiles;
        bool inputsStay = problem.Grouped || spatial * inputs <= layout.InputSlots ||
            (!schedule.OutputBlocksOuter && inputs <= layout.InputSlots);
        bool weightsStay = outputs * inputs <= layout.WeightSlots ||
            (schedule.OutputBlocksOuter && inputs <= layout.WeightSlots);
        long input = InputCycles(schedule, rows, columns, inputs) * (inputsStay ? 1 : outputs);
        long weight = WeightCycles(outputs, inputs) * (weightsStay ? 1 : spatial);
        long first = (input / ((long)spatial * inputTiles * (inputsStay ? 1 : outputs))) +
            (weight / ((long)outputs * inputs * (weightsStay ? 1 : spatial)));
        long output = OutputCycles(schedule, rows, columns, outputs);
        return Math.Max(ComputeCycles(rows, columns, outputs, inputs), input + weight + output) + first;
    }

    private long ComputeCycles(AxisCost rows, AxisCost columns, int outputs, int inputs)
    {
        Epilogue epilogue = problem.Epilogue;
        long lines = problem.OutputLines;
        long products = (long)problem.OutputBlocks * problem.GroupInputs * rows.Products * columns.Products;
        long borders = epilogue.BiasSets > 1 ? (long)rows.Segments * columns.Segments * outputs : 0;
        long instructions = ((long)rows.Segments * columns.Segments * outputs * inputs) + borders +
            ((long)rows.Tiles * columns.Tiles * outputs * (1 + epilogue.BiasGemms + epilogue.AluPasses));
        return ((products + (lines * (1 + epilogue.BiasGemms))) * timing.GemmCyclesPerStep) +
            (lines * epilogue.AluPasses * timing.AluCyclesPerStep) + (instructions * timing.PipelineCycles);
    }

    private long InputCycles(ConvolutionSchedule schedule, AxisCost rows, AxisCost columns, int inputs)
    {
        bool whole = schedule.TileWidth >= problem.Columns.Output && !rows.Padded && !columns.Padded;
        long bursts = (whole ? rows.Tiles : rows.Cells * columns.Tiles) * problem.InputBlocks;
        long bytes = rows.Cells * columns.Cells * problem.InputBlocks * configuration.ElementBytes(VtaMemoryId.Inp);
        return (bursts * readRow) + (bytes / timing.DmaBytesPerCycle);
    }

    private long WeightCycles(int outputs, int inputs)
    {
        long bursts = inputs == 1 ? outputs : (long)problem.OutputBlocks * inputs;
        long bytes = (long)problem.WeightElements * configuration.ElementBytes(VtaMemoryId.Wgt);
        return (bursts * readRow) + (bytes / timing.DmaBytesPerCycle);
    }

    private long OutputCycles(ConvolutionSchedule schedule, AxisCost rows, AxisCost columns, int outputs)
    {
        bool whole = schedule.TileWidth >= problem.Columns.Output;
        long bursts = whole
            ? rows.Tiles * (rows.Tiles == 1 ? outputs : (long)problem.OutputBlocks)
            : (long)problem.Rows.Output * columns.Tiles * problem.OutputBlocks;
        long bytes = problem.OutputLines * configuration.ElementBytes(VtaMemoryId.Out);
        return problem.Epilogue.Planes * ((bursts * writeRow) + (bytes / timing.DmaBytesPerCycle));
    }

    private AxisCost Axis(bool isRows, ConvolutionAxis axis, int tile, bool skip)
    {
        if (!axes.TryGetValue((isRows, tile, skip), out AxisCost? cost))
        {
            cost = new AxisCost(axis, tile, skip);
            axes.Add((isRows, tile, skip), cost);
        }
        return cost;
    }

    /// <summary>Sums over the tiles of one axis.</summary>
    private sealed class AxisCost
    {
        public AxisCost(ConvolutionAxis axis, int tile, bool skip)
        {
            for (int first = 0; first < axis.Output; first += tile)
            {
                var part = new Span1(first, Math.Min(tile, axis.Output - first));
                InputRegion region = InputRegion.Of(axis, part, skip);
                List<TapSegment> segments = TapSegment.Of(axis, part, skip);
                Tiles++;
                Cells += region.Count;
                Padded |= region.Padded;
                Segments += segments.Count;
                foreach (TapSegment segment in segments)
                {
                    Products += (long)segment.Count * (segment.LastTap - segment.FirstTap);
                }
            }
        }

        public int Tiles { get; }

        public long Cells { get; }

        public bool Padded { get; }

        public int Segments { get; }

        public long Products { get; }
    }
}
