using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// A board's part in the cluster as a step machine: membership, packages, plans and streams. It has no clock, socket,
/// thread or randomness of its own. All calls come from one thread at a time; effects are given to the sink during the
/// call. Times are nanoseconds of any monotonic clock.
/// </summary>
public sealed partial class BoardNode
{
    private readonly BoardOptions options;
    private readonly NodePort port;
    private readonly Membership membership;
    private readonly ClientTable clients = new();
    private readonly PackageStore packages = new();
    private readonly List<PackagePlans> plans = new(WireLimits.Packages);
    private readonly byte[] boardName;
    private readonly byte[] boardType;
    private readonly byte[] configuration;
    private ulong viewHash;

    /// <summary>Makes a node; nothing happens before <see cref="Start"/>.</summary>
    /// <exception cref="ClusterException">The board describes itself beyond the protocol's limits.</exception>
    public BoardNode(BoardOptions options)
    {
        this.options = options;
        Member self = options.Self;
        boardName = Bounded(self.Name, "board name");
        boardType = Bounded(self.Board, "board type");
        configuration = Bounded(self.VtaConfiguration, "accelerator configuration");
        if (self.ClockHertz <= 0 || self.LinkBitsPerSecond <= 0 || self.MemoryBytes < 0)
        {
            throw new ClusterException(
                $"expected a positive clock and link speed, found {self.ClockHertz} Hz and {self.LinkBitsPerSecond} "
                + "bit/s: check board.json");
        }

        port = new NodePort(
            options.ClusterName, self.Id.Value, self.Incarnation, options.Seal, Counters, options.PlantedBug);
        membership = new Membership(port, options.Timing, true, options.Seed, options.PlantedBug);
        View = new ClusterView([self], []);
        viewHash = ViewHasher.Hash(View);
    }

    /// <summary>The board's current view, itself included.</summary>
    public ClusterView View { get; private set; }

    /// <summary>What was counted.</summary>
    public NodeCounters Counters { get; } = new();

    /// <summary>How often the view has changed, at least as large as any number heard of.</summary>
    public uint Epoch => membership.Epoch;

    /// <summary>When <see cref="OnTimer"/> wants to be called; may change with every call.</summary>
    public long NextTimerNs =>
        Math.Min(membership.NextTimerNs(), Math.Min(packages.NextTimerNs(), NextStreamTimerNs()));

    /// <summary>What this board knows of each other board.</summary>
    public ImmutableArray<BoardStatus> Boards(long nowNs) => membership.Status(nowNs);

    /// <summary>The plan this board follows for a package, or null.</summary>
    public Plan? PlanOf(PackageHash package) => FindPlans(package)?.Current;

    /// <summary>Says hello.</summary>
    public void Start(long nowNs, IBoardEffects effects)
    {
        membership.Start(nowNs);
        OnTimer(nowNs, effects);
    }

    /// <summary>
    /// Says goodbye, so that nobody has to find out. Call it before the process ends; nothing may follow.
    /// </summary>
    public void Leave(long nowNs, IBoardEffects effects)
    {
        for (int i = 0; i < 3; i++)
        {
            MessagePackWriter writer = port.Begin();
            port.Header(MessageKind.Leave).Write(ref writer, 0);
            SendToEverybody(writer, effects);
        }
    }

    /// <summary>A datagram arrived. Anything that is not valid is ignored and counted.</summary>
    public void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram, IBoardEffects effects)
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

    /// <summary>The time <see cref="NextTimerNs"/> has come. Early or late calls do no harm.</summary>
    public void OnTimer(long nowNs, IBoardEffects effects)
    {
        membership.OnTimer(nowNs, effects);
        ForgetClients(nowNs, effects);
        Settle(nowNs, effects);
        packages.Pump(nowNs, port, membership.Peers, clients, effects);
        OnStreamTimer(nowNs, effects);
        if (membership.TakeHelloDue(nowNs))
        {
            SendHello(nowNs, effects);
        }
    }

    /// <summary>
    /// This board has a package of its own, for example on its card. The bytes must not change any more.
    /// </summary>
    /// <returns>The package's hash.</returns>
    /// <exception cref="ClusterException">The package is empty or too large, or there are too many.</exception>
    public PackageHash OnPackage(long nowNs, ReadOnlyMemory<byte> bytes, IBoardEffects effects)
    {
        if (bytes.Length is 0 or > WireLimits.PackageBytes)
        {
            throw new ClusterException(
                $"expected a package of 1 to {WireLimits.PackageBytes} bytes, found {bytes.Length}: "
                + "use a smaller network");
        }

        var entry = new PackageEntry(Convert.HashOf(bytes.Span), bytes);
        if (packages.Add(nowNs, entry) is null)
        {
            throw new ClusterException(
                $"expected at most {WireLimits.Packages} packages in the cluster, found one more: "
                + "remove one from the cards");
        }

        OnPackagesChanged(nowNs, effects);
        return entry.Hash;
    }

    /// <summary>
    /// An earlier life of this board had fetched parts of a package. What is right of them is not fetched again; nothing is
    /// believed before it was checked.
    /// </summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="package">The package's name.</param>
    /// <param name="bytes">As many bytes as the package has; used from now on by this node.</param>
    public void OnPartialPackage(long nowNs, PackageHash package, byte[] bytes)
    {
        if (bytes.Length is > 0 and <= WireLimits.PackageBytes)
        {
            packages.Add(nowNs, new PackageEntry(package, bytes.Length, bytes));
        }
    }

    private static byte[] Bounded(string name, string what)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(name);
        return NameText.IsValid(bytes) ? bytes : throw new ClusterException(
            $"expected a {what} of at most {WireLimits.NameBytes} printable ASCII characters, found \"{name}\"");
    }

    private bool Dispatch(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IBoardEffects effects)
    {
        switch (header.Kind)
        {
            case MessageKind.ClientHello:
                return OnClientHello(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.Leave when clients.Find(header.Sender) is { } client:
                ForgetClient(nowNs, client, effects);
                commands.Forget(client.Id);
                return reader.End && elements == 0;
            case <= MessageKind.Introduction:
                return membership.OnMessage(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.PackageOffer:
                return OnPackageOffer(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.PackageRequest:
                return OnPackageRequest(from, ref reader, elements, effects);
            case MessageKind.PackageChunk:
                return OnPackageChunk(nowNs, header, ref reader, elements, effects);
            case MessageKind.PackageOutlineQuery:
                return OnPackageOutlineQuery(from, ref reader, elements, effects);
            case MessageKind.PackageOutline:
                return OnPackageOutline(nowNs, header, ref reader, elements, effects);
            case MessageKind.PlanQuery:
                return OnPlanQuery(from, ref reader, elements, effects);
            case MessageKind.Data:
                return OnData(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.Ack:
                return OnAck(nowNs, header, ref reader, elements, effects);
            case MessageKind.Stale:
                return OnStale(nowNs, ref reader, elements);
            case MessageKind.FrameQuery:
                return OnFrameQuery(from, ref reader, elements, effects);
            case MessageKind.Command:
                return OnCommand(header, ref reader, elements, effects);
            default:
                return true;
        }
    }

    /// <summary>After every input: when the membership changed, a new view, new plans, new packages to fetch.</summary>
    private void Settle(long nowNs, IBoardEffects effects)
    {
        if (!membership.TakeChange(nowNs))
        {
            return;
        }

        OnPackagesChanged(nowNs, effects);
    }
}
