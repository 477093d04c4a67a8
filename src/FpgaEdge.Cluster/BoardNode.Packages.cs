using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>Packages: wanted because a peer or a client has them, fetched, served.</content>
public sealed partial class BoardNode
{
    /// <summary>The package cannot be used on this board: it is not planned with.</summary>
    public void OnPackageRefused(long nowNs, PackageHash package, string reason, IBoardEffects effects)
    {
        if (packages.Find(package) is { } entry)
        {
            entry.Refused = true;
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.PackageDamaged, options.Self.Id, $"{package}: {reason}"));
        }
    }

    private bool OnPackageOffer(
        long nowNs, PeerAddress from, in MessageHeader header, ref MessagePackReader reader, int elements,
        IBoardEffects effects)
    {
        if (!PackageOfferMessage.TryRead(ref reader, elements, out PackageOfferMessage offer) || !reader.End)
        {
            return false;
        }

        if (FindOrAddClient(nowNs, from, header, effects) is { } client
            && Want(nowNs, offer.Hash.ToPackage(), offer.Bytes, effects) is { } entry)
        {
            entry.AddOffer(client.Id);
            packages.Pump(nowNs, port, membership.Peers, clients, effects);
        }

        return true;
    }

    private bool OnPackageRequest(PeerAddress from, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PackageRequestMessage.TryRead(ref reader, elements, out PackageRequestMessage request) || !reader.End)
        {
            return false;
        }

        packages.Find(request.Hash.ToPackage())?.Serve(request, port, from, effects);
        return true;
    }

    private bool OnPackageChunk(long nowNs, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PackageChunkMessage.TryRead(ref reader, elements, out PackageChunkMessage chunk) || !reader.End)
        {
            return false;
        }

        PackageEntry? entry = packages.Find(chunk.Hash.ToPackage());
        if (entry is null)
        {
            return true;
        }

        if (entry.OnChunk(nowNs, chunk, out bool damaged))
        {
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.PackageComplete, options.Self.Id, $"{entry.Hash} {entry.Size} bytes"));
            effects.PackageComplete(entry.Hash, entry.Bytes);
            OnPackagesChanged(nowNs, effects);
        }
        else if (damaged)
        {
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.PackageDamaged, options.Self.Id, $"{entry.Hash} fetched again"));
        }

        entry.Pump(nowNs, port, membership.Peers, clients, effects);
        return true;
    }

    private PackageEntry? Want(long nowNs, PackageHash hash, int size, IBoardEffects effects)
    {
        PackageEntry? entry = packages.Find(hash);
        if (entry is not null)
        {
            return entry;
        }

        entry = packages.Add(new PackageEntry(hash, size));
        if (entry is null)
        {
            Counters.IgnoredLimit++;
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.LimitReached, default, $"more than {WireLimits.Packages} packages"));
        }

        return entry;
    }

    /// <summary>Wants whatever a peer has whole, and looks for sources again.</summary>
    private void WantPeersPackages(long nowNs, IBoardEffects effects)
    {
        for (int i = 0; i < membership.Peers.Count; i++)
        {
            foreach (ref readonly PackageAnnouncement announced in membership.Peers[i].Packages)
            {
                if (announced.Whole
                    && Want(nowNs, announced.Hash.ToPackage(), announced.Bytes, effects) is { Whole: false } entry)
                {
                    entry.Hurry();
                }
            }
        }

        packages.Pump(nowNs, port, membership.Peers, clients, effects);
    }
}
