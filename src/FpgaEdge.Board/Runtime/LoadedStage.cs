using FpgaEdge.Cluster;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Board;

/// <summary>A stage of a plan that takes frames.</summary>
internal abstract class LoadedStage
{
    /// <summary>Where in the DMA window; negative where it uses none.</summary>
    public abstract long Offset { get; }

    /// <summary>What a frame costs on each resource, in the order of <see cref="ComputeResourceKind"/>.</summary>
    public abstract ReadOnlySpan<FrameCost> Costs { get; }

    /// <summary>Modelled time of a frame.</summary>
    public long ModelledNs(ComputeResourceKind resource) => Costs[(int)resource].TimeNs;

    /// <summary>Computes one frame, on the one thread of the resource; the bytes are the same on all.</summary>
    public abstract void Execute(ComputeResourceKind resource, in FrameWork work);
}
