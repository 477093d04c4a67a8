using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>Byte offsets in the DMA window of what a convolution program reads and writes.</summary>
/// <param name="Input">Activation, blocked.</param>
/// <param name="Output">Activation, blocked.</param>
/// <param name="Weights">[output block][input block][row][column][output channel][input channel].</param>
/// <param name="Constants">Accumulator lines, [set][output block].</param>
/// <param name="BiasInput">Constant activation lines for biases by GEMM.</param>
/// <param name="BiasWeights">Weight elements for them, [output block][line].</param>
/// <param name="MicroOps">Micro-ops of the program.</param>
internal readonly record struct ConvolutionAddresses(
    long Input, long Output, long Weights, long Constants, long BiasInput, long BiasWeights, long MicroOps);

/// <summary>
/// Writes the program of one convolution. Every GEMM step has its loads in the load queue, its products and, after a
/// tile's last one, its epilogue in the compute queue, and its stores in the store queue. Tokens order only what must
/// be ordered, so loads run ahead as far as there are free slots, and stores behind as far as there are accumulator
/// slots.
/// </summary>
internal sealed class ConvolutionEmitter
{
    private readonly ConvolutionProblem problem;
    private readonly ConvolutionSchedule schedule;
    private readonly ScratchpadLayout layout;
    private readonly ConvolutionAddresses addresses;
    private readonly ProgramDraft draft;
    private readonly TileProducts products;
    private readonly HashSet<int> awaitedSteps;
    private readonly int tiles;
    private int constantsOf = -1;

    private ConvolutionEmitter(
        ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout,
        VtaConfiguration configuration, ConvolutionAddresses addresses, List<GemmStep> steps)
    {
        this.problem = problem;
        this.schedule = schedule;
        this.layout = layout;
        this.addresses = addresses;
        draft = new ProgramDraft(configuration);
        products = new TileProducts(problem, schedule, layout, draft);
        awaitedSteps = [.. steps.Select(step => step.WaitForStep).Where(step => step >= 0)];
        tiles = TileGrid.Count(problem, schedule);
    }

    /// <summary>The program, or null when its micro-ops do not fit their buffer.</summary>
    public static ProgramDraft? Emit(
        ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout,
        VtaConfiguration configuration, ConvolutionAddresses addresses)
    {
        List<GemmStep> steps = StepPlan.Create(problem, schedule, layout);
        var emitter = new ConvolutionEmitter(problem, schedule, layout, configuration, addresses, steps);
        emitter.Begin();
        for (int i = 0; i < steps.Count; i++)
        {
            emitter.Step(steps[i], i);
            if (emitter.draft.MicroOps.Count > configuration.UopDepth)
            {
                return null;
            }
        }
        emitter.End();
        return emitter.draft;
    }

    private void Begin()
    {
        draft.Add(new VtaFinish()); // its place is taken by the load of micro-ops when their number is known
        if (layout.ConstantsResident && problem.Epilogue.ConstantSets > 0)
        {
            int lines = problem.Epilogue.ConstantSets * problem.OutputBlocks;
            draft.Load(VtaMemoryId.Acc, 0, addresses.Constants, 0, 1, lines, lines);
        }
    }

    private void End()
    {
        draft.Instructions[0] = new VtaLoad
        {
            Memory = VtaMemoryId.Uop, DramBase = draft.Dram(VtaMemoryId.Uop, addresses.MicroOps, 0),
            YSize = 1, XSize = draft.MicroOps.Count, XStride = draft.MicroOps.Count,
        };
        draft.Add(new VtaLoad { Memory = VtaMemoryId.Uop, Dependencies = VtaDependencies.PopNext });
        draft.Add(new VtaFinish());
    }

    private void Step(GemmStep step, int index)
    {
        if (step.Loads)
        {
            Load(step, index);
        }
        int first = draft.Count;
        if (step.IsFirst)
        {
            OpenTile(step);
        }
        products.Multiply(step);
        if (step.Loads)
        {
            draft.Flag(first, VtaDependencies.PopPrevious);
        }
        if (awaitedSteps.Contains(index))
        {
            draft.Flag(draft.Count - 1, VtaDependencies.PushPrevious);
        }
        if (step.IsLast)
        {
            CloseTile(step);
        }
    }

