namespace FpgaEdge.Cluster;

/// <summary>What a node counted since its start. Everything that was ignored is counted under its reason.</summary>
public sealed class NodeCounters
{
    /// <summary>Datagrams handed to the node.</summary>
    public long Received { get; internal set; }

    /// <summary>Datagrams the node sent.</summary>
    public long Sent { get; internal set; }

    /// <summary>Ignored: damaged, random or of impossible size.</summary>
    public long IgnoredDamaged { get; internal set; }

    /// <summary>Ignored: not authentic.</summary>
    public long IgnoredForged { get; internal set; }

    /// <summary>Ignored: seen before.</summary>
    public long IgnoredReplayed { get; internal set; }

    /// <summary>Ignored: sealed correctly but not a message of this protocol.</summary>
    public long IgnoredMalformed { get; internal set; }

    /// <summary>Ignored: another version of the protocol.</summary>
    public long IgnoredVersion { get; internal set; }

    /// <summary>Ignored: another cluster name.</summary>
    public long IgnoredOtherCluster { get; internal set; }

    /// <summary>Ignored: sealed with a key where this node has none, or without one where it has one.</summary>
    public long IgnoredOtherSeal { get; internal set; }

    /// <summary>Ignored: our own multicast coming back.</summary>
    public long IgnoredOwn { get; internal set; }

    /// <summary>Ignored: an older incarnation, or a board that said goodbye.</summary>
    public long IgnoredOldIncarnation { get; internal set; }

    /// <summary>Ignored: a sender that is not known as a member or client.</summary>
    public long IgnoredStranger { get; internal set; }

    /// <summary>Ignored: beyond a fixed limit.</summary>
    public long IgnoredLimit { get; internal set; }

    /// <summary>Data of a plan that is not ours; answered, never executed.</summary>
    public long StalePlan { get; internal set; }

    /// <summary>Chunks that arrived more than once.</summary>
    public long DuplicateChunks { get; internal set; }

    /// <summary>Chunks sent again.</summary>
    public long RetransmittedChunks { get; internal set; }

    /// <summary>Frames of which another copy was already done.</summary>
    public long DuplicateFrames { get; internal set; }

    /// <summary>Frames that had to wait for a free slot.</summary>
    public long FramesWaited { get; internal set; }

    /// <summary>Frames handed to execution.</summary>
    public long FramesExecuted { get; internal set; }

    /// <summary>Frames dropped because their deadline passed here.</summary>
    public long FramesExpired { get; internal set; }

    /// <summary>Frames dropped because their plan or client is gone.</summary>
    public long FramesDropped { get; internal set; }

    /// <summary>Frames sent again by a client.</summary>
    public long FramesResent { get; internal set; }
}
