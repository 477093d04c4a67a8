using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>
/// A board's part in the cluster as a step machine: membership, packages, plans and streams. It has no clock, socket,
/// thread or randomness of its own. All calls come from one thread at a time; effects are given to the sink during the
/// call. Times are nanoseconds of any monotonic clock.
/// </summary>
public sealed partial class BoardNode
{
    /// <summary>The board's current view, itself included.</summary>
    public ClusterView View => throw new NotImplementedException();

    /// <summary>What was counted.</summary>
    public NodeCounters Counters { get; } = new();

    /// <summary>When <see cref="OnTimer"/> wants to be called; may change with every call.</summary>
    public long NextTimerNs { get; private set; }

    /// <summary>Makes a node; nothing happens before <see cref="Start"/>.</summary>
    public BoardNode(BoardOptions options) => _ = options;

    /// <summary>Says hello.</summary>
    public void Start(long nowNs, IBoardEffects effects) => throw new NotImplementedException();

    /// <summary>Says goodbye, so that nobody has to find out. Call it before the process ends; nothing may follow.</summary>
    public void Leave(long nowNs, IBoardEffects effects) => throw new NotImplementedException();

    /// <summary>A datagram arrived. Anything that is not valid is ignored and counted.</summary>
    public void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram, IBoardEffects effects) =>
        throw new NotImplementedException();

    /// <summary>The time <see cref="NextTimerNs"/> has come. Early or late calls do no harm.</summary>
    public void OnTimer(long nowNs, IBoardEffects effects) => throw new NotImplementedException();

    /// <summary>This board has a package of its own, for example on its card. The bytes must not change any more.</summary>
    /// <returns>The package's hash.</returns>
    public PackageHash OnPackage(long nowNs, ReadOnlyMemory<byte> bytes, IBoardEffects effects) =>
        throw new NotImplementedException();

    /// <summary>The answer to <see cref="IBoardEffects.CostsNeeded"/>.</summary>
    public void OnCosts(long nowNs, NetworkCosts costs, IBoardEffects effects) => throw new NotImplementedException();

    /// <summary>The package cannot be used on this board: it is not planned with.</summary>
    public void OnPackageRefused(long nowNs, PackageHash package, string reason, IBoardEffects effects) =>
        throw new NotImplementedException();

    /// <summary>The stage of <see cref="IBoardEffects.StageAssigned"/> can execute frames.</summary>
    public void OnStageReady(long nowNs, PlanHash plan, IBoardEffects effects) => throw new NotImplementedException();

    /// <summary>The stage cannot be prepared; frames for it fail with <see cref="FrameErrorCode.StageFailed"/>.</summary>
    public void OnStageFailed(long nowNs, PlanHash plan, string reason, IBoardEffects effects) =>
        throw new NotImplementedException();

    /// <summary>A frame was executed; its output is in <see cref="FrameWork.Output"/>.</summary>
    public void OnFrameExecuted(long nowNs, FrameToken token, in FrameExecution execution, IBoardEffects effects) =>
        throw new NotImplementedException();

    /// <summary>A frame could not be executed; the client is told.</summary>
    public void OnFrameFailed(long nowNs, FrameToken token, string reason, IBoardEffects effects) =>
        throw new NotImplementedException();
}
