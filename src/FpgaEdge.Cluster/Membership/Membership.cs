using System.Collections.Immutable;
using System.Text;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>
/// Who is there. Boards greet every 200 ms; with every greeting goes the list of whom the sender heard, and how long
/// ago, so that evidence of life travels around one-way cuts. A board without fresh evidence is suspected and pinged,
/// directly and through others; only when nothing comes back is it removed. Each node decides for itself; there are no
/// rumours of death, so there is nothing to refute but one's own silence.
/// </summary>
internal sealed class Membership
{
    private const long SoonNs = 20_000_000;
    private const int Relays = 64;
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

    /// <summary>Set when boards came, went, restarted, or their packages or plans changed.</summary>
    public bool Changed { get; set; }

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

    /// <summary>When <see cref="OnTimer"/> has something to do.</summary>
    public long NextTimerNs()
    {
        long next = nextHelloNs;
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
            Changed = true;
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

    private static Member Describe(
        ulong id, uint incarnation, ReadOnlySpan<byte> board, ReadOnlySpan<byte> configuration,
        long clock, long link, long memory) =>
        new(new BoardId(id), incarnation, Encoding.UTF8.GetString(board), Encoding.UTF8.GetString(configuration),
            clock, link, memory);

    private bool OnHello(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IClusterEffects effects)
    {
        if (!HelloMessage.TryBegin(ref reader, elements, out HelloMessage hello))
        {
            return false;
        }

        for (int i = 0; i < hello.PackageCount; i++)
        {
            if (!HelloMessage.TryReadPackage(ref reader, out announced[i]))
            {
                return false;
            }
        }

        if (!reader.End)
        {
            return false;
        }

        if (Peers.SaidGoodbye(header.Sender, header.Incarnation))
        {
            port.Counters.IgnoredOldIncarnation++;
            return true;
        }

        Peer? peer = Peers.Find(header.Sender);
        if (peer is not null && header.Incarnation < peer.Member.Incarnation && !ignoreIncarnation)
        {
            port.Counters.IgnoredOldIncarnation++;
            return true;
        }

        peer = Admit(nowNs, peer, header.Sender, header.Incarnation, hello.Board, hello.Configuration,
            hello.ClockHertz, hello.LinkBitsPerSecond, hello.MemoryBytes, effects);
        if (peer is null)
        {
            return true;
        }

        if (peer.Address != from && nowNs - peer.AddressHeardNs > timing.SuspectNs)
        {
            peer.Address = from;
        }

        peer.AddressHeardNs = peer.Address == from ? nowNs : peer.AddressHeardNs;
        peer.DirectNs = nowNs;
        peer.ViewHash = hello.ViewHash;
        Epoch = Math.Max(Epoch, hello.Epoch);
        Changed |= peer.SetPackages(announced.AsSpan(0, hello.PackageCount));
        Refresh(nowNs, peer, nowNs, effects);
        return true;
    }

    /// <summary>The entry of a board that announced itself: a new one, a restarted one, or the one we had.</summary>
    private Peer? Admit(
        long nowNs, Peer? peer, ulong id, uint incarnation, ReadOnlySpan<byte> board, ReadOnlySpan<byte> configuration,
        long clock, long link, long memory, IClusterEffects effects)
    {
        if (peer is null)
        {
            peer = new Peer { Member = Describe(id, incarnation, board, configuration, clock, link, memory) };
            if (!Peers.TryAdd(peer))
            {
                port.Counters.IgnoredLimit++;
                Log(effects, nowNs, ClusterEventKind.LimitReached, peer.Id, $"more than {WireLimits.Boards} boards");
                return null;
            }

            Changed = true;
            HelloSoon(nowNs);
            Log(effects, nowNs, ClusterEventKind.BoardJoined, peer.Id, peer.Member.Board);
            return peer;
        }

        Member known = peer.Member;
        if (known.Incarnation == incarnation && known.ClockHertz == clock && known.LinkBitsPerSecond == link
            && known.MemoryBytes == memory && Peer.SameText(known.Board, board)
            && Peer.SameText(known.VtaConfiguration, configuration))
        {
            return peer;
        }

        peer.Member = Describe(id, incarnation, board, configuration, clock, link, memory);
        peer.SetPackages([]);
        Changed = true;
        HelloSoon(nowNs);
        Log(effects, nowNs, known.Incarnation == incarnation
            ? ClusterEventKind.IdentityConflict : ClusterEventKind.BoardRestarted, peer.Id, peer.Member.Board);
        return peer;
    }

    private bool OnView(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IClusterEffects effects)
    {
        if (!ViewMessage.TryBegin(ref reader, elements, out int count))
        {
            return false;
        }

        bool trusted = Peers.Find(header.Sender)?.Member.Incarnation == header.Incarnation;
        for (int i = 0; i < count; i++)
        {
            if (!ViewMessage.TryReadMember(ref reader, out ulong id, out uint incarnation, out uint ageMs))
            {
                return false;
            }

            if (trusted && id != port.Id)
            {
                OnViewEntry(nowNs, from, id, incarnation, ageMs, effects);
            }
        }

        return reader.End;
    }

    private void OnViewEntry(
        long nowNs, PeerAddress from, ulong id, uint incarnation, uint ageMs, IClusterEffects effects)
    {
        if (ageMs == ViewMessage.Left)
        {
            OnLeave(nowNs, id, incarnation, false, effects);
            return;
        }

        long evidenceNs = nowNs - (ageMs * 1_000_000L);
        Peer? peer = Peers.Find(id);
        if (peer is not null && peer.Member.Incarnation == incarnation)
        {
            Refresh(nowNs, peer, evidenceNs, effects);
            return;
        }

        if ((peer is null || peer.Member.Incarnation < incarnation) && nowNs - evidenceNs < timing.SuspectNs
            && !Peers.SaidGoodbye(id, incarnation))
        {
            MessagePackWriter writer = port.Begin();
            new WhoIsMessage(id).Write(ref writer, port.Header(MessageKind.WhoIs));
            port.Send(writer, from, effects);
        }
    }

    private void OnLeave(long nowNs, ulong id, uint incarnation, bool direct, IClusterEffects effects)
    {
        if (!direct && Peers.SaidGoodbye(id, incarnation))
        {
            return;
        }

        Peer? peer = Peers.Find(id);
        if (peer is not null && peer.Member.Incarnation > incarnation)
        {
            return;
        }

        if (!Peers.SaidGoodbye(id, incarnation))
        {
            Peers.AddGoodbye(id, incarnation, nowNs + timing.TombstoneNs);
        }

        if (peer is not null)
        {
            Peers.Remove(peer);
            Changed = true;
            Log(effects, nowNs, ClusterEventKind.BoardLeft, peer.Id, "");
        }
    }

    private bool OnPing(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IClusterEffects effects)
    {
        if (!PingMessage.TryRead(ref reader, elements, out PingMessage ping) || !reader.End)
        {
            return false;
        }

        switch (header.Kind)
        {
            case MessageKind.Ping when ping.Subject == port.Id && isBoard:
                Send(MessageKind.PingAck, new PingMessage(ping.Nonce, port.Id, port.Incarnation), from, effects);
                break;
            case MessageKind.PingRequest when isBoard && Peers.Find(ping.Subject) is { } subject:
                uint nonce = nextNonce++;
                relays[nonce % Relays] = (nonce, from, ping.Nonce);
                Send(MessageKind.Ping, ping with { Nonce = nonce }, subject.Address, effects);
                break;
            case MessageKind.PingAck:
                OnPingAck(nowNs, header, ping, effects);
                break;
        }

        return true;
    }

    private void OnPingAck(long nowNs, in MessageHeader header, in PingMessage ack, IClusterEffects effects)
    {
        if (ack.Subject != header.Sender)
        {
            if (Peers.Find(ack.Subject) is { } peer && peer.Member.Incarnation == ack.SubjectIncarnation)
            {
                Refresh(nowNs, peer, nowNs, effects);
            }

            return;
        }

        ref (uint Nonce, PeerAddress Origin, uint OriginNonce) relay = ref relays[ack.Nonce % Relays];
        if (relay.Nonce == ack.Nonce && !relay.Origin.IsNone)
        {
            Send(MessageKind.PingAck, ack with { Nonce = relay.OriginNonce }, relay.Origin, effects);
            relay = default;
        }
    }

    private bool OnWhoIs(
        long nowNs, PeerAddress from, ref MessagePackReader reader, int elements, IClusterEffects effects)
    {
        if (!WhoIsMessage.TryRead(ref reader, elements, out WhoIsMessage question) || !reader.End)
        {
            return false;
        }

        if (Peers.Find(question.Subject) is not { } peer)
        {
            return true;
        }

        Span<byte> board = stackalloc byte[WireLimits.NameBytes];
        Span<byte> configuration = stackalloc byte[WireLimits.NameBytes];
        Encoding.UTF8.TryGetBytes(peer.Member.Board, board, out int boardBytes);
        Encoding.UTF8.TryGetBytes(peer.Member.VtaConfiguration, configuration, out int configurationBytes);
        scoped MessagePackWriter writer = port.Begin();
        new IntroductionMessage
        {
            Subject = peer.Id.Value,
            SubjectIncarnation = peer.Member.Incarnation,
            AddressHigh = peer.Address.High,
            AddressLow = peer.Address.Low,
            Port = peer.Address.Port,
            AgeMs = (uint)Math.Clamp((nowNs - peer.DirectNs) / 1_000_000, 0, ViewMessage.Left - 1),
            Board = board[..boardBytes],
            Configuration = configuration[..configurationBytes],
            ClockHertz = peer.Member.ClockHertz,
            LinkBitsPerSecond = peer.Member.LinkBitsPerSecond,
            MemoryBytes = peer.Member.MemoryBytes,
        }.Write(ref writer, port.Header(MessageKind.Introduction));
        port.Send(writer, from, effects);
        return true;
    }

    private bool OnIntroduction(long nowNs, ref MessagePackReader reader, int elements, IClusterEffects effects)
    {
        if (!IntroductionMessage.TryRead(ref reader, elements, out IntroductionMessage who) || !reader.End)
        {
            return false;
        }

        long evidenceNs = nowNs - (who.AgeMs * 1_000_000L);
        Peer? peer = Peers.Find(who.Subject);
        if (who.Subject == port.Id || nowNs - evidenceNs >= timing.SuspectNs
            || Peers.SaidGoodbye(who.Subject, who.SubjectIncarnation)
            || (peer is not null && peer.Member.Incarnation >= who.SubjectIncarnation))
        {
            return true;
        }

        peer = Admit(nowNs, peer, who.Subject, who.SubjectIncarnation, who.Board, who.Configuration,
            who.ClockHertz, who.LinkBitsPerSecond, who.MemoryBytes, effects);
        if (peer is null)
        {
            return true;
        }

        if (peer.Address.IsNone)
        {
            peer.Address = new PeerAddress(who.AddressHigh, who.AddressLow, 0, (ushort)who.Port);
        }

        Refresh(nowNs, peer, evidenceNs, effects);
        return true;
    }

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
