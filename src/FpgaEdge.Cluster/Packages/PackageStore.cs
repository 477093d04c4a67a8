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
    public PackageEntry? Add(long nowNs, PackageEntry entry)
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

        if (!HasRoom(entry.Size))
        {
            entries.RemoveAll(held => held.Fetch?.IsHopeless(nowNs) == true);
            if (!HasRoom(entry.Size))
            {
                return null;
            }
        }

        entries.Add(entry);
        return entry;
    }

    public long NextTimerNs()
    {
        long next = long.MaxValue;
        foreach (PackageEntry entry in entries)
        {
            next = Math.Min(next, entry.Fetch?.NextTimerNs() ?? long.MaxValue);
        }

        return next;
    }

    public void Pump(long nowNs, NodePort port, PeerTable peers, ClientTable clients, IClusterEffects effects)
    {
        foreach (PackageEntry entry in entries)
        {
            entry.Fetch?.Pump(nowNs, port, peers, clients, effects);
        }
    }

    private bool HasRoom(int bytes) => entries.Count < WireLimits.Packages
        && entries.Sum(held => (long)held.Size) + bytes <= WireLimits.AllPackagesBytes;
}
