using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>The packages of a node, whole or being fetched; at most <see cref="WireLimits.Packages"/>.</summary>
internal sealed class PackageStore
{
    private readonly List<PackageEntry> entries = new(WireLimits.Packages);

    public List<PackageEntry> Entries => entries;

    public PackageEntry? Find(PackageHash hash)
    {
        foreach (PackageEntry entry in entries)
        {
            if (entry.Hash == hash)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>
    /// Adds a package, whole or wanted; null when there is no room. An entry being fetched is replaced by a whole one.
    /// </summary>
    public PackageEntry? Add(PackageEntry entry)
    {
        PackageEntry? known = Find(entry.Hash);
        if (known is not null && (known.Whole || !entry.Whole))
        {
            return known;
        }

        if (known is not null)
        {
            entries.Remove(known);
        }

        if (entries.Count >= WireLimits.Packages
            || entries.Sum(held => (long)held.Size) + entry.Size > WireLimits.AllPackagesBytes)
        {
            return null;
        }

        entries.Add(entry);
        return entry;
    }

    public long NextTimerNs()
    {
        long next = long.MaxValue;
        foreach (PackageEntry entry in entries)
        {
            next = Math.Min(next, entry.NextTimerNs());
        }

        return next;
    }

    public void Pump(long nowNs, NodePort port, PeerTable peers, ClientTable clients, IClusterEffects effects)
    {
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            entries[i].Pump(nowNs, port, peers, clients, effects);
            if (entries[i].IsHopeless(nowNs))
            {
                entries.RemoveAt(i);
            }
        }
    }
}
