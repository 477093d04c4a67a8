using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// A client of the cluster as a step machine: finds boards, offers packages, learns plans from any board, sends frames
/// and collects results. Same rules as <see cref="BoardNode"/>. Boards do not depend on it, and it is not part of their
/// view.
/// </summary>
public sealed partial class ClientNode
{
    private const long OfferNs = 300_000_000;
    private const int OffersToOneBoard = 10;
    private readonly ClientOptions options;
    private readonly NodePort port;
    private readonly Membership membership;
    private readonly PackageStore offered = new();
    private readonly List<ClientPackage> packages = [];
    private readonly List<ClientRequest> requests = [];
    private uint newestRequest;
    private uint helloSequence;
    private long nextOfferNs;
    private int offers;

    /// <summary>Makes a node; nothing happens before <see cref="Start"/>.</summary>
    public ClientNode(ClientOptions options)
    {
        this.options = options;
        port = new NodePort(
            options.ClusterName, options.ClientId, options.Incarnation, options.Seal, Counters, options.PlantedBug);
        membership = new Membership(port, options.Timing, false, options.Seed, options.PlantedBug);
    }

    /// <summary>The boards this client hears and the packages they hold.</summary>
    public ClusterView View { get; private set; } = new([], []);

    /// <summary>What was counted.</summary>
    public NodeCounters Counters { get; } = new();

    /// <summary>When <see cref="OnTimer"/> wants to be called; may change with every call.</summary>
    public long NextTimerNs
    {
        get
        {
            long next = Math.Min(membership.NextTimerNs(), Math.Min(NextFrameTimerNs(), NextCommandTimerNs()));
            next = offered.Entries.Count > 0 ? Math.Min(next, nextOfferNs) : next;
            foreach (ClientPackage package in packages)
            {
                next = Math.Min(next, package.NextQueryNs);
            }

            return next;
        }
    }

    /// <summary>Says hello.</summary>
    public void Start(long nowNs, IClientEffects effects)
    {
        membership.Start(nowNs);
        OnTimer(nowNs, effects);
    }

    /// <summary>Says goodbye; boards drop whatever they hold for this client.</summary>
    public void Leave(long nowNs, IClientEffects effects)
    {
        for (int i = 0; i < 3; i++)
        {
            MessagePackWriter writer = port.Begin();
            port.Header(MessageKind.Leave).Write(ref writer, 0);
            SendToEverybody(writer, effects);
        }
    }

