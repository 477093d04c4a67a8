namespace FpgaEdge.Vta;

/// <summary>Hands out regions of the activation, weight and accumulator scratchpads, each time the first gap that is
/// large enough.</summary>
internal sealed class ScratchpadAllocator(VtaConfiguration configuration)
{
    private readonly Dictionary<VtaMemoryId, SortedList<int, int>> regions = new()
    {
        [VtaMemoryId.Inp] = [],
        [VtaMemoryId.Wgt] = [],
        [VtaMemoryId.Acc] = [],
    };

    /// <exception cref="VtaException">No gap is large enough, or the memory is not one of the three.</exception>
    public int Allocate(VtaMemoryId memory, int elements, int instruction)
    {
        SortedList<int, int> taken = Regions(memory, instruction);
        int depth = configuration.Depth(memory);
        int start = 0;
        int largest = 0;
        foreach ((int first, int length) in taken.Append(new KeyValuePair<int, int>(depth, 0)))
        {
            if (elements > 0 && first - start >= elements)
            {
                taken.Add(start, elements);
                return start;
            }
            largest = Math.Max(largest, first - start);
            start = first + length;
        }
        throw new VtaException(instruction,
            $"expected room for {elements} elements, found that {largest} of {depth} {memory} elements " +
            "are free side by side");
    }

    /// <exception cref="VtaException">No region starts there.</exception>
    public void Free(VtaMemoryId memory, int first, int instruction)
    {
        if (!Regions(memory, instruction).Remove(first))
        {
            throw new VtaException(instruction, $"no {memory} region starts at element {first}");
        }
    }

    private SortedList<int, int> Regions(VtaMemoryId memory, int instruction) =>
        regions.TryGetValue(memory, out SortedList<int, int>? taken)
            ? taken
            : throw new VtaException(instruction, $"allocation of {memory}: expected Inp, Wgt or Acc");
}
