using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Greetings, and the clients that greet.</content>
public sealed partial class BoardNode
{
    private void SendHello(long nowNs, IBoardEffects effects)
    {
        MessagePackWriter writer = port.Begin();
        Member self = options.Self;
        new HelloMessage
        {
            Name = boardName,
            Board = boardType,
            Configuration = configuration,
            ClockHertz = self.ClockHertz,
            LinkBitsPerSecond = self.LinkBitsPerSecond,
            MemoryBytes = self.MemoryBytes,
            Epoch = membership.Epoch,
            ViewHash = viewHash,
            PackageCount = packages.Entries.Count,
        }.Begin(ref writer, port.Header(MessageKind.Hello));
        foreach (PackageEntry entry in packages.Entries)
        {
            HelloMessage.WritePackage(ref writer, Announce(entry));
        }

        SendToEverybody(writer, effects);
        SendToEverybody(membership.WriteView(nowNs), effects);
    }

    private PackageAnnouncement Announce(PackageEntry entry)
    {
        PackagePlans? decided = FindPlans(entry.Hash);
        StageRuntime? current = decided?.CurrentRuntime;
        return new PackageAnnouncement(entry.Hash.ToWire(), entry.Size, entry.Whole,
            decided?.Current?.Hash.Tag() ?? 0,
            decided?.Current is not null && (current is null || current.IsReady),
            decided?.Draining?.Plan.Hash.Tag() ?? 0);
    }

    private void SendToEverybody(in MessagePackWriter writer, IBoardEffects effects)
    {
        port.Multicast(writer, effects);
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            port.Send(writer, membership.Peers[i].Address, effects);
        }

        for (int i = 0; i < clients.Count; i++)
        {
            port.Send(writer, clients[i].Address, effects);
        }

        foreach (PeerAddress address in options.StaticPeers)
        {
            if (!IsKnown(address))
            {
                port.Send(writer, address, effects);
            }
        }
    }

    private bool IsKnown(PeerAddress address)
    {
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            if (membership.Peers[i].Address == address)
            {
                return true;
            }
        }

        return false;
    }

    private bool OnClientHello(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IBoardEffects effects)
    {
        ClientLink? client = FindOrAddClient(nowNs, from, header, effects);
        if (client is null)
        {
            return true;
        }

        client.Address = from;
        if (!client.OnHello(ref reader, elements))
        {
            return false;
        }

        DropUnwanted(nowNs, client, effects);
        return true;
    }

    /// <summary>
    /// A client that this board knows, or now gets to know; null when there are too many, or it is an old one.
    /// </summary>
    private ClientLink? FindOrAddClient(long nowNs, PeerAddress from, in MessageHeader header, IBoardEffects effects)
    {
        ClientLink? client = clients.Find(header.Sender);
        if (client is not null && client.Incarnation > header.Incarnation)
        {
            Counters.IgnoredOldIncarnation++;
            return null;
        }

        if (client is not null && client.Incarnation < header.Incarnation)
        {
            ForgetClient(nowNs, client, effects);
            client = null;
        }

        if (client is null)
        {
            client = new ClientLink { Id = header.Sender, Incarnation = header.Incarnation, Address = from };
            if (!clients.TryAdd(client))
            {
                Counters.IgnoredLimit++;
                return null;
            }

            membership.HelloSoon(nowNs);
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.ClientJoined, default, header.Sender.ToString("x16")));
        }

        client.HeardNs = nowNs;
        return client;
    }

    private void ForgetClients(long nowNs, IBoardEffects effects)
    {
        for (int i = clients.Count - 1; i >= 0; i--)
        {
            if (nowNs - clients[i].HeardNs >= options.Timing.ClientLostNs)
            {
                ForgetClient(nowNs, clients[i], effects);
            }
        }
    }

    private void ForgetClient(long nowNs, ClientLink client, IBoardEffects effects)
    {
        clients.Remove(client);
        DropFramesOf(nowNs, client.Id, effects);
        effects.Log(new ClusterEvent(nowNs, ClusterEventKind.ClientLost, default, client.Id.ToString("x16")));
    }
}
