namespace FpgaEdge.Vta.Simulation.Hardware;

/// <summary>Collects notes, at most one of a kind per instruction: a loop would repeat them for every step.</summary>
internal sealed class PortabilityLog
{
    private readonly List<VtaPortabilityNote> notes = [];
    private readonly HashSet<(int Index, VtaPortabilityIssue Issue)> seen = [];

    public IReadOnlyList<VtaPortabilityNote> Notes => notes;

    public void Clear()
    {
        notes.Clear();
        seen.Clear();
    }

    public void Add(int index, VtaPortabilityIssue issue, string detail)
    {
        if (seen.Add((index, issue)))
        {
            notes.Add(new VtaPortabilityNote(index, issue, detail));
        }
    }
}
