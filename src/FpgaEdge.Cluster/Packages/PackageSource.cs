using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>Somebody who has a package, as the node that fetches it knows them.</summary>
internal sealed class PackageSource
{
    public required ulong Id { get; init; }

    public PeerAddress Address { get; set; }

    /// <summary>Whether it still announces the package.</summary>
    public bool IsThere { get; set; }

    /// <summary>It sent what differs from its own claim, or claimed what the package's hash disproves.</summary>
    public bool IsLiar { get; set; }

    /// <summary>What it claims of its copy; default until it was heard.</summary>
    public Hash256 Root { get; set; }

    /// <summary>When it was last asked for digests.</summary>
    public long AskedNs { get; set; } = long.MinValue / 2;

    public bool IsUsable => IsThere && !IsLiar;
}

/// <summary>Everybody from whom one package can be had, and whom not to ask again.</summary>
internal sealed class PackageSources
{
    private const int Offers = 4;
    private readonly List<PackageSource> sources = [];
    private readonly List<ulong> offers = new(Offers);
    private int rotor;

    public IReadOnlyList<PackageSource> All => sources;

    /// <summary>A client has the package and will send it; false when that is known, or there are too many.</summary>
    public bool AddOffer(ulong client)
    {
        if (offers.Contains(client) || offers.Count >= Offers)
        {
            return false;
        }

        offers.Add(client);
        return true;
    }

    public int Count(Func<PackageSource, bool> isWanted) => sources.Count(isWanted);

    public PackageSource? Find(ulong id) => sources.Find(source => source.Id == id);

    /// <summary>The next source in turn that is wanted, or null.</summary>
    public PackageSource? Next(Predicate<PackageSource> isWanted)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            rotor = (rotor + 1) % sources.Count;
            if (isWanted(sources[rotor]))
            {
                return sources[rotor];
            }
        }

        return null;
    }

    /// <summary>Who has the package now.</summary>
    public void LookAgain(PackageHash package, PeerTable peers, ClientTable clients)
    {
        foreach (PackageSource source in sources)
        {
            source.IsThere = false;
        }

        for (int i = 0; i < peers.Count; i++)
        {
            if (peers[i].TryGetPackage(package, out PackageAnnouncement announced) && announced.Whole)
            {
                Note(peers[i].Id.Value, peers[i].Address);
            }
        }

        foreach (ulong offer in offers)
        {
            if (clients.Find(offer) is { } client)
            {
                Note(client.Id, client.Address);
            }
        }

        sources.RemoveAll(source => !source.IsThere && sources.Count > 2 * WireLimits.Boards);
    }

    private void Note(ulong id, PeerAddress address)
    {
        PackageSource? source = Find(id);
        if (source is null)
        {
            source = new PackageSource { Id = id };
            sources.Add(source);
        }

        source.Address = address;
        source.IsThere = true;
    }
}
