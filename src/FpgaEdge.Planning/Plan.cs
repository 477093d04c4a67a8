using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Which board runs which layers of one network: the pure result of a view and the network's costs.
/// </summary>
/// <param name="Package">The network.</param>
/// <param name="Strategy">The strategy that made the plan.</param>
/// <param name="Stages">In the order a frame passes through them; together they cover every node exactly once.</param>
/// <param name="Hash">First 16 bytes of SHA-256 over <c>PlanCodec</c>'s bytes; rides in every data packet.</param>
public sealed record Plan(PackageHash Package, Strategy Strategy, ImmutableArray<PlanStage> Stages, PlanHash Hash);

/// <summary>
/// What one group of boards runs: nodes [FirstNode, LastNode) of the integer graph, in its order. Frame f is
/// executed by <c>Boards[f mod Boards.Length]</c>.
/// </summary>
/// <param name="FirstNode">Index of the first node.</param>
/// <param name="LastNode">One past the last node.</param>
/// <param name="Boards">One board, or several replicas.</param>
/// <param name="InputTensors">
/// Tensors that must arrive, ascending: whatever these or later nodes, or the client, still need.
/// </param>
/// <param name="OutputTensors">
/// Tensors that leave, ascending: the input tensors of the next stage, or the network's outputs.
/// </param>
/// <param name="ComputeNs">Modelled time on one board of the stage, for one frame.</param>
/// <param name="TransferNs">Modelled time to receive the input tensors of one frame.</param>
public sealed record PlanStage(
    int FirstNode, int LastNode, ImmutableArray<BoardId> Boards,
    ImmutableArray<int> InputTensors, ImmutableArray<int> OutputTensors, long ComputeNs, long TransferNs);

/// <summary>Sixteen bytes that name a plan.</summary>
public readonly record struct PlanHash(ulong High, ulong Low)
{
    /// <summary>Thirty-two hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";
}

/// <summary>How layers are spread over boards; names from the literature.</summary>
public enum Strategy : byte
{
    /// <summary>The best of the others.</summary>
    Auto = 0,

    /// <summary>Contiguous stages, one board each.</summary>
    Pipeline = 1,

    /// <summary>Every board runs the whole network; frames go round-robin.</summary>
    ScatterGather = 2,

    /// <summary>Contiguous groups, each with a number of boards in proportion to its cost.</summary>
    AiCoreAssignment = 3,

    /// <summary>Fewer, fatter stages, replicated, so that less crosses the network.</summary>
    Fused = 4,
}
