using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>
/// A client of the cluster as a step machine: finds boards, offers packages, learns plans from any board, sends frames and
/// collects results. Same rules as <see cref="BoardNode"/>. Boards do not depend on it, and it is not part of their view.
/// </summary>
public sealed partial class ClientNode
{
    /// <summary>The boards this client hears and the packages they hold.</summary>
    public ClusterView View => throw new NotImplementedException();

    /// <summary>What was counted.</summary>
    public NodeCounters Counters { get; } = new();

    /// <summary>When <see cref="OnTimer"/> wants to be called; may change with every call.</summary>
    public long NextTimerNs { get; private set; }

    /// <summary>Makes a node; nothing happens before <see cref="Start"/>.</summary>
    public ClientNode(ClientOptions options) => _ = options;

    /// <summary>Says hello.</summary>
    public void Start(long nowNs, IClientEffects effects) => throw new NotImplementedException();

    /// <summary>Says goodbye; boards drop whatever they hold for this client.</summary>
    public void Leave(long nowNs, IClientEffects effects) => throw new NotImplementedException();

    /// <summary>A datagram arrived. Anything that is not valid is ignored and counted.</summary>
    public void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram, IClientEffects effects) =>
        throw new NotImplementedException();

    /// <summary>The time <see cref="NextTimerNs"/> has come.</summary>
    public void OnTimer(long nowNs, IClientEffects effects) => throw new NotImplementedException();

    /// <summary>Gives the cluster a package: one board fetches it from here, the others from each other.</summary>
    public PackageHash OfferPackage(long nowNs, ReadOnlyMemory<byte> bytes, IClientEffects effects) =>
        throw new NotImplementedException();

    /// <summary>Number of boards that announce that they hold the package whole.</summary>
    public int BoardsHolding(PackageHash package) => throw new NotImplementedException();

    /// <summary>The plan that new frames of a package follow, or null while the boards have not agreed or are not ready.</summary>
    public ClientPlan? PlanOf(PackageHash package) => throw new NotImplementedException();

    /// <summary>Opens a request: a row of frames through one network.</summary>
    /// <returns>Its number.</returns>
    public uint OpenRequest(long nowNs, PackageHash package, IClientEffects effects) => throw new NotImplementedException();

    /// <summary>
    /// Submits the next frame of a request. May be called before there is a plan: the frame waits.
    /// </summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="request">From <see cref="OpenRequest"/>.</param>
    /// <param name="input">The network's input tensors; copied.</param>
    /// <param name="deadlineNs">On the same clock: by then the frame ends in a result or a named error.</param>
    /// <param name="effects">Sink.</param>
    /// <param name="frame">Number of the frame.</param>
    /// <returns>False when the request's window is full; <see cref="IClientEffects.RequestWritable"/> follows.</returns>
    public bool TrySubmit(
        long nowNs, uint request, ReadOnlySpan<byte> input, long deadlineNs, IClientEffects effects, out uint frame) =>
        throw new NotImplementedException();

    /// <summary>Ends a request: frames without result fail with <see cref="FrameErrorCode.Cancelled"/>.</summary>
    public void CancelRequest(long nowNs, uint request, IClientEffects effects) => throw new NotImplementedException();
}
