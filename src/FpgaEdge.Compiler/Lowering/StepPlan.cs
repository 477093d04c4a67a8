namespace FpgaEdge.Compiler.Lowering;

/// <summary>
/// One GEMM step: a tile and a part of its input channels, with the scratchpad slots it uses and the waits between
/// queues.
/// </summary>
/// <param name="Tile">The accumulator tile.</param>
/// <param name="TileNumber">Position of the tile in the order of computation.</param>
/// <param name="InputBlocks">Input channel blocks in the activation slot.</param>
/// <param name="Reduced">Input channel blocks summed for each output block, counted from its group's first.</param>
/// <param name="IsFirst">First step of its tile.</param>
/// <param name="IsLast">Last step of its tile.</param>
/// <param name="InputSlot">Activation slot.</param>
/// <param name="LoadInput">The slot is loaded for this step.</param>
/// <param name="WeightSlot">Weight slot.</param>
/// <param name="LoadWeights">The slot is loaded for this step.</param>
/// <param name="WaitForStep">The loads wait until this earlier step has read the slots; −1 for no new wait.</param>
internal readonly record struct GemmStep(
    Tile Tile, int TileNumber, Span1 InputBlocks, Span1 Reduced, bool IsFirst, bool IsLast,
    int InputSlot, bool LoadInput, int WeightSlot, bool LoadWeights, int WaitForStep)
{
    /// <summary>Whether anything is loaded for this step.</summary>
    public bool Loads => LoadInput || LoadWeights;
}

/// <summary>The GEMM steps of a schedule: what is loaded when, and into which slot.</summary>
internal static class StepPlan
{
    public static List<GemmStep> Create(
        ConvolutionProblem problem, ConvolutionSchedule schedule, ScratchpadLayout layout)
    {
        int inputParts = TileGrid.InputCount(problem, schedule);
        var inputs = new SlotCache(layout.InputSlots);
        var weights = new SlotCache(layout.WeightSlots);
        var steps = new List<GemmStep>();
        int waited = -1;
        int tileNumber = 0;
        foreach (Tile tile in TileGrid.Tiles(problem, schedule))
        {
            for (int part = 0; part < inputParts; part++)
            {
                int step = steps.Count;
                Span1 reduced = TileGrid.Part(problem.GroupInputs, schedule.TileInputBlocks, part);
                int inputKey = problem.Grouped
                    ? (tile.SpatialIndex * TileGrid.OutputCount(problem, schedule)) + tile.OutputIndex
                    : (tile.SpatialIndex * inputParts) + part;
                SlotCache.Use input = inputs.Take(inputKey, step);
                SlotCache.Use weight = weights.Take((tile.OutputIndex * inputParts) + part, step);
                int wait = Math.Max(input.MustLoad ? input.LastReader : -1, weight.MustLoad ? weight.LastReader : -1);
                steps.Add(new GemmStep(
                    tile, tileNumber, problem.Grouped ? problem.GroupInputsOf(tile.OutputBlocks) : reduced, reduced,
                    part == 0, part == inputParts - 1,
                    input.Slot, input.MustLoad, weight.Slot, weight.MustLoad, wait > waited ? wait : -1));
                waited = Math.Max(waited, wait);
            }
            tileNumber++;
        }
        return steps;
    }

    /// <summary>Slots of one scratchpad with what they hold; the least recently read one is replaced.</summary>
    private sealed class SlotCache
    {
        private readonly int[] keys;
        private readonly int[] lastReaders;

        public SlotCache(int slots)
        {
            keys = new int[slots];
            lastReaders = new int[slots];
            Array.Fill(keys, -1);
            Array.Fill(lastReaders, -1);
        }

        /// <summary>A slot, whether it must be loaded, and the last step that read its former contents.</summary>
        public readonly record struct Use(int Slot, bool MustLoad, int LastReader);

        public Use Take(int key, int step)
        {
            int slot = Array.IndexOf(keys, key);
            bool mustLoad = slot < 0;
            if (mustLoad)
            {
                slot = Array.IndexOf(lastReaders, lastReaders.Min());
            }
            var use = new Use(slot, mustLoad, lastReaders[slot]);
            keys[slot] = key;
            lastReaders[slot] = step;
            return use;
        }
    }
}