    /// <summary>A datagram arrived. Anything that is not valid is ignored and counted.</summary>
    public void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram, IClientEffects effects)
    {
        if (!port.TryOpen(datagram, out MessagePackReader reader, out MessageHeader header, out int elements))
        {
            return;
        }

        membership.Note(nowNs, header, effects);
        if (!Dispatch(nowNs, from, header, ref reader, elements, effects))
        {
            Counters.IgnoredMalformed++;
            return;
        }

        Settle(nowNs, effects);
    }

    /// <summary>The time <see cref="NextTimerNs"/> has come.</summary>
    public void OnTimer(long nowNs, IClientEffects effects)
    {
        membership.OnTimer(nowNs, effects);
        Settle(nowNs, effects);
        SendOffers(nowNs, effects);
        foreach (ClientPackage package in packages)
        {
            if (nowNs >= package.NextQueryNs)
            {
                package.Query(nowNs, port, membership.Peers, effects);
            }
        }

        OnFrameTimer(nowNs, effects);
        OnCommandTimer(nowNs, effects);
        if (membership.TakeHelloDue(nowNs))
        {
            SendHello(effects);
        }
    }

    /// <summary>Gives the cluster a package: one board fetches it from here, the others from each other.</summary>
    /// <exception cref="ClusterException">The package is empty or too large, or there are too many.</exception>
    public PackageHash OfferPackage(long nowNs, ReadOnlyMemory<byte> bytes, IClientEffects effects)
    {
        if (bytes.Length is 0 or > WireLimits.PackageBytes)
        {
            throw new ClusterException(
                $"expected a package of 1 to {WireLimits.PackageBytes} bytes, found {bytes.Length}: "
                + "use a smaller network");
        }

        var entry = new PackageEntry(Convert.HashOf(bytes.Span), bytes);
        if (offered.Add(nowNs, entry) is null)
        {
            throw new ClusterException($"expected at most {WireLimits.Packages} packages, found one more");
        }

        nextOfferNs = nowNs;
        SendOffers(nowNs, effects);
        return entry.Hash;
    }

    /// <summary>Number of boards that announce that they hold the package whole.</summary>
    public int BoardsHolding(PackageHash package)
    {
        int count = 0;
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            count += membership.Peers[i].TryGetPackage(package, out PackageAnnouncement announced) && announced.Whole
                ? 1 : 0;
        }

        return count;
    }

    /// <summary>What this client knows of each board it hears.</summary>
    public ImmutableArray<BoardStatus> Boards(long nowNs) => membership.Status(nowNs);

    /// <summary>
    /// The plan that new frames of a package follow, or null while the boards have not agreed or are not ready.
    /// </summary>
    public ClientPlan? PlanOf(PackageHash package) => PackageOf(package).Active;

    private ClientPackage PackageOf(PackageHash hash)
    {
        foreach (ClientPackage known in packages)
        {
            if (known.Hash == hash)
            {
                return known;
            }
        }

        var package = new ClientPackage(hash);
        packages.Add(package);
        return package;
    }

    private bool Dispatch(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IClientEffects effects)
    {
        switch (header.Kind)
        {
            case MessageKind.ClientHello:
                return true;
            case <= MessageKind.Introduction:
                return membership.OnMessage(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.PackageRequest:
                if (!PackageRequestMessage.TryRead(ref reader, elements, out PackageRequestMessage request)
                    || !reader.End)
                {
                    return false;
                }

                offered.Find(request.Hash.ToPackage())?.Serve(request, port, from, effects);
                return true;
            case MessageKind.PackageOutlineQuery:
                if (!PackageOutlineQueryMessage.TryRead(ref reader, elements, out PackageOutlineQueryMessage query)
                    || !reader.End)
                {
                    return false;
                }

                offered.Find(query.Hash.ToPackage())?.ServeOutline(query, port, from, effects);
                return true;
            case MessageKind.PlanInfo:
                return OnPlanInfo(nowNs, from, ref reader, elements, effects);
            case MessageKind.Data:
                return OnData(nowNs, from, ref reader, elements, effects);
            case MessageKind.Ack:
                return OnAck(nowNs, header, ref reader, elements, effects);
            case MessageKind.Stale:
                return OnStale(nowNs, ref reader, elements);
            case MessageKind.FrameMissed:
                return OnFrameMissed(header, ref reader, elements);
            case MessageKind.FrameState:
                return OnFrameState(nowNs, header, ref reader, elements);
            case MessageKind.CommandAnswer:
                return OnCommandAnswer(nowNs, header, ref reader, elements, effects);
            default:
                return true;
        }
    }

    private bool OnPlanInfo(
        long nowNs, PeerAddress from, ref MessagePackReader reader, int elements, IClientEffects effects)
    {
        if (!PlanInfoMessage.TryBegin(ref reader, elements, out PlanInfoMessage info))
        {
            return false;
        }

        // A plan for a network that nobody asked about is not remembered.
        PackageHash hash = info.Package.ToPackage();
        if (packages.Find(known => known.Hash == hash) is not { } package)
        {
            return true;
        }

        if (!package.OnPlanInfo(info, ref reader, port, from, effects))
        {
            return false;
        }

        Evaluate(nowNs, package, effects);
        return true;
    }

    private void Settle(long nowNs, IClientEffects effects)
    {
        if (!membership.TakeChange(nowNs))
        {
            return;
        }

        ClusterView view = MakeView();
        if (!view.Members.SequenceEqual(View.Members) || !view.Packages.SequenceEqual(View.Packages))
        {
            View = view;
            effects.ViewChanged(view);
            nextOfferNs = nowNs;
        }

        foreach (ClientPackage package in packages)
        {
            Evaluate(nowNs, package, effects);
        }
    }

    private ClusterView MakeView()
    {
        var known = new SortedSet<PackageHash>();
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            foreach (ref readonly PackageAnnouncement announced in membership.Peers[i].Packages)
            {
                if (announced.Whole)
                {
                    known.Add(announced.Hash.ToPackage());
                }
            }
        }

        return new ClusterView(membership.Members(null), [.. known]);
    }

    private void Evaluate(long nowNs, ClientPackage package, IClientEffects effects)
    {
        package.Query(nowNs, port, membership.Peers, effects);
        if (package.Evaluate(membership.Peers))
        {
            effects.PlanChanged(package.Active!);
        }

        FollowPlan(nowNs, package, effects);
    }

    private void SendHello(IClientEffects effects)
    {
        MessagePackWriter writer = port.Begin();
        int count = Math.Min(requests.Count, ClientHelloMessage.MaximumRequests);
        ClientHelloMessage.Begin(
            ref writer, port.Header(MessageKind.ClientHello), ++helloSequence, newestRequest, count);
        for (int i = 0; i < count; i++)
        {
            ClientHelloMessage.WriteRequest(ref writer, requests[i].Number, requests[i].NextDelivery);
        }

        SendToEverybody(writer, effects);
    }

    private void SendToEverybody(in MessagePackWriter writer, IClientEffects effects)
    {
        port.Multicast(writer, effects);
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            port.Send(writer, membership.Peers[i].Address, effects);
        }

        foreach (PeerAddress address in options.StaticPeers)
        {
            bool known = false;
            for (int i = 0; i < membership.Peers.Count; i++)
            {
                known |= membership.Peers[i].Address == address;
            }

            if (!known)
            {
                port.Send(writer, address, effects);
            }
        }
    }

    /// <summary>
    /// Offers each package that no board has to one board, and to another one when that does not help.
    /// </summary>
    private void SendOffers(long nowNs, IClientEffects effects)
    {
        if (nowNs < nextOfferNs)
        {
            return;
        }

        nextOfferNs = nowNs + OfferNs;
        int boards = membership.Peers.Count;
        if (boards == 0)
        {
            return;
        }

        Peer target = membership.Peers[offers++ / OffersToOneBoard % boards];
        offers &= 0xffff;
        foreach (PackageEntry entry in offered.Entries)
        {
            if (BoardsHolding(entry.Hash) == 0)
            {
                MessagePackWriter writer = port.Begin();
                new PackageOfferMessage(entry.Hash.ToWire(), entry.Size)
                    .Write(ref writer, port.Header(MessageKind.PackageOffer));
                port.Send(writer, target.Address, effects);
            }
        }
    }
}
