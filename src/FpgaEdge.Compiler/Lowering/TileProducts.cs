using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Lowering;

/// <summary>The compute queue's part of a tile: reset, bias, products, epilogue, with the micro-op sequences they
/// share.</summary>
internal sealed class TileProducts(
    ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout, ProgramDraft draft)
{
    private readonly Dictionary<ProductKey, (int Begin, int End)> sequences = [];
    private readonly Dictionary<VtaMicroOp, int> singles = [];
    private readonly Dictionary<BorderKey, int> borders = [];
    private PaddingClasses? rowClasses;
    private PaddingClasses? columnClasses;

    /// <summary>First line of an activation slot.</summary>
    public int InputBase(int slot) => problem.Epilogue.BiasGemms + (slot * layout.InputSlot);

    /// <summary>First line of a weight slot.</summary>
    public int WeightBase(int slot) => (problem.Epilogue.BiasGemms * problem.OutputBlocks) + (slot * layout.WeightSlot);

    /// <summary>Sets a tile's accumulators to zero.</summary>
    public void Reset(GemmStep step)
    {
        int uop = Single(new VtaMicroOp(AccumulatorBase(step), 0, 0));
        draft.Add(new VtaGemm
        {
            Reset = true, UopBegin = uop, UopEnd = uop + 1, IterOut = step.Tile.OutputBlocks.Count,
                IterIn = Pixels(step),
            DstFactorOut = Pixels(step), DstFactorIn = 1,
        });
    }

    /// <summary>Adds biases that are products of constant activations.</summary>
    public void AddBias(GemmStep step)
    {
        int lines = problem.Epilogue.BiasGemms;
        for (int line = 0; line < lines; line++)
        {
            int uop = Single(new VtaMicroOp(
                AccumulatorBase(step), line, (step.Tile.OutputBlocks.First * lines) + line));
            draft.Add(new VtaGemm
            {
                UopBegin = uop, UopEnd = uop + 1, IterOut = step.Tile.OutputBlocks.Count, IterIn = Pixels(step),
                DstFactorOut = Pixels(step), DstFactorIn = 1, WgtFactorOut = lines,
            });
        }
    }

    /// <summary>Multiplies what is in the step's slots, one instruction per combination of row and column
    /// segments.</summary>
    public void Multiply(GemmStep step)
    {
        List<TapSegment> columns = TapSegment.Of(problem.Columns, step.Tile.Columns, schedule.SkipPadding);
        foreach (TapSegment row in TapSegment.Of(problem.Rows, step.Tile.Rows, schedule.SkipPadding))
        {
            foreach (TapSegment column in columns)
            {
                Multiply(step, row, column);
            }
        }
    }

    /// <summary>The epilogue's ALU passes.</summary>
    public void Finish(GemmStep step)
    {
        Epilogue epilogue = problem.Epilogue;
        int set = 0;
        if (epilogue.BiasSets == 1)
        {
            Register(step, VtaAluOpcode.Add, 0);
        }
        else if (epilogue.BiasSets > 1)
        {
            AddBorderBias(step);
        }
        set += epilogue.BiasSets;
        for (int left = epilogue.ImmediateShift; left > 0; left -= Epilogue.MaximumShift)
        {
            Immediate(step, VtaAluOpcode.Shr, Math.Min(left, Epilogue.MaximumShift));
        }
        for (int i = 0; i < epilogue.RegisterShifts; i++)
        {
            Register(step, VtaAluOpcode.Shr, set++);
        }
        if (epilogue.Lowest is int lowest)
        {
            Immediate(step, VtaAluOpcode.Max, lowest);
        }
        if (epilogue.Highest is int highest)
        {
            Immediate(step, VtaAluOpcode.Min, highest);
        }
    }

    /// <summary>Brings the next byte of the accumulators down; returns the instruction's index.</summary>
    public int NextPlane(GemmStep step)
    {
        Immediate(step, VtaAluOpcode.Shr, 8);
        return draft.Count - 1;
    }

    private void Multiply(GemmStep step, TapSegment row, TapSegment column)
    {
        Tile tile = step.Tile;
        InputRegion rows = InputRegion.Of(problem.Rows, tile.Rows, schedule.SkipPadding);
        InputRegion columns = InputRegion.Of(problem.Columns, tile.Columns, schedule.SkipPadding);
        int wide = columns.Total;
        int firstRow = problem.Rows.Position(tile.Rows.First + row.First, row.FirstTap) - rows.Origin;
        int firstColumn = problem.Columns.Position(tile.Columns.First + column.First, column.FirstTap) - columns.Origin;
        (int groupRows, int groupColumns) = PixelGroup.Choose(row.Count, column.Count, tile.OutputBlocks.Count);
        int iterations = row.Count / groupRows;
        bool foldInputs = iterations == 1;
        var key = new ProductKey(
            AccumulatorBase(step) + (row.First * tile.Columns.Count) + column.First,
            InputBase(step.InputSlot) + (firstRow * wide) + firstColumn,
            WeightBase(step.WeightSlot) + (row.FirstTap * problem.Columns.Kernel) + column.FirstTap,
            row.LastTap - row.FirstTap, column.LastTap - column.FirstTap, tile.OutputBlocks.Count,
            step.Reduced.Count, foldInputs, problem.GroupOutputs, groupRows, groupColumns, tile.Columns.Count,
                Pixels(step), wide, rows.Total * wide);
        (int begin, int end) = Sequence(key);
        draft.Add(new VtaGemm
        {
            UopBegin = begin, UopEnd = end,
            IterOut = foldInputs ? step.Reduced.Count : iterations,
            IterIn = column.Count / groupColumns,
            DstFactorOut = foldInputs ? 0 : groupRows * tile.Columns.Count,
            DstFactorIn = Factor(groupColumns, column.Count / groupColumns),
            SrcFactorOut = foldInputs
                ? Factor(rows.Total * wide, step.Reduced.Count)
                : groupRows * problem.Rows.Stride * wide,
            SrcFactorIn = Factor(groupColumns * problem.Columns.Stride, column.Count / groupColumns),
            WgtFactorOut = foldInputs ? Factor(problem.Taps, step.Reduced.Count) : 0,
        });
    }

    /// <summary>The factor of a loop, which need not fit its field when the loop runs once.</summary>
    private static int Factor(int factor, int iterations) => iterations == 1 ? 0 : factor;

    private (int Begin, int End) Sequence(ProductKey key)
    {
        if (!sequences.TryGetValue(key, out (int Begin, int End) place))
        {
            int begin = draft.MicroOps.Count;
            key.Write(draft.MicroOps, problem, layout.ConstantLines);
            place = (begin, draft.MicroOps.Count);
            sequences.Add(key, place);
        }
        return place;
    }

    private int Single(VtaMicroOp op)
    {
        if (!singles.TryGetValue(op, out int place))
        {
            place = draft.MicroOps.Count;
            draft.MicroOps.Add(op);
            singles.Add(op, place);
        }
        return place;
    }

    private void Immediate(GemmStep step, VtaAluOpcode operation, int immediate)
    {
        int uop = Single(new VtaMicroOp(AccumulatorBase(step), 0, 0));
        draft.Add(new VtaAlu
        {
            Operation = operation, UseImmediate = true, Immediate = immediate, UopBegin = uop, UopEnd = uop + 1,
            IterOut = step.Tile.OutputBlocks.Count, IterIn = Pixels(step), DstFactorOut = Pixels(step), DstFactorIn = 1,
        });
    }

    /// <summary>Adds to each border of the image its own bias.</summary>
    private void AddBorderBias(GemmStep step)
    {
        PaddingClasses rows = rowClasses ??= new PaddingClasses(problem.Rows);
        PaddingClasses columns = columnClasses ??= new PaddingClasses(problem.Columns);
        List<TapSegment> columnSegments = TapSegment.Of(problem.Columns, step.Tile.Columns, true);
        foreach (TapSegment row in TapSegment.Of(problem.Rows, step.Tile.Rows, true))
        {
            foreach (TapSegment column in columnSegments)
            {
                AddBorderBias(step, row, column, (rows.IndexOf(row) * columns.Count) + columns.IndexOf(column));
            }
        }
    }

    private void AddBorderBias(GemmStep step, TapSegment row, TapSegment column, int set)
    {
        Span1 blocks = step.Tile.OutputBlocks;
        int wide = step.Tile.Columns.Count;
        int first = AccumulatorBase(step) + (row.First * wide) + column.First;
        var key = new BorderKey(first, ConstantLine(set, blocks), blocks.Count, Pixels(step));
        if (!borders.TryGetValue(key, out int begin))
        {
            begin = draft.MicroOps.Count;
            borders.Add(key, begin);
            for (int block = 0; block < blocks.Count; block++)
            {
                draft.MicroOps.Add(new VtaMicroOp(first + (block * Pixels(step)), key.Source + block, 0));
            }
        }
        draft.Add(new VtaAlu
        {
            Operation = VtaAluOpcode.Add, UopBegin = begin, UopEnd = begin + blocks.Count, IterOut = row.Count,
            IterIn = column.Count, DstFactorOut = wide, DstFactorIn = 1,
        });
    }

    /// <summary>Accumulator line of a set of constants for the first of a tile's output blocks.</summary>
    private int ConstantLine(int set, Span1 blocks) =>
        layout.ConstantsResident ? (set * problem.OutputBlocks) + blocks.First : set * blocks.Count;

    private void Register(GemmStep step, VtaAluOpcode operation, int set)
    {
        int uop = Single(new VtaMicroOp(AccumulatorBase(step), ConstantLine(set, step.Tile.OutputBlocks), 0));
        draft.Add(new VtaAlu
        {
            Operation = operation, UopBegin = uop, UopEnd = uop + 1,
            IterOut = step.Tile.OutputBlocks.Count, IterIn = Pixels(step),
            DstFactorOut = Pixels(step), DstFactorIn = 1, SrcFactorOut = 1,
        });
    }

    private int AccumulatorBase(GemmStep step) => layout.AccumulatorBase(step.TileNumber % layout.AccumulatorSlots);

    private static int Pixels(GemmStep step) => step.Tile.Rows.Count * step.Tile.Columns.Count;

    private readonly record struct BorderKey(int Destination, int Source, int Blocks, int Pixels);
}
