using FpgaEdge.Cluster;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Board;

/// <summary>A stage of a plan that takes frames.</summary>
internal abstract class LoadedStage
{
    /// <summary>What it is a stage of, for people.</summary>
    public required StageAbout About { get; init; }

    /// <summary>Where in the DMA window; negative where it uses none.</summary>
    public abstract long Offset { get; }

    /// <summary>What a frame costs on each resource, in the order of <see cref="ComputeResourceKind"/>.</summary>
    public abstract ReadOnlySpan<FrameCost> Costs { get; }

    /// <summary>Modelled time of a frame.</summary>
    public long ModelledNs(ComputeResourceKind resource) => Costs[(int)resource].TimeNs;

    /// <summary>Computes one frame, on the one thread of the resource; the bytes are the same on all.</summary>
    public abstract void Execute(ComputeResourceKind resource, in FrameWork work);
}

/// <summary>Which part of which network a stage is.</summary>
internal sealed class StageAbout
{
    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>Number of the stage, from 1.</summary>
    public required int Stage { get; init; }

    /// <summary>Stages of the plan.</summary>
    public required int Stages { get; init; }

    /// <summary>Index of the first layer.</summary>
    public required int FirstLayer { get; init; }

    /// <summary>How many layers.</summary>
    public required int Layers { get; init; }
}
