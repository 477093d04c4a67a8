using FpgaEdge.Planning;

namespace FpgaEdge.Cluster;

/// <summary>Something worth a line in a log or a timeline; what it says does not influence the protocol.</summary>
/// <param name="AtNs">When.</param>
/// <param name="Kind">What.</param>
/// <param name="Board">Whom it is about, or default.</param>
/// <param name="Text">Details for people; may be empty.</param>
public readonly record struct ClusterEvent(long AtNs, ClusterEventKind Kind, BoardId Board, string Text);

/// <summary>Kinds of events.</summary>
public enum ClusterEventKind : byte
{
    /// <summary>A board was heard for the first time, or again.</summary>
    BoardJoined,

    /// <summary>A board's hellos stopped; it is being pinged.</summary>
    BoardSuspected,

    /// <summary>A suspected board answered.</summary>
    BoardRefuted,

    /// <summary>A board did not answer and was removed.</summary>
    BoardLost,

    /// <summary>A board said goodbye and was removed.</summary>
    BoardLeft,

    /// <summary>A board was started again.</summary>
    BoardRestarted,

    /// <summary>Two boards claim one identity.</summary>
    IdentityConflict,

    /// <summary>A package is now whole on this board.</summary>
    PackageComplete,

    /// <summary>A package arrived damaged and is fetched again.</summary>
    PackageDamaged,

    /// <summary>A new plan was derived.</summary>
    PlanChanged,

    /// <summary>A stage is ready to execute.</summary>
    StageReady,

    /// <summary>A stage was dropped.</summary>
    StageReleased,

    /// <summary>A client appeared.</summary>
    ClientJoined,

    /// <summary>A client disappeared; its frames were dropped.</summary>
    ClientLost,

    /// <summary>Frames were sent again under a new plan or because they had vanished.</summary>
    FramesResent,

    /// <summary>A limit refused something: boards, clients or packages beyond the maximum.</summary>
    LimitReached,
}
