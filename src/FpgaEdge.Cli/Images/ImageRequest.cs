namespace FpgaEdge.Cli.Images;

/// <summary>What <c>image build</c> was asked for.</summary>
internal sealed record ImageRequest
{
    /// <summary>Name of a folder in bsp/.</summary>
    public required string Board { get; init; }

    /// <summary>The image to write.</summary>
    public required string Output { get; init; }

    /// <summary>The folder that holds the boards' folders.</summary>
    public required string BspFolder { get; init; }

    /// <summary>Where the files that this project does not make are looked for, in order.</summary>
    public required IReadOnlyList<string> FileFolders { get; init; }

    /// <summary>Folder or tarball of the root file system; null: a folder <c>root</c> among the files.</summary>
    public string? Root { get; init; }

    /// <summary>The board's program; null for a root that brings it.</summary>
    public string? Daemon { get; init; }

    /// <summary>The cluster's key file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Public key of the updates that the board takes; null for none.</summary>
    public string? UpdateKey { get; init; }

    /// <summary>The board's name; may be changed for each card when it is flashed.</summary>
    public string Name { get; init; } = "";

    /// <summary>The cluster.</summary>
    public string Cluster { get; init; } = "default";

    /// <summary>The board's address with prefix length, or "dhcp".</summary>
    public string Address { get; init; } = "dhcp";

    /// <summary>Packages that the board has from the start.</summary>
    public IReadOnlyList<string> Packages { get; init; } = [];

    /// <summary>Whether slot B gets the same content as slot A instead of staying empty.</summary>
    public bool BothSlots { get; init; }

    /// <summary>The time of everything on the card, in seconds since 1970.</summary>
    public long Epoch { get; init; } = DefaultEpoch;

    /// <summary>2025-01-01: a fixed time, so that the same inputs give the same bytes.</summary>
    public const long DefaultEpoch = 1735689600;
}
