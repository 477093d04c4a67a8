using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Who is there. Boards greet every 200 ms; with every greeting goes the list of whom the sender heard, and how long
/// ago, so that evidence of life travels around one-way cuts. A board without fresh evidence is suspected and pinged,
/// directly and through others; only when nothing comes back is it removed. Each node decides for itself; there are no
/// rumours of death, so there is nothing to refute but one's own silence.
/// </summary>
internal sealed partial class Membership
{
    private const long SoonNs = 20_000_000;
    private const int Relays = 64;
    private const long CalmNs = 1_000_000_000;
    private const int QuickChanges = 16;
    private const int MostDoublings = 5;
    private readonly NodePort port;
    private readonly ClusterTiming timing;
    private readonly bool isBoard;
    private readonly bool evictWithoutPing;
    private readonly bool ignoreIncarnation;
    private readonly PackageAnnouncement[] announced = new PackageAnnouncement[WireLimits.Packages];
    private readonly (uint Nonce, PeerAddress Origin, uint OriginNonce)[] relays =
        new (uint, PeerAddress, uint)[Relays];

    private uint nextNonce;
    private int nextHelper;
    private long nextHelloNs;
    private bool membersChanged;
    private bool packagesChanged;
    private long nextChangeNs = long.MinValue / 2;
    private int changesInARow;
    private long lastHelloNs = long.MinValue / 2;
    private long expectedTimerNs = long.MaxValue;
    private long lastShiftNs = long.MinValue / 2;

    public Membership(NodePort port, ClusterTiming timing, bool isBoard, ulong seed, PlantedBug bug)
    {
        this.port = port;
        this.timing = timing;
        this.isBoard = isBoard;
        nextNonce = (uint)seed;
        evictWithoutPing = bug == PlantedBug.EvictWithoutPing;
        ignoreIncarnation = bug == PlantedBug.IgnoreIncarnation;
    }

    public PeerTable Peers { get; } = new();

    /// <summary>Number of changes of the view, at least as large as any heard of.</summary>
    public uint Epoch { get; set; }

    public void Start(long nowNs) => nextHelloNs = nowNs;

    /// <summary>Greets soon: there is news.</summary>
    public void HelloSoon(long nowNs) =>
        nextHelloNs = Math.Min(nextHelloNs, Math.Max(nowNs, lastHelloNs + SoonNs));

    /// <summary>True when it is time to greet; the caller greets.</summary>
    public bool TakeHelloDue(long nowNs)
    {
        if (nowNs < nextHelloNs)
        {
            return false;
        }

        lastHelloNs = nowNs;
        nextHelloNs = nowNs + timing.HelloNs;
        return true;
    }

    /// <summary>
    /// True when boards came, went, restarted, or their packages or plans changed, and it is time to act on it; the caller does.
    /// The first change counts at once, the next ones are taken together; when members come and go without end, the pauses grow
    /// until the work that this causes is bounded.
    /// </summary>
    public bool TakeChange(long nowNs)
    {
        if (!(membersChanged || packagesChanged) || nowNs < nextChangeNs)
        {
            return false;
        }

        changesInARow = !membersChanged ? changesInARow : nowNs - nextChangeNs < CalmNs ? changesInARow + 1 : 0;
        int doublings = membersChanged ? Math.Clamp(changesInARow - QuickChanges, 0, MostDoublings) : 0;
        nextChangeNs = nowNs + (timing.ViewChangeNs << doublings);
        membersChanged = false;
        packagesChanged = false;
        return true;
    }

    /// <summary>When <see cref="OnTimer"/> has something to do.</summary>
    public long NextTimerNs()
    {
        long next = membersChanged || packagesChanged ? Math.Min(nextHelloNs, nextChangeNs) : nextHelloNs;
        for (int i = 0; i < Peers.Count; i++)
        {
            Peer peer = Peers[i];
            next = Math.Min(next, peer.Suspect ? peer.NextPingNs : peer.EvidenceNs + timing.SuspectNs);
        }

        expectedTimerNs = next;
        return next;
    }

