using FpgaEdge.Cluster;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Board;

/// <summary>
/// A stage that takes its modelled time and computes nothing: what is left of a board when only the plan, the protocol
/// and the machine's sockets are to be tried. Its results are zeros.
/// </summary>
/// <param name="computeNs">Time of a frame.</param>
internal sealed class ModelledStage(long computeNs) : LoadedStage
{
    private readonly FrameCost[] costs = [new(computeNs, computeNs, 0), new(-1, 0, 0)];
    private long freeNs = long.MinValue;

    /// <inheritdoc />
    public override long Offset => -1;

    /// <inheritdoc />
    public override ReadOnlySpan<FrameCost> Costs => costs;

    /// <summary>
    /// Waits until a unit that began when the frame was there and the frame before it was done would be done. Waking up
    /// late delays this frame only: hardware with a queue before it would not wait for a late processor either.
    /// </summary>
    public override void Execute(ComputeResourceKind resource, in FrameWork work)
    {
        freeNs = Math.Max(freeNs, work.ArrivedNs) + computeNs;
        long leftNs = freeNs - NodeLoop.NowNs;
        if (leftNs > 0)
        {
            Thread.Sleep(TimeSpan.FromMicroseconds((leftNs + 999) / 1000));
        }
        work.Output.Span.Clear();
    }
}
