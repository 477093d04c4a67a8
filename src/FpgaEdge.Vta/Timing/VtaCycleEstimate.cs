namespace FpgaEdge.Vta;

/// <summary>Why an instruction did not start earlier.</summary>
public enum VtaStall
{
    /// <summary>It did not wait for anything but its predecessor in the queue.</summary>
    None,

    /// <summary>Its fetch was late.</summary>
    Fetch,

    /// <summary>It waited for a token of the previous queue.</summary>
    PreviousToken,

    /// <summary>It waited for a token of the next queue.</summary>
    NextToken,
}

/// <summary>One instruction's time in its queue, in cycles from the start of the program.</summary>
/// <param name="InstructionIndex">Position in the stream.</param>
/// <param name="Queue">Where it executed.</param>
/// <param name="Ready">When its predecessor in the queue was done.</param>
/// <param name="Start">When it started.</param>
/// <param name="End">When it was done and gave its tokens.</param>
/// <param name="DmaStart">When its transfer got the memory port; equal to <paramref name="DmaEnd"/> without
/// one.</param>
/// <param name="DmaEnd">When its transfer left the memory port.</param>
/// <param name="Stall">What it waited for between <paramref name="Ready"/> and <paramref name="Start"/>.</param>
public readonly record struct VtaTimelineEntry(
    int InstructionIndex,
    VtaQueue Queue,
    long Ready,
    long Start,
    long End,
    long DmaStart,
    long DmaEnd,
    VtaStall Stall);

/// <summary>Predicted duration of a program.</summary>
/// <param name="TotalCycles">From the start bit to the done flag.</param>
/// <param name="LoadBusyCycles">Cycles the load queue executed.</param>
/// <param name="ComputeBusyCycles">Cycles the compute queue executed.</param>
/// <param name="StoreBusyCycles">Cycles the store queue executed.</param>
/// <param name="DmaBusyCycles">Cycles the memory port moved data.</param>
/// <param name="GemmCycles">Cycles of GEMM instructions.</param>
/// <param name="AluCycles">Cycles of ALU instructions.</param>
/// <param name="Timeline">Every instruction in order of execution.</param>
public sealed record VtaCycleEstimate(
    long TotalCycles,
    long LoadBusyCycles,
    long ComputeBusyCycles,
    long StoreBusyCycles,
    long DmaBusyCycles,
    long GemmCycles,
    long AluCycles,
    IReadOnlyList<VtaTimelineEntry> Timeline);
