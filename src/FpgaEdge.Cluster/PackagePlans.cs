using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>
/// What a board has decided for one package: costs, the current plan, and its stages of current and earlier plans.
/// </summary>
internal sealed class PackagePlans
{
    public required PackageEntry Package { get; init; }

    public NetworkCosts? Costs { get; set; }

    /// <summary>Questions for costs that were not answered yet, in order.</summary>
    public Queue<ImmutableArray<BoardKind>> Asked { get; } = new();

    /// <summary>Kinds of boards the costs were last asked for.</summary>
    public ImmutableArray<BoardKind> AskedKinds { get; set; } = [];

    /// <summary>Kinds of boards the costs cover.</summary>
    public ImmutableArray<BoardKind> CoveredKinds { get; set; } = [];

    public Plan? Current { get; set; }

    /// <summary>This board's stages of the current plan and of earlier ones.</summary>
    public ImmutableArray<StageRuntime> Runtimes { get; set; } = [];

    /// <summary>This board's stage of a plan, or null.</summary>
    public StageRuntime? Find(PlanHash plan)
    {
        foreach (StageRuntime runtime in Runtimes)
        {
            if (runtime.Plan.Hash == plan)
            {
                return runtime;
            }
        }

        return null;
    }

    public StageRuntime? CurrentRuntime => Current is null ? null : Find(Current.Hash);

    /// <summary>The earlier plan that had frames last, or null.</summary>
    public StageRuntime? Draining
    {
        get
        {
            StageRuntime? newest = null;
            foreach (StageRuntime runtime in Runtimes)
            {
                if (runtime.ReplacedNs != long.MaxValue && (newest is null || runtime.DataNs > newest.DataNs))
                {
                    newest = runtime;
                }
            }

            return newest;
        }
    }
}
