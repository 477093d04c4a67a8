namespace FpgaEdge.Wire;

/// <summary>
/// Every fixed limit of the protocol, in one place. Nothing a peer sends can make anything grow beyond these.
/// </summary>
public static class WireLimits
{
    /// <summary>Version of the datagram formats; the first element of every message.</summary>
    public const int ProtocolVersion = 1;

    /// <summary>Largest UDP payload, in bytes, seal included.</summary>
    public const int DatagramBytes = 1400;

    /// <summary>Largest message, in bytes, before it is sealed: leaves room for the largest seal.</summary>
    public const int MessageBytes = DatagramBytes - SealBytes;

    /// <summary>Room kept in every datagram for the seal, in bytes.</summary>
    public const int SealBytes = 64;

    /// <summary>
    /// Payload bytes of a full chunk of a frame or of a package: a multiple of 16, so that chunks stay aligned.
    /// </summary>
    public const int ChunkBytes = 1232;

    /// <summary>Largest frame on the wire, in bytes, stage statistics included.</summary>
    public const int FrameBytes = 16 << 20;

    /// <summary>Largest package, in bytes.</summary>
    public const int PackageBytes = 64 << 20;

    /// <summary>All packages of a node together, in bytes.</summary>
    public const long AllPackagesBytes = 128L << 20;

    /// <summary>Boards in one cluster.</summary>
    public const int Boards = 64;

    /// <summary>Clients a board talks to at the same time.</summary>
    public const int Clients = 16;

    /// <summary>Packages in one cluster.</summary>
    public const int Packages = 16;

    /// <summary>Stages in one plan.</summary>
    public const int Stages = 64;

    /// <summary>Bytes of ASCII in a board's name, type or accelerator configuration.</summary>
    public const int NameBytes = 64;

    /// <summary>Bytes of UTF-8 in the text of an error.</summary>
    public const int ErrorTextBytes = 256;

    /// <summary>Chunks of the answer to a command: the bits of the mask that asks for them.</summary>
    public const int AnswerChunks = 64;

    /// <summary>Largest answer to a command, in bytes.</summary>
    public const int AnswerBytes = AnswerChunks * ChunkBytes;

    /// <summary>Bytes of the digest of a package's block.</summary>
    public const int BlockDigestBytes = 16;

    /// <summary>Blocks whose digests go in one datagram.</summary>
    public const int OutlineBlocks = 64;

    /// <summary>Chunks that one package request can ask for: the bits of its mask.</summary>
    public const int PackageRequestChunks = 64;

    /// <summary>Chunks that the mask of one acknowledgement covers.</summary>
    public const int AckMaskChunks = 256;

    /// <summary>Bytes of one stage's statistics at the end of a frame.</summary>
    public const int StageStatisticsBytes = 48;

    /// <summary>All of them, as <c>--version --verbose</c> prints them; units are in the names.</summary>
    public static IReadOnlyList<(string Name, long Value)> All { get; } =
    [
        (nameof(ProtocolVersion), ProtocolVersion),
        (nameof(DatagramBytes), DatagramBytes),
        (nameof(MessageBytes), MessageBytes),
        (nameof(SealBytes), SealBytes),
        (nameof(ChunkBytes), ChunkBytes),
        (nameof(FrameBytes), FrameBytes),
        (nameof(PackageBytes), PackageBytes),
        (nameof(AllPackagesBytes), AllPackagesBytes),
        (nameof(Boards), Boards),
        (nameof(Clients), Clients),
        (nameof(Packages), Packages),
        (nameof(Stages), Stages),
        (nameof(NameBytes), NameBytes),
        (nameof(ErrorTextBytes), ErrorTextBytes),
        (nameof(AnswerChunks), AnswerChunks),
        (nameof(AnswerBytes), AnswerBytes),
        (nameof(BlockDigestBytes), BlockDigestBytes),
        (nameof(OutlineBlocks), OutlineBlocks),
        (nameof(PackageRequestChunks), PackageRequestChunks),
        (nameof(AckMaskChunks), AckMaskChunks),
        (nameof(StageStatisticsBytes), StageStatisticsBytes),
    ];
}
