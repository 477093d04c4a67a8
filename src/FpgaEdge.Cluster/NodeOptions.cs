using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>A plan as a pure function of view and costs; null when the network cannot run on these boards.</summary>
public delegate Plan? PlanFunction(ClusterView view, NetworkCosts costs);

/// <summary>What a board's node is made from.</summary>
public sealed record BoardOptions
{
    /// <summary>Boards with another cluster name are ignored.</summary>
    public required string ClusterName { get; init; }

    /// <summary>What this board announces of itself. The incarnation must be larger than at its last start.</summary>
    public required Member Self { get; init; }

    /// <summary>Makes plans; the same on all boards.</summary>
    public required PlanFunction Planner { get; init; }

    /// <summary>Peers to greet besides the multicast group.</summary>
    public ImmutableArray<PeerAddress> StaticPeers { get; init; } = [];

    /// <summary>How datagrams are protected.</summary>
    public IDatagramSeal Seal { get; init; } = new ChecksumSeal();

    /// <summary>Where everything random comes from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Frames that one stage holds at once, from its first chunk until its result is acknowledged.</summary>
    public int SlotsPerStage { get; init; } = 4;

    /// <summary>Times of the protocol.</summary>
    public ClusterTiming Timing { get; init; } = new();

    /// <summary>Mistakes to make on purpose, for tests of the tests.</summary>
    internal PlantedBug PlantedBug { get; init; }
}

/// <summary>What a client's node is made from.</summary>
public sealed record ClientOptions
{
    /// <summary>The cluster to talk to.</summary>
    public required string ClusterName { get; init; }

    /// <summary>Identity of the client: random, or stable; not that of any other client.</summary>
    public required ulong ClientId { get; init; }

    /// <summary>Boards to greet besides the multicast group.</summary>
    public ImmutableArray<PeerAddress> StaticPeers { get; init; } = [];

    /// <summary>How datagrams are protected.</summary>
    public IDatagramSeal Seal { get; init; } = new ChecksumSeal();

    /// <summary>Where everything random comes from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Grows with each start of the same client.</summary>
    public uint Incarnation { get; init; } = 1;

    /// <summary>Speed of the client's link, for pacing.</summary>
    public long LinkBitsPerSecond { get; init; } = 1_000_000_000;

    /// <summary>Frames of one request under way at once; each costs one input and one output in memory.</summary>
    public int FramesInFlight { get; init; } = 16;

    /// <summary>Times of the protocol.</summary>
    public ClusterTiming Timing { get; init; } = new();

    /// <summary>Mistakes to make on purpose, for tests of the tests.</summary>
    internal PlantedBug PlantedBug { get; init; }
}

/// <summary>
/// Times of the protocol, in nanoseconds. The defaults carry the promises; all boards should use the same.
/// </summary>
public sealed record ClusterTiming
{
    /// <summary>Between two hellos.</summary>
    public long HelloNs { get; init; } = 200_000_000;

    /// <summary>Silence after which a board is suspected: two hellos missed, plus jitter.</summary>
    public long SuspectNs { get; init; } = 450_000_000;

    /// <summary>Pings to a suspect.</summary>
    public int Pings { get; init; } = 16;

    /// <summary>Between two pings.</summary>
    public long PingNs { get; init; } = 25_000_000;

    /// <summary>After the last ping, before a silent suspect is removed.</summary>
    public long PingGraceNs { get; init; } = 50_000_000;

    /// <summary>How long a goodbye is remembered, so that no late hello brings the board back.</summary>
    public long TombstoneNs { get; init; } = 5_000_000_000;

    /// <summary>Silence after which a client is forgotten and its frames are dropped.</summary>
    public long ClientLostNs { get; init; } = 3_000_000_000;

    /// <summary>
    /// A timer later than this means that this node itself was paused: silence of others is then not held against them.
    /// </summary>
    public long OwnPauseNs { get; init; } = 100_000_000;

    /// <summary>
    /// From one change of the view to the next, at least: the first takes effect at once, what follows is taken together. When
    /// members come and go without end, it doubles up to 32 times: a change costs a new view and new plans, and without a key
    /// anybody can cause changes.
    /// </summary>
    public long ViewChangeNs { get; init; } = 5_000_000;

    /// <summary>First retransmission time of a chunk, before a round trip was measured.</summary>
    public long FirstRetransmitNs { get; init; } = 30_000_000;

    /// <summary>Shortest retransmission time.</summary>
    public long MinimumRetransmitNs { get; init; } = 5_000_000;

    /// <summary>Between two questions of a client about a frame from which nothing was heard.</summary>
    public long FrameQueryNs { get; init; } = 500_000_000;
}

/// <summary>Mistakes that tests plant to see that the checkers find them.</summary>
internal enum PlantedBug : byte
{
    None = 0,
    SkipDuplicateSuppression,
    DeliverWithoutOrder,
    EvictWithoutPing,
    IgnoreIncarnation,
    ForgetResend,
    AcceptDamaged,
    IgnoreCredit,
    RepeatCommands,
}
