namespace FpgaEdge.Vta;

/// <summary>
/// Keeps each distinct micro-op sequence once in DRAM, and gives sequences places in the micro-op buffer: one after the
/// other until the buffer is full, then from the start again with everything forgotten. A program whose sequences fit
/// therefore loads each of them once.
/// </summary>
internal sealed class MicroOpAllocator(int depth)
{
    private readonly Dictionary<int, List<Sequence>> known = [];
    private int next;
    private int generation;

    /// <summary>All sequences one after the other, as they lie in DRAM.</summary>
    public List<VtaMicroOp> Pool { get; } = [];

    /// <summary>Instruction index and first pool index of every load that was asked for.</summary>
    public List<(int Instruction, int PoolIndex)> Loads { get; } = [];

    /// <summary>Where a sequence is in the micro-op buffer, and whether it has to be loaded there first.</summary>
    public readonly record struct Placement(int SramBase, bool MustLoad);

    /// <param name="sequence">The micro-ops.</param>
    /// <param name="instruction">Index the load will have, if one is needed.</param>
    /// <exception cref="VtaException">The sequence is empty or larger than the buffer.</exception>
    public Placement Place(ReadOnlySpan<VtaMicroOp> sequence, int instruction)
    {
        if (sequence.Length == 0 || sequence.Length > depth)
        {
            throw new VtaException(instruction, $"expected 1..{depth} micro-ops, found {sequence.Length}");
        }
        Sequence entry = Find(sequence);
        if (entry.Generation == generation)
        {
            return new Placement(entry.SramBase, false);
        }
        if (next + sequence.Length > depth)
        {
            next = 0;
            generation++;
        }
        entry.SramBase = next;
        entry.Generation = generation;
        next += sequence.Length;
        Loads.Add((instruction, entry.PoolIndex));
        return new Placement(entry.SramBase, true);
    }

    private Sequence Find(ReadOnlySpan<VtaMicroOp> sequence)
    {
        var hash = default(HashCode);
        foreach (VtaMicroOp op in sequence)
        {
            hash.Add(op);
        }
        int key = hash.ToHashCode();
        if (!known.TryGetValue(key, out List<Sequence>? candidates))
        {
            known.Add(key, candidates = []);
        }
        foreach (Sequence candidate in candidates)
        {
            ReadOnlySpan<VtaMicroOp> stored = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Pool)
                .Slice(candidate.PoolIndex, candidate.Length);
            if (stored.SequenceEqual(sequence))
            {
                return candidate;
            }
        }
        var entry = new Sequence { PoolIndex = Pool.Count, Length = sequence.Length };
        Pool.AddRange(sequence);
        candidates.Add(entry);
        return entry;
    }

    private sealed class Sequence
    {
        public int PoolIndex { get; init; }

        public int Length { get; init; }

        public int SramBase { get; set; }

        public int Generation { get; set; } = -1;
    }
}
