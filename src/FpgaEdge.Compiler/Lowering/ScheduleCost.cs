using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// A quick guess of a schedule's cycles: the busier of the compute queue and the memory port, plus what nothing overlaps. It only ranks
/// candidates; the cycle model decides.
/// </summary>
internal static class ScheduleCost
{
    public static long Guess(
        ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout,
        VtaConfiguration configuration, VtaTiming timing)
    {
        long dma = 0;
        long firstLoad = 0;
        long instructions = 0;
        foreach (GemmStep step in StepPlan.Create(problem, schedule, layout))
        {
            long load = (step.LoadWeights ? Weights(problem, step, configuration, timing) : 0) +
                (step.LoadInput ? Inputs(problem, schedule, step, configuration, timing) : 0);
            firstLoad = dma == 0 ? load : firstLoad;
            dma += load + (step.IsLast ? Outputs(problem, step, configuration, timing) : 0);
            instructions += Segments(problem, schedule, step) + (step.IsLast ? 1 + problem.Epilogue.AluPasses : 0);
        }
        long lines = problem.OutputLines;
        long compute = (Products(problem, schedule) * timing.GemmCyclesPerStep) +
            (lines * (1 + problem.Epilogue.BiasGemms) * timing.GemmCyclesPerStep) +
            (lines * problem.Epilogue.AluPasses * timing.AluCyclesPerStep) + (instructions * timing.PipelineCycles);
        return Math.Max(compute, dma) + firstLoad;
    }

    private static long Products(ConvolutionProblem problem, ConvolutionSchedule schedule) =>
        (long)problem.OutputBlocks * problem.InputBlocks *
        Taps(problem.Rows, schedule.SkipPadding) * Taps(problem.Columns, schedule.SkipPadding);

    private static long Taps(ConvolutionAxis axis, bool skip) => TapSegment.Of(axis, new Span1(0, axis.Output), skip)
        .Sum(segment => (long)segment.Count * (segment.LastTap - segment.FirstTap));

    private static int Segments(ConvolutionProblem problem, ConvolutionSchedule schedule, GemmStep step) => schedule.SkipPadding
        ? TapSegment.Of(problem.Rows, step.Tile.Rows, true).Count * TapSegment.Of(problem.Columns, step.Tile.Columns, true).Count
        : 1;

    private static long Weights(
        ConvolutionProblem problem, GemmStep step, VtaConfiguration configuration, VtaTiming timing)
    {
        bool whole = step.InputBlocks.Count == problem.InputBlocks;
        int rows = whole ? 1 : step.Tile.OutputBlocks.Count;
        long bytes = (long)step.Tile.OutputBlocks.Count * step.InputBlocks.Count * problem.Taps *
            configuration.ElementBytes(VtaMemoryId.Wgt);
        return (rows * timing.DmaReadLatencyCycles) + (bytes / timing.DmaBytesPerCycle);
    }

    private static long Inputs(
        ConvolutionProblem problem, ConvolutionSchedule schedule, GemmStep step, VtaConfiguration configuration,
        VtaTiming timing)
    {
        InputRegion rows = InputRegion.Of(problem.Rows, step.Tile.Rows, schedule.SkipPadding);
        InputRegion columns = InputRegion.Of(problem.Columns, step.Tile.Columns, schedule.SkipPadding);
        bool whole = columns.Count == problem.Columns.Input && !rows.Padded && !columns.Padded;
        long bursts = (whole ? 1 : rows.Count) * (long)step.InputBlocks.Count;
        long bytes = (long)rows.Count * columns.Count * step.InputBlocks.Count * configuration.ElementBytes(VtaMemoryId.Inp);
        return (bursts * timing.DmaReadLatencyCycles) + (bytes / timing.DmaBytesPerCycle);
    }

    private static long Outputs(
        ConvolutionProblem problem, GemmStep step, VtaConfiguration configuration, VtaTiming timing)
    {
        Tile tile = step.Tile;
        bool whole = tile.Columns.Count == problem.Columns.Output;
        long bursts = (whole ? 1 : tile.Rows.Count) * (long)tile.OutputBlocks.Count;
        long bytes = (long)tile.Rows.Count * tile.Columns.Count * tile.OutputBlocks.Count *
            configuration.ElementBytes(VtaMemoryId.Out);
        return (bursts * timing.DmaWriteLatencyCycles) + (bytes / timing.DmaBytesPerCycle);
    }
}
