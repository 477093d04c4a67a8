using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>A schedule with the size of its program and what the cycle model says of it, in cycles.</summary>
internal sealed record ScheduleChoice(
    ConvolutionSchedule Schedule, ScratchpadLayout Layout, int MicroOps, int Instructions,
    long Cycles, long GemmCycles, long AluCycles, long DmaCycles);

/// <summary>
/// Finds the tile sizes and loop order of a convolution: all that fit are ranked by a quick guess, and the cycle
/// model chooses among the best. The result depends on the problem, the configuration and the timing only.
/// </summary>
internal static class ScheduleSearch
{
    private const int Finalists = 6;
    private const int MaximumTiles = 4096;

    /// <summary>The fastest schedule, or null when nothing fits the scratchpads.</summary>
    public static ScheduleChoice? Find(ConvolutionProblem problem, VtaConfiguration configuration, VtaTiming timing)
    {
        var cost = new ScheduleCost(problem, configuration, timing);
        List<(long Guess, ConvolutionSchedule Schedule, ScratchpadLayout Layout)> ranked = [];
        foreach (ConvolutionSchedule schedule in Candidates(problem))
        {
            if (TileGrid.Count(problem, schedule) <= MaximumTiles &&
                ScratchpadLayout.For(problem, schedule, configuration) is ScratchpadLayout layout)
            {
                ranked.Add((cost.Guess(schedule, layout), schedule, layout));
            }
        }
        ScheduleChoice? best = null;
        int tried = 0;
        foreach ((_, ConvolutionSchedule schedule, ScratchpadLayout layout) in ranked.OrderBy(entry => entry.Guess))
        {
            ScheduleChoice? choice = Evaluate(problem, schedule, layout, configuration, timing);
            if (choice is not null)
            {
                best = best is null || choice.Cycles < best.Cycles ? choice : best;
                tried++;
            }
            if (tried == Finalists)
            {
                break;
            }
        }
        return best;
    }

    /// <summary>A schedule found earlier, if it is one that the search could have found; otherwise null.</summary>
    public static ScheduleChoice? Recall(
        ConvolutionProblem problem, ConvolutionSchedule schedule, VtaConfiguration configuration, VtaTiming timing) =>
        Candidates(problem).Any(candidate => candidate == schedule) && TileGrid.Count(problem, schedule) <= MaximumTiles &&
        ScratchpadLayout.For(problem, schedule, configuration) is ScratchpadLayout layout
            ? Evaluate(problem, schedule, layout, configuration, timing)
            : null;

    /// <summary>What the cycle model says of one schedule; null when its micro-ops do not fit.</summary>
    public static ScheduleChoice? Evaluate(
        ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout,
        VtaConfiguration configuration, VtaTiming timing)
    {
        ProgramDraft? draft = ConvolutionEmitter.Emit(problem, schedule, layout, configuration, default);
        if (draft is null)
        {
            return null;
        }
        VtaCycleEstimate estimate = VtaCycleModel.Estimate(configuration, timing, draft.Instructions);
        return new ScheduleChoice(schedule, layout, draft.MicroOps.Count, draft.Count,
            estimate.TotalCycles, estimate.GemmCycles, estimate.AluCycles, estimate.DmaBusyCycles);
    }

    private static IEnumerable<ConvolutionSchedule> Candidates(ConvolutionProblem problem)
    {
        bool padded = problem.Rows.Pad > 0 || problem.Columns.Pad > 0 || ReadsBeyond(problem.Rows) ||
            ReadsBeyond(problem.Columns);
        bool skippable = !TapSegment.HasEmptyOutput(problem.Rows) && !TapSegment.HasEmptyOutput(problem.Columns);
        bool[] skips = !padded || problem.PaddingIsNotZero ? [true] : skippable ? [false, true] : [false];
        return from height in Sizes(problem.Rows.Output)
               from width in Sizes(problem.Columns.Output)
               where width == problem.Columns.Output || height == 1 || width >= 8
               from outputs in Sizes(problem.OutputBlocks)
               where !problem.Grouped || outputs % problem.GroupOutputs == 0
               from inputs in problem.Grouped ? [problem.GroupInputs] : Sizes(problem.GroupInputs)
               from skip in skips
               from outer in new[] { true, false }
               select new ConvolutionSchedule(height, width, outputs, inputs, skip, outer);
    }

    private static bool ReadsBeyond(ConvolutionAxis axis) =>
        axis.Position(axis.Output - 1, axis.Kernel - 1) >= axis.Input;

    /// <summary>Sizes that cut an axis into 1, 2, 3 … nearly equal parts.</summary>
    private static IEnumerable<int> Sizes(int total)
    {
        int last = 0;
        for (int parts = 1; parts <= total; parts++)
        {
            int size = (total + parts - 1) / parts;
            if (size != last && (size <= 4 || parts <= 16))
            {
                last = size;
                yield return size;
            }
        }
    }
}
