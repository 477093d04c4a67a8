using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>What names a frame everywhere: who asked, in which request, and which one.</summary>
/// <param name="Client">Identity of the client.</param>
/// <param name="Request">Number of the request at that client, from 1.</param>
/// <param name="Frame">Number of the frame in that request, from 0.</param>
public readonly record struct FrameKey(ulong Client, uint Request, uint Frame)
{
    /// <summary>For logs.</summary>
    public override string ToString() => $"{Client:x16}/{Request}/{Frame}";
}

/// <summary>
/// A frame that a board's stage has to execute now. <see cref="Input"/> stays as it is, and <see cref="Output"/> is the
/// caller's to fill, until the node is told the outcome with <see cref="Token"/>.
/// </summary>
/// <param name="Token">What to hand back with the outcome.</param>
/// <param name="Key">The frame.</param>
/// <param name="Package">The network.</param>
/// <param name="Plan">The plan the stage belongs to.</param>
/// <param name="Stage">Index of the stage in the plan.</param>
/// <param name="Input">The stage's input tensors in ascending order of index, one after the other without
/// padding.</param>
/// <param name="Output">Room for exactly the stage's output tensors, in the same layout.</param>
public readonly record struct FrameWork(
    FrameToken Token, FrameKey Key, PackageHash Package, PlanHash Plan, int Stage,
    ReadOnlyMemory<byte> Input, Memory<byte> Output)
{
    /// <summary>When the frame has to have its result, on this board's clock.</summary>
    public required long DeadlineNs { get; init; }

    /// <summary>When its last byte arrived, on this board's clock.</summary>
    public required long ArrivedNs { get; init; }
}

/// <summary>Names a piece of work inside a node; meaningless once its outcome was reported.</summary>
public readonly record struct FrameToken(int Slot, uint Generation);

/// <summary>What executing a frame took.</summary>
/// <param name="ComputeNs">Measured time of the execution.</param>
/// <param name="ModelledNs">Time that the accelerator's cycle model gives, or −1 where there is none.</param>
/// <param name="EnergyNanojoules">Measured energy, or −1 where nothing measures it.</param>
public readonly record struct FrameExecution(long ComputeNs, long ModelledNs, long EnergyNanojoules = -1);

/// <summary>What one stage did to one frame; travels with the frame and comes back with its result.</summary>
/// <param name="Board">The board.</param>
/// <param name="ComputeNs">Measured time of the execution.</param>
/// <param name="ModelledNs">Modelled time, or −1.</param>
/// <param name="QueueNs">Time from the last byte's arrival to the end of execution, less <paramref
/// name="ComputeNs"/>.</param>
/// <param name="BytesIn">Bytes of the input tensors.</param>
/// <param name="BytesOut">Bytes of the output tensors.</param>
/// <param name="EnergyNanojoules">Measured energy, or −1.</param>
public readonly record struct StageStatistics(
    BoardId Board, long ComputeNs, long ModelledNs, long QueueNs, int BytesIn, int BytesOut, long EnergyNanojoules);

/// <summary>How a frame ended when it did not end in a result. Zero is not used.</summary>
public enum FrameErrorCode : byte
{
    /// <summary>The frame's deadline passed.</summary>
    DeadlineExceeded = 1,

    /// <summary>The request was cancelled.</summary>
    Cancelled = 2,

    /// <summary>The input's size is not the network's.</summary>
    InputSize = 3,

    /// <summary>A stage could not execute the frame; the text says why.</summary>
    ExecutionFailed = 4,

    /// <summary>A stage could not be prepared on its board; the text says why.</summary>
    StageFailed = 5,

    /// <summary>No plan: no board, no package, or the network does not fit on the boards there are.</summary>
    NoPlan = 6,
}

/// <summary>
/// A frame's result. <see cref="Output"/> and <see cref="Statistics"/> are valid during the call only.
/// </summary>
public readonly ref struct FrameResult
{
    /// <summary>The frame.</summary>
    public required FrameKey Key { get; init; }

    /// <summary>The plan under which it was executed.</summary>
    public required PlanHash Plan { get; init; }

    /// <summary>The network's output tensors in ascending order of index, without padding.</summary>
    public required ReadOnlySpan<byte> Output { get; init; }

    /// <summary>One entry per stage, in order.</summary>
    public required ReadOnlySpan<StageStatistics> Statistics { get; init; }

    /// <summary>Time from submission to the arrival of the result, on the client's clock.</summary>
    public required long LatencyNs { get; init; }

    /// <summary>How often the frame was started: 1 when nothing went wrong.</summary>
    public required uint Attempts { get; init; }
}
