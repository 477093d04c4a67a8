using System.Collections.Immutable;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>How one frame ended.</summary>
/// <param name="Frame">Number of the frame in its request, from 0.</param>
/// <param name="Output">The network's output tensors one after the other; null when the frame failed.</param>
/// <param name="Plan">The plan under which it was executed; default when it failed.</param>
/// <param name="Stages">What each stage did; empty when the frame failed.</param>
/// <param name="LatencyNs">From submission to result, measured by the client.</param>
/// <param name="Attempts">How often the frame was started.</param>
/// <param name="Error">Why it failed; null when it did not.</param>
/// <param name="ErrorText">The same in words.</param>
internal sealed record FrameOutcome(
    int Frame, byte[]? Output, PlanHash Plan, ImmutableArray<StageStatistics> Stages, long LatencyNs, uint Attempts,
    FrameErrorCode? Error = null, string ErrorText = "");