    private void Load(GemmStep step, int index)
    {
        int first = draft.Count;
        if (index == 0 && problem.Epilogue.BiasGemms > 0)
        {
            int lines = problem.Epilogue.BiasGemms;
            draft.Load(VtaMemoryId.Inp, 0, addresses.BiasInput, 0, 1, lines, lines);
            lines *= problem.OutputBlocks;
            draft.Load(VtaMemoryId.Wgt, 0, addresses.BiasWeights, 0, 1, lines, lines);
        }
        if (step.LoadWeights)
        {
            int length = step.Reduced.Count * problem.Taps;
            int stride = problem.GroupInputs * problem.Taps;
            long element = ((long)step.Tile.OutputBlocks.First * stride) + ((long)step.Reduced.First * problem.Taps);
            draft.Load(VtaMemoryId.Wgt, products.WeightBase(step.WeightSlot), addresses.Weights, element,
                step.Tile.OutputBlocks.Count, length, stride);
        }
        if (step.LoadInput)
        {
            LoadInput(step);
        }
        if (step.WaitForStep >= 0)
        {
            draft.Flag(first, VtaDependencies.PopNext);
        }
        draft.Flag(draft.Count - 1, VtaDependencies.PushNext);
    }

    private void LoadInput(GemmStep step)
    {
        InputRegion rows = InputRegion.Of(problem.Rows, step.Tile.Rows, schedule.SkipPadding);
        InputRegion columns = InputRegion.Of(problem.Columns, step.Tile.Columns, schedule.SkipPadding);
        int image = problem.Rows.Input * problem.Columns.Input;
        int sram = products.InputBase(step.InputSlot);
        int wide = problem.Columns.Input;
        bool whole = columns.Count == wide && !columns.Padded && !rows.Padded;
        if (whole)
        {
            draft.Load(VtaMemoryId.Inp, sram, addresses.Input,
                ((long)step.InputBlocks.First * image) + (rows.First * wide), step.InputBlocks.Count,
                    rows.Count * wide, image);
            return;
        }
        for (int i = 0; i < step.InputBlocks.Count; i++)
        {
            long element = ((long)(step.InputBlocks.First + i) * image) + (rows.First * wide) + columns.First;
            draft.Add(new VtaLoad
            {
                Memory = VtaMemoryId.Inp, SramBase = sram + (i * rows.Total * columns.Total),
                DramBase = draft.Dram(VtaMemoryId.Inp, addresses.Input, element),
                YSize = rows.Count, XSize = columns.Count, XStride = wide,
                YPadBefore = rows.PadBefore, YPadAfter = rows.PadAfter,
                XPadBefore = columns.PadBefore, XPadAfter = columns.PadAfter,
            });
        }
    }

    private void OpenTile(GemmStep step)
    {
        int first = draft.Count;
        products.Reset(step);
        if (step.TileNumber >= layout.AccumulatorSlots)
        {
            draft.Flag(first, VtaDependencies.PopNext);
        }
        products.AddBias(step);
    }

    private void CloseTile(GemmStep step)
    {
        bool moved = !layout.ConstantsResident && constantsOf != step.Tile.OutputIndex;
        if (moved && problem.Epilogue.ConstantSets > 0)
        {
            draft.Load(VtaMemoryId.Acc, 0, addresses.Constants, step.Tile.OutputBlocks.First,
                problem.Epilogue.ConstantSets, step.Tile.OutputBlocks.Count, problem.OutputBlocks);
            constantsOf = step.Tile.OutputIndex;
        }
        products.Finish(step);
        for (int plane = 0; plane < problem.Epilogue.Planes; plane++)
        {
            if (plane > 0)
            {
                // The next byte may come down only after the store has read this one. With a single accumulator slot,
                // tokens from the store queue are taken in the order they are given.
                draft.Flag(products.NextPlane(step), VtaDependencies.PopNext);
            }
            draft.Flag(draft.Count - 1, VtaDependencies.PushNext);
            int first = draft.Count;
            Store(step, plane);
            draft.Flag(first, VtaDependencies.PopPrevious);
            bool awaited = plane < problem.Epilogue.Planes - 1 ||
                step.TileNumber + layout.AccumulatorSlots < tiles || step.TileNumber == tiles - 1;
            if (awaited)
            {
                draft.Flag(draft.Count - 1, VtaDependencies.PushPrevious);
            }
        }
    }

    private void Store(GemmStep step, int plane)
    {
        Tile tile = step.Tile;
        int image = problem.Rows.Output * problem.Columns.Output;
        int wide = problem.Columns.Output;
        int sram = layout.AccumulatorBase(step.TileNumber % layout.AccumulatorSlots);
        long element = ((((long)plane * problem.OutputBlocks) + tile.OutputBlocks.First) * image) +
            (tile.Rows.First * wide) + tile.Columns.First;
        if (tile.Columns.Count == wide)
        {
            draft.Store(sram, addresses.Output, element, tile.OutputBlocks.Count, tile.Rows.Count * wide, image);
            return;
        }
        for (int i = 0; i < tile.OutputBlocks.Count; i++)
        {
            draft.Store(sram + (i * tile.Rows.Count * tile.Columns.Count), addresses.Output,
                element + ((long)i * image), tile.Rows.Count, tile.Columns.Count, wide);
        }
    }
}
