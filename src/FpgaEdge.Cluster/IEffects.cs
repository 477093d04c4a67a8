using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>
/// What a step asks the outside world to do. Every method returns at once; none calls back into the node.
/// Spans are valid during the call only.
/// </summary>
public interface IClusterEffects
{
    /// <summary>Sends one datagram, at most 1,400 bytes. Whether it arrives is nobody's promise.</summary>
    void Send(PeerAddress to, ReadOnlySpan<byte> datagram);

    /// <summary>Sends one datagram to the cluster's multicast group, on every interface.</summary>
    void Multicast(ReadOnlySpan<byte> datagram);

    /// <summary>Reports an event for logs.</summary>
    void Log(in ClusterEvent entry);
}

/// <summary>Effects of a board's step.</summary>
public interface IBoardEffects : IClusterEffects
{
    /// <summary>
    /// A package that was fetched from peers is whole and verified; a board may want to keep it on its card.
    /// </summary>
    void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// A part of a package that is being fetched is here and fits what its source claims. A board that keeps it, and hands
    /// it to <see cref="BoardNode.OnPartialPackage"/> after a restart, need not fetch it again.
    /// </summary>
    void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes);

    /// <summary>
    /// The node needs the costs of a package it holds for these kinds of boards, in one
    /// <see cref="BoardNode.OnCosts"/>, later. Asked again whenever the kinds change; answers come in the order of the
    /// questions.
    /// </summary>
    void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds);

    /// <summary>
    /// This board runs a stage of a plan: compile it, and call <see cref="BoardNode.OnStageReady"/> or
    /// <see cref="BoardNode.OnStageFailed"/>, later. No frame is handed over before.
    /// </summary>
    void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes);

    /// <summary>
    /// The stage of this plan is no longer needed. Frames still executing must be reported all the same.
    /// </summary>
    void StageReleased(PlanHash plan, int stage);

    /// <summary>
    /// Execute a frame, on whatever thread, and report with <see cref="BoardNode.OnFrameExecuted"/> or
    /// <see cref="BoardNode.OnFrameFailed"/>. Frames of one stage are handed over in the order in which they became
    /// whole.
    /// </summary>
    void FrameReady(in FrameWork work);

    /// <summary>
    /// A client asks this board something: carry it out once, on whatever thread, and report with
    /// <see cref="BoardNode.OnCommandDone"/>. At most one command of each client is under way.
    /// </summary>
    void CommandGiven(in CommandToken token, string command);
}

/// <summary>Effects of a client's step.</summary>
public interface IClientEffects : IClusterEffects
{
    /// <summary>The boards this client hears, or the packages they hold, changed.</summary>
    void ViewChanged(ClusterView view);

    /// <summary>New frames of a package now follow this plan.</summary>
    void PlanChanged(ClientPlan plan);

    /// <summary>
    /// A frame's result. Per request, results and failures come in the order of the frames, each exactly once.
    /// </summary>
    void FrameCompleted(in FrameResult result);

    /// <summary>A frame ended without a result.</summary>
    void FrameFailed(FrameKey key, FrameErrorCode code, string text);

    /// <summary>After <see cref="ClientNode.TrySubmit"/> said no: there is room again.</summary>
    void RequestWritable(uint request);

    /// <summary>A command ended: the board's answer, or nothing when that start of the board is over.</summary>
    void CommandEnded(uint number, ReadOnlySpan<byte> answer);
}

/// <summary>A plan as a client learns it from any board.</summary>
/// <param name="Package">The network.</param>
/// <param name="Hash">The plan's name.</param>
/// <param name="Strategy">The strategy that made it.</param>
/// <param name="Stages">In the order a frame passes through them.</param>
public sealed record ClientPlan(
    PackageHash Package, PlanHash Hash, Strategy Strategy, ImmutableArray<ClientStage> Stages);

/// <summary>One stage of a <see cref="ClientPlan"/>; see <see cref="PlanStage"/>.</summary>
/// <param name="FirstNode">Index of the first node.</param>
/// <param name="LastNode">One past the last node.</param>
/// <param name="Boards">Frame f is executed by <c>Boards[f mod Boards.Length]</c>.</param>
/// <param name="InputBytes">Bytes of its input tensors.</param>
/// <param name="OutputBytes">Bytes of its output tensors.</param>
/// <param name="ComputeNs">Modelled time for one frame on one board.</param>
/// <param name="TransferNs">Modelled time to receive one frame.</param>
public sealed record ClientStage(
    int FirstNode, int LastNode, ImmutableArray<BoardId> Boards, int InputBytes, int OutputBytes,
    long ComputeNs, long TransferNs);
