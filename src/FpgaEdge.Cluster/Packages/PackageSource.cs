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
