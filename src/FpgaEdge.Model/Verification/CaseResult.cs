namespace FpgaEdge.Model.Verification;

/// <summary>What the verification of one entry found.</summary>
public sealed record CaseResult
{
    /// <summary>Name of the entry.</summary>
    public required string Name { get; init; }

    /// <summary>True when the entry's own check holds.</summary>
    public required bool Passed { get; init; }

    /// <summary>True when the golden interpreter computed the outputs, false for the reference interpreter.</summary>
    public bool IsGolden { get; init; }

    /// <summary>Number of cases, or of operator tests.</summary>
    public int Samples { get; init; }

    /// <summary>Cases or operator tests that fail the check and count.</summary>
    public int FailedSamples { get; init; }

    /// <summary>Largest |y − e| over all elements; null when nothing could be compared.</summary>
    public double? MaxAbsoluteError { get; init; }

    /// <summary>Cases whose best element is an accepted class, or null without labels.</summary>
    public int? Top1 { get; init; }

    /// <summary>Cases with an accepted class among the best five, or null.</summary>
    public int? Top5 { get; init; }

    /// <summary>What the stored outputs score, or null.</summary>
    public CaseReference? Reference { get; init; }

    /// <summary>Why it failed, or a remark; one line, may be empty.</summary>
    public string Detail { get; init; } = "";
}
