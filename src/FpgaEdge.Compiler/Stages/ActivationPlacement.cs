namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// Gives activations places in the window. An activation can be part of a larger one (the parts of a concatenation
/// along channels lie one after the other in the blocked layout), and then lives inside it. Buffers whose lives do
/// not overlap share memory.
/// </summary>
internal sealed class ActivationPlacement
{
    private readonly Dictionary<int, (int Whole, long Offset)> parts = [];

    /// <summary>Whether an activation already lies in a larger one.</summary>
    public bool IsPart(int key) => parts.ContainsKey(key);

    /// <summary>Makes an activation a part of a larger one.</summary>
    public void MakePart(int key, int whole, long offset) => parts.Add(key, (whole, offset));

    /// <summary>Byte offsets in the window of all activations that steps read or write.</summary>
    /// <param name="steps">All steps, in order.</param>
    /// <param name="allocator">The window.</param>
    /// <param name="byteCount">Bytes of an activation that is no part.</param>
    public Dictionary<int, long> Place(
        IReadOnlyList<PendingStep> steps, WindowAllocator allocator, Func<int, long> byteCount)
    {
        var lives = new Dictionary<int, (int Birth, int Death)>();
        var keys = new HashSet<int>();
        for (int step = 0; step < steps.Count; step++)
        {
            foreach (int? key in (ReadOnlySpan<int?>)[steps[step].Reads, steps[step].AlsoReads, steps[step].Writes])
            {
                if (key is int present)
                {
                    keys.Add(present);
                    int whole = Locate(present).Whole;
                    int birth = lives.TryGetValue(whole, out (int Birth, int Death) life) ? life.Birth : step;
                    lives[whole] = (birth, step);
                }
            }
        }
        var wholes = lives.OrderBy(life => life.Value.Birth).ThenBy(life => life.Key).ToDictionary(
            life => life.Key, life => allocator.Place(byteCount(life.Key), life.Value.Birth, life.Value.Death));
        return keys.ToDictionary(key => key, key => wholes[Locate(key).Whole] + Locate(key).Offset);
    }

    private (int Whole, long Offset) Locate(int key)
    {
        long offset = 0;
        while (parts.TryGetValue(key, out (int Whole, long Offset) part))
        {
            key = part.Whole;
            offset += part.Offset;
        }
        return (key, offset);
    }
}