    /// <summary>
    /// Finds the board that sent a message and notes that it lives. Null for strangers, old incarnations and boards
    /// whose restart has not been announced yet.
    /// </summary>
    public Peer? Note(long nowNs, in MessageHeader header, IClusterEffects effects)
    {
        Peer? peer = Peers.Find(header.Sender);
        if (peer is null)
        {
            return null;
        }

        if (peer.Member.Incarnation != header.Incarnation)
        {
            if (header.Incarnation < peer.Member.Incarnation)
            {
                port.Counters.IgnoredOldIncarnation++;
            }

            return null;
        }

        peer.DirectNs = nowNs;
        Refresh(nowNs, peer, nowNs, effects);
        return peer;
    }

    /// <summary>A message of membership; false when it is malformed.</summary>
    public bool OnMessage(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IClusterEffects effects)
    {
        switch (header.Kind)
        {
            case MessageKind.Hello:
                return OnHello(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.View:
                return OnView(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.Leave:
                OnLeave(nowNs, header.Sender, header.Incarnation, true, effects);
                return reader.End && elements == 0;
            case MessageKind.Ping or MessageKind.PingAck or MessageKind.PingRequest:
                return OnPing(nowNs, from, header, ref reader, elements, effects);
            case MessageKind.WhoIs:
                return OnWhoIs(nowNs, from, ref reader, elements, effects);
            case MessageKind.Introduction:
                return OnIntroduction(nowNs, ref reader, elements, effects);
            default:
                return false;
        }
    }

    /// <summary>Suspects, pings and removes.</summary>
    public void OnTimer(long nowNs, IClusterEffects effects)
    {
        ForgiveOwnPause(nowNs);
        Peers.ForgetGoodbyes(nowNs);
        for (int i = Peers.Count - 1; i >= 0; i--)
        {
            Peer peer = Peers[i];
            if (!peer.Suspect && nowNs - peer.EvidenceNs >= timing.SuspectNs)
            {
                peer.Suspect = true;
                peer.PingsSent = evictWithoutPing ? timing.Pings : 0;
                peer.NextPingNs = nowNs;
                Log(effects, nowNs, ClusterEventKind.BoardSuspected, peer.Id, "");
            }

            if (!peer.Suspect || nowNs < peer.NextPingNs)
            {
                continue;
            }

            if (peer.PingsSent < timing.Pings)
            {
                Ping(nowNs, peer, effects);
                continue;
            }

            Peers.RemoveAt(i);
            membersChanged = true;
            Log(effects, nowNs, ClusterEventKind.BoardLost, peer.Id, "");
        }
    }

    /// <summary>Writes whom this node heard.</summary>
    public MessagePackWriter WriteView(long nowNs)
    {
        int goodbyes = 0;
        foreach ((ulong Id, uint Incarnation, long UntilNs) entry in Peers.Goodbyes)
        {
            goodbyes += entry.UntilNs > nowNs ? 1 : 0;
        }

        goodbyes = Math.Min(goodbyes, WireLimits.Boards + 6 - Peers.Count);
        MessagePackWriter writer = port.Begin();
        ViewMessage.Begin(ref writer, port.Header(MessageKind.View), Peers.Count + goodbyes);
        for (int i = 0; i < Peers.Count; i++)
        {
            Peer peer = Peers[i];
            long ageMs = Math.Clamp((nowNs - peer.DirectNs) / 1_000_000, 0, ViewMessage.Left - 1);
            ViewMessage.WriteMember(ref writer, peer.Id.Value, peer.Member.Incarnation, (uint)ageMs);
        }

        foreach ((ulong Id, uint Incarnation, long UntilNs) entry in Peers.Goodbyes)
        {
            if (entry.UntilNs > nowNs && goodbyes-- > 0)
            {
                ViewMessage.WriteMember(ref writer, entry.Id, entry.Incarnation, ViewMessage.Left);
            }
        }

        return writer;
    }

    /// <summary>Members of the view: every peer, and this board itself where there is one.</summary>
    public ImmutableArray<Member> Members(Member? self)
    {
        ImmutableArray<Member>.Builder members = ImmutableArray.CreateBuilder<Member>(Peers.Count + 1);
        for (int i = 0; i < Peers.Count; i++)
        {
            if (self is not null && (i == 0 || Peers[i - 1].Id.CompareTo(self.Id) < 0)
                && Peers[i].Id.CompareTo(self.Id) > 0)
            {
                members.Add(self);
            }

            members.Add(Peers[i].Member);
        }

        if (self is not null && members.Count == Peers.Count)
        {
            members.Add(self);
        }

        return members.DrainToImmutable();
    }

    /// <summary>What is known of every board, for people.</summary>
    public ImmutableArray<BoardStatus> Status(long nowNs)
    {
        ImmutableArray<BoardStatus>.Builder all = ImmutableArray.CreateBuilder<BoardStatus>(Peers.Count);
        for (int i = 0; i < Peers.Count; i++)
        {
            Peer peer = Peers[i];
            int whole = 0;
            foreach (ref readonly PackageAnnouncement announcement in peer.Packages)
            {
                whole += announcement.Whole ? 1 : 0;
            }

            all.Add(new BoardStatus(peer.Member, peer.Address, peer.DirectNs < 0 ? long.MaxValue : nowNs - peer.DirectNs,
                nowNs - peer.EvidenceNs, peer.Suspect, peer.ViewHash, whole));
        }

        return all.MoveToImmutable();
    }

    private static void Log(
        IClusterEffects effects, long nowNs, ClusterEventKind kind, BoardId board, string text) =>
        effects.Log(new ClusterEvent(nowNs, kind, board, text));

    private void Refresh(long nowNs, Peer peer, long evidenceNs, IClusterEffects effects)
    {
        peer.EvidenceNs = Math.Max(peer.EvidenceNs, evidenceNs);
        if (peer.Suspect && nowNs - peer.EvidenceNs < timing.SuspectNs)
        {
            peer.Suspect = false;
            Log(effects, nowNs, ClusterEventKind.BoardRefuted, peer.Id, "");
        }
    }

    private void Ping(long nowNs, Peer peer, IClusterEffects effects)
    {
        var ping = new PingMessage(nextNonce++, peer.Id.Value, peer.Member.Incarnation);
        Send(MessageKind.Ping, ping, peer.Address, effects);
        for (int i = 0; i < Peers.Count; i++)
        {
            Peer helper = Peers[nextHelper++ % Peers.Count];
            if (helper != peer && !helper.Suspect)
            {
                Send(MessageKind.PingRequest, ping, helper.Address, effects);
                break;
            }
        }

        nextHelper &= 0xffff;
        peer.PingsSent++;
        peer.NextPingNs = nowNs + (peer.PingsSent == timing.Pings ? timing.PingGraceNs : timing.PingNs);
    }

    private void Send(MessageKind kind, in PingMessage ping, PeerAddress to, IClusterEffects effects)
    {
        MessagePackWriter writer = port.Begin();
        ping.Write(ref writer, port.Header(kind));
        port.Send(writer, to, effects);
    }

    /// <summary>
    /// A node that was stopped itself has heard nobody, and must not hold that against them: it gives everybody the
    /// time it slept. At most once in two seconds, so that a node that is always late still notices who is gone.
    /// </summary>
    private void ForgiveOwnPause(long nowNs)
    {
        long sleptNs = nowNs - expectedTimerNs;
        if (sleptNs < timing.OwnPauseNs || nowNs - lastShiftNs < 2_000_000_000)
        {
            return;
        }

        lastShiftNs = nowNs;
        for (int i = 0; i < Peers.Count; i++)
        {
            Peer peer = Peers[i];
            peer.EvidenceNs = Math.Min(nowNs, peer.EvidenceNs + sleptNs);
            if (peer.Suspect)
            {
                peer.PingsSent = 0;
                peer.NextPingNs = nowNs;
            }
        }
    }
}
