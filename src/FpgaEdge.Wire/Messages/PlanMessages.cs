namespace FpgaEdge.Wire;

/// <summary>
/// Asks for a board's plan. Elements after the header: SHA-256 of the package (bin), first stage wanted.
/// </summary>
/// <param name="Package">SHA-256 of the package.</param>
/// <param name="FirstStage">Stages before this one are known already.</param>
public readonly record struct PlanQueryMessage(Hash256 Package, uint FirstStage)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 2);
        Package.Write(ref writer);
        writer.Write(FirstStage);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PlanQueryMessage message)
    {
        message = default;
        if (elements != 2 || !Hash256.TryRead(ref reader, out Hash256 hash) || !reader.TryReadUInt32(out uint first)
            || first >= WireLimits.Stages)
        {
            return false;
        }

        message = new PlanQueryMessage(hash, first);
        return true;
    }
}

/// <summary>
/// A plan, or a page of it. Elements after the header: SHA-256 of the package (bin), name of the plan (bin 16),
/// strategy, number of stages, index of the first stage here, and an array of stages; each stage is an array: first
/// node, one past the last node, bytes in, bytes out, modelled compute ns, modelled transfer ns, array of board
/// identities.
/// </summary>
public struct PlanInfoMessage
{
    private const int Elements = 6;
    private const int StageElements = 7;

    /// <summary>SHA-256 of the package.</summary>
    public Hash256 Package;

    /// <summary>The plan's name.</summary>
    public Hash128 Plan;

    /// <summary>Number of the strategy.</summary>
    public byte Strategy;

    /// <summary>Stages of the plan.</summary>
    public int StageCount;

    /// <summary>Index of the first stage in this message.</summary>
    public int FirstStage;

    /// <summary>Stages in this message; they follow.</summary>
    public int StagesHere;

    /// <summary>Writes everything but the stages; <see cref="StagesHere"/> stages must follow.</summary>
    public readonly void Begin(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        Package.Write(ref writer);
        Plan.Write(ref writer);
        writer.Write((uint)Strategy);
        writer.Write(StageCount);
        writer.Write(FirstStage);
        writer.WriteArrayHeader(StagesHere);
    }

    /// <summary>Reads everything but the stages; the reader then stands at the first of them.</summary>
    public static bool TryBegin(ref MessagePackReader reader, int elements, out PlanInfoMessage message)
    {
        message = default;
        return elements == Elements && Hash256.TryRead(ref reader, out message.Package)
            && Hash128.TryRead(ref reader, out message.Plan) && reader.TryReadByte(out message.Strategy)
            && reader.TryReadInt32(out message.StageCount) && message.StageCount is > 0 and <= WireLimits.Stages
            && reader.TryReadInt32(out message.FirstStage)
            && message.FirstStage >= 0 && message.FirstStage < message.StageCount
            && reader.TryReadArrayHeader(out message.StagesHere)
            && message.StagesHere <= message.StageCount - message.FirstStage;
    }

    /// <summary>
    /// Writes one stage without its boards; <see cref="PlanStageInfo.BoardCount"/> identities must follow.
    /// </summary>
    public static void BeginStage(ref MessagePackWriter writer, in PlanStageInfo stage)
    {
        writer.WriteArrayHeader(StageElements);
        writer.Write(stage.FirstNode);
        writer.Write(stage.LastNode);
        writer.Write(stage.InputBytes);
        writer.Write(stage.OutputBytes);
        writer.Write(stage.ComputeNs);
        writer.Write(stage.TransferNs);
        writer.WriteArrayHeader(stage.BoardCount);
    }

    /// <summary>Reads one stage without its boards; the identities follow.</summary>
    public static bool TryBeginStage(ref MessagePackReader reader, out PlanStageInfo stage)
    {
        stage = default;
        if (!reader.TryReadArrayHeader(out int count) || count != StageElements
            || !reader.TryReadInt32(out int first) || !reader.TryReadInt32(out int last) || first < 0 || last < first
            || !reader.TryReadInt32(out int bytesIn) || bytesIn is < 0 or > WireLimits.FrameBytes
            || !reader.TryReadInt32(out int bytesOut) || bytesOut is < 0 or > WireLimits.FrameBytes
            || !reader.TryReadInt64(out long compute) || !reader.TryReadInt64(out long transfer)
            || !reader.TryReadArrayHeader(out int boards) || boards is 0 or > WireLimits.Boards)
        {
            return false;
        }

        stage = new PlanStageInfo(first, last, bytesIn, bytesOut, compute, transfer, boards);
        return true;
    }
}

/// <summary>One stage in a <see cref="PlanInfoMessage"/>.</summary>
/// <param name="FirstNode">Index of the first node.</param>
/// <param name="LastNode">One past the last node.</param>
/// <param name="InputBytes">Bytes of the input tensors.</param>
/// <param name="OutputBytes">Bytes of the output tensors.</param>
/// <param name="ComputeNs">Modelled time for one frame.</param>
/// <param name="TransferNs">Modelled time to receive one frame.</param>
/// <param name="BoardCount">Boards that run it.</param>
public readonly record struct PlanStageInfo(
    int FirstNode, int LastNode, int InputBytes, int OutputBytes, long ComputeNs, long TransferNs, int BoardCount);
