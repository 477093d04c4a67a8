using System.Text;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>What each message of membership does.</content>
internal sealed partial class Membership
{
    private static Member Describe(
        ulong id, uint incarnation, ReadOnlySpan<byte> name, ReadOnlySpan<byte> board, ReadOnlySpan<byte> configuration,
        long clock, long link, long memory) =>
        new(new BoardId(id), incarnation, Encoding.ASCII.GetString(board), Encoding.ASCII.GetString(configuration),
            clock, link, memory) { Name = Encoding.ASCII.GetString(name) };

    private static string Called(Member member) =>
        member.Name.Length == 0 ? member.Board : $"{member.Name}, {member.Board}";

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

        peer = Admit(nowNs, peer, header.Sender, header.Incarnation, hello.Name, hello.Board,
            hello.Configuration, hello.ClockHertz, hello.LinkBitsPerSecond, hello.MemoryBytes, effects);
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
        packagesChanged |= peer.SetPackages(announced.AsSpan(0, hello.PackageCount));
        Refresh(nowNs, peer, nowNs, effects);
        return true;
    }

    /// <summary>The entry of a board that announced itself: a new one, a restarted one, or the one we had.</summary>
    private Peer? Admit(
        long nowNs, Peer? peer, ulong id, uint incarnation, ReadOnlySpan<byte> name, ReadOnlySpan<byte> board,
        ReadOnlySpan<byte> configuration, long clock, long link, long memory, IClusterEffects effects)
    {
        if (peer is null)
        {
            peer = new Peer { Member = Describe(id, incarnation, name, board, configuration, clock, link, memory) };
            if (!Peers.TryAdd(peer))
            {
                port.Counters.IgnoredLimit++;
                Log(effects, nowNs, ClusterEventKind.LimitReached, peer.Id, $"more than {WireLimits.Boards} boards");
                return null;
            }

            membersChanged = true;
            HelloSoon(nowNs);
            Log(effects, nowNs, ClusterEventKind.BoardJoined, peer.Id, Called(peer.Member));
            return peer;
        }

        Member known = peer.Member;
        if (known.Incarnation == incarnation && known.ClockHertz == clock && known.LinkBitsPerSecond == link
            && known.MemoryBytes == memory && Ascii.Equals(name, known.Name) && Ascii.Equals(board, known.Board)
            && Ascii.Equals(configuration, known.VtaConfiguration))
        {
            return peer;
        }

        peer.Member = Describe(id, incarnation, name, board, configuration, clock, link, memory);
        peer.SetPackages([]);
        membersChanged = true;
        HelloSoon(nowNs);
        Log(effects, nowNs, known.Incarnation == incarnation
            ? ClusterEventKind.IdentityConflict : ClusterEventKind.BoardRestarted, peer.Id, Called(peer.Member));
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
            membersChanged = true;
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

        Span<byte> name = stackalloc byte[WireLimits.NameBytes];
        Span<byte> board = stackalloc byte[WireLimits.NameBytes];
        Span<byte> configuration = stackalloc byte[WireLimits.NameBytes];
        int nameBytes = Encoding.ASCII.GetBytes(peer.Member.Name, name);
        int boardBytes = Encoding.ASCII.GetBytes(peer.Member.Board, board);
        int configurationBytes = Encoding.ASCII.GetBytes(peer.Member.VtaConfiguration, configuration);
        scoped MessagePackWriter writer = port.Begin();
        new IntroductionMessage
        {
            Subject = peer.Id.Value,
            SubjectIncarnation = peer.Member.Incarnation,
            AddressHigh = peer.Address.High,
            AddressLow = peer.Address.Low,
            Port = peer.Address.Port,
            AgeMs = (uint)Math.Clamp((nowNs - peer.DirectNs) / 1_000_000, 0, ViewMessage.Left - 1),
            Name = name[..nameBytes],
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

        peer = Admit(nowNs, peer, who.Subject, who.SubjectIncarnation, who.Name, who.Board,
            who.Configuration, who.ClockHertz, who.LinkBitsPerSecond, who.MemoryBytes, effects);
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
}
