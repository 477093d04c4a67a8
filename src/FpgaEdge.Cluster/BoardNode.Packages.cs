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
            && Want(nowNs, offer.Hash.ToPackage(), offer.Bytes, effects) is { Fetch: { } fetch })
        {
            fetch.AddOffer(client.Id);
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

    private bool OnPackageOutlineQuery(
        PeerAddress from, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PackageOutlineQueryMessage.TryRead(ref reader, elements, out PackageOutlineQueryMessage query) || !reader.End)
        {
            return false;
        }

        packages.Find(query.Hash.ToPackage())?.ServeOutline(query, port, from, effects);
        return true;
    }

    private bool OnPackageOutline(
        long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PackageOutlineMessage.TryRead(ref reader, elements, out PackageOutlineMessage page) || !reader.End)
        {
            return false;
        }

        if (packages.Find(page.Hash.ToPackage()) is { Fetch: { } fetch } entry)
        {
            fetch.OnOutline(header.Sender, page);
            Advance(nowNs, entry, fetch, effects);
        }

        return true;
    }

    private bool OnPackageChunk(
        long nowNs, in MessageHeader header, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PackageChunkMessage.TryRead(ref reader, elements, out PackageChunkMessage chunk) || !reader.End)
        {
            return false;
        }

        if (packages.Find(chunk.Hash.ToPackage()) is { Fetch: { } fetch } entry)
        {
            int block = fetch.OnChunk(nowNs, header.Sender, chunk);
            if (block >= 0)
            {
                effects.PackageBlock(entry.Hash, entry.Size, block * PackageOutline.BlockBytes, fetch.BlockOf(block));
            }

            Advance(nowNs, entry, fetch, effects);
        }

        return true;
    }

    /// <summary>After something of a package came: is it whole, did somebody lie, what is to be asked for next?</summary>
    private void Advance(long nowNs, PackageEntry entry, PackageFetch fetch, IBoardEffects effects)
    {
        if (fetch.TryFinish(out byte[] whole))
        {
            entry.Complete(whole);
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.PackageComplete, options.Self.Id, $"{entry.Hash} {entry.Size} bytes"));
            effects.PackageComplete(entry.Hash, entry.Bytes);
            OnPackagesChanged(nowNs, effects);
            return;
        }

        if (fetch.TakeLiar() is not 0 and ulong liar)
        {
            effects.Log(new ClusterEvent(nowNs, ClusterEventKind.PackageDamaged, new BoardId(liar),
                $"{entry.Hash} sent wrong bytes; fetched from others"));
        }

        fetch.Pump(nowNs, port, membership.Peers, clients, effects);
    }

    private PackageEntry? Want(long nowNs, PackageHash hash, int size, IBoardEffects effects)
    {
        PackageEntry? entry = packages.Find(hash);
        if (entry is not null)
        {
            return entry;
        }

        entry = packages.Add(nowNs, new PackageEntry(hash, size));
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
                    && Want(nowNs, announced.Hash.ToPackage(), announced.Bytes, effects) is { Fetch: { } fetch })
                {
                    fetch.Hurry();
                }
            }
        }

        packages.Pump(nowNs, port, membership.Peers, clients, effects);
    }
}
