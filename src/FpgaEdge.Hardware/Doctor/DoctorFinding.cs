namespace FpgaEdge.Hardware;

/// <summary>One prerequisite: whether it is there, and what to type when it is not.</summary>
/// <param name="Area">What it is needed for.</param>
/// <param name="Name">What it is.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="Detail">What was found.</param>
/// <param name="Remedy">What to type or do; empty when nothing is missing.</param>
public sealed record DoctorFinding(string Area, string Name, DoctorState State, string Detail, string Remedy = "")
{
    /// <summary>One line for people.</summary>
    public override string ToString() =>
        $"{Area,-10} {Name,-22} {$"{State}".ToLowerInvariant(),-8} {(Remedy.Length > 0 ? $"{Detail}; {Remedy}" : Detail)}";
}

/// <summary>Whether a prerequisite is there.</summary>
public enum DoctorState
{
    /// <summary>There, and it works.</summary>
    Ok = 0,

    /// <summary>Not there; what it is for works without it, less well.</summary>
    Degraded = 1,

    /// <summary>Not there, or it does not work.</summary>
    Missing = 2,
}
