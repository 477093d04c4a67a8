using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>What a node knows of one board.</summary>
internal sealed class Peer
{
    private readonly PackageAnnouncement[] packages = new PackageAnnouncement[WireLimits.Packages];

    public required Member Member { get; set; }

    /// <summary>Where its datagrams come from.</summary>
    public PeerAddress Address { get; set; }

    /// <summary>When a hello last came from <see cref="Address"/>.</summary>
    public long AddressHeardNs { get; set; } = long.MinValue / 2;

    /// <summary>Round trips measured to it.</summary>
    public RoundTrip RoundTrip { get; } = new();

    /// <summary>Newest datagram from it, or long.MinValue when never heard directly.</summary>
    public long DirectNs { get; set; } = long.MinValue / 2;

    /// <summary>Newest evidence that it lives, our own or another member's.</summary>
    public long EvidenceNs { get; set; }

    /// <summary>True while it is being pinged.</summary>
    public bool Suspect { get; set; }

    /// <summary>Pings sent in this suspicion.</summary>
    public int PingsSent { get; set; }

    /// <summary>When the next ping is due, or the verdict.</summary>
    public long NextPingNs { get; set; }

    /// <summary>Hash of its view, as it says.</summary>
    public ulong ViewHash { get; set; }

    /// <summary>What it announced.</summary>
    public ReadOnlySpan<PackageAnnouncement> Packages => packages.AsSpan(0, PackageCount);

    public int PackageCount { get; private set; }

    public BoardId Id => Member.Id;

    /// <summary>Takes over the announced packages; true when anything differs.</summary>
    public bool SetPackages(ReadOnlySpan<PackageAnnouncement> announced)
    {
        if (announced.SequenceEqual(Packages))
        {
            return false;
        }

        announced.CopyTo(packages);
        PackageCount = announced.Length;
        return true;
    }

    /// <summary>What it announced of one package.</summary>
    public bool TryGetPackage(PackageHash hash, out PackageAnnouncement announcement)
    {
        Hash256 wanted = hash.ToWire();
        foreach (ref readonly PackageAnnouncement entry in Packages)
        {
            if (entry.Hash == wanted)
            {
                announcement = entry;
                return true;
            }
        }

        announcement = default;
        return false;
    }
}
