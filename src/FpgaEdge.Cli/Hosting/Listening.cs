using FpgaEdge.Cluster;

namespace FpgaEdge.Cli.Hosting;

/// <summary>Why a datagram was taken or ignored, as far as it helps people to find a missing board.</summary>
internal enum HeardKind
{
    /// <summary>Authentic and of this cluster.</summary>
    Accepted,

    /// <summary>Of a cluster with another name.</summary>
    OtherCluster,

    /// <summary>Of this cluster's name, but sealed with another key.</summary>
    OtherKey,

    /// <summary>With a key where this client has none, or the reverse.</summary>
    OtherSeal,

    /// <summary>Of another version of the protocol.</summary>
    OtherVersion,

    /// <summary>Not a datagram of this protocol.</summary>
    Damaged,
}

/// <summary>What arrived from one address.</summary>
/// <param name="From">The address.</param>
/// <param name="Kind">What became of the latest datagram.</param>
/// <param name="Datagrams">How many of that kind came in a row.</param>
/// <param name="SilentNs">Time since the latest one.</param>
internal readonly record struct HeardFrom(PeerAddress From, HeardKind Kind, long Datagrams, long SilentNs);

/// <summary>
/// Remembers who was heard and what became of it: the node counts what it ignores, but not whose it was. The client's
/// network thread writes; ask through its loop.
/// </summary>
internal sealed class Listening(NodeCounters counters)
{
    private const int MostAddresses = 256;
    private readonly Dictionary<PeerAddress, (HeardKind Kind, long Datagrams, long AtNs)> heard = [];

    /// <summary>What was ignored so far; taken before and after a step, it says what the step ignored.</summary>
    public Ignored Now => new(counters.IgnoredOwn, counters.IgnoredOtherCluster, counters.IgnoredForged,
        counters.IgnoredOtherSeal, counters.IgnoredVersion, counters.IgnoredDamaged + counters.IgnoredMalformed);

    /// <summary>Notes a datagram that the node was given.</summary>
    /// <param name="nowNs">When.</param>
    /// <param name="from">Whose.</param>
    /// <param name="before"><see cref="Now"/> before the node had it.</param>
    public void Note(long nowNs, PeerAddress from, in Ignored before)
    {
        Ignored after = Now;
        if (after.Own == before.Own)
        {
            Add(nowNs, from, KindOf(before, after));
        }
    }

    /// <summary>Everybody who was heard.</summary>
    public IReadOnlyList<HeardFrom> All(long nowNs) =>
        [.. heard.Select(entry => new HeardFrom(
            entry.Key, entry.Value.Kind, entry.Value.Datagrams, nowNs - entry.Value.AtNs))];

    private void Add(long nowNs, PeerAddress from, HeardKind kind)
    {
        bool known = heard.TryGetValue(from, out (HeardKind Kind, long Datagrams, long AtNs) entry);
        if (known || heard.Count < MostAddresses)
        {
            heard[from] = (kind, known && entry.Kind == kind ? entry.Datagrams + 1 : 1, nowNs);
        }
    }

    private static HeardKind KindOf(in Ignored before, in Ignored after) =>
        after.OtherCluster != before.OtherCluster ? HeardKind.OtherCluster
        : after.Forged != before.Forged ? HeardKind.OtherKey
        : after.OtherSeal != before.OtherSeal ? HeardKind.OtherSeal
        : after.OtherVersion != before.OtherVersion ? HeardKind.OtherVersion
        : after.Damaged != before.Damaged ? HeardKind.Damaged
        : HeardKind.Accepted;

    /// <summary>Counts of what was ignored, by reason.</summary>
    internal readonly record struct Ignored(
        long Own, long OtherCluster, long Forged, long OtherSeal, long OtherVersion, long Damaged);
}
