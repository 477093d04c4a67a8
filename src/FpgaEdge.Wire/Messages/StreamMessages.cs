using System.Runtime.CompilerServices;

namespace FpgaEdge.Wire;

/// <summary>What names one copy of a frame on its way to one stage. Five elements of every stream message.</summary>
/// <param name="Client">Who asked.</param>
/// <param name="Request">Number of the request at that client.</param>
/// <param name="Frame">Number of the frame in the request.</param>
/// <param name="Epoch">Which start of the frame this is: grows when the client sends it again.</param>
/// <param name="Stage">Stage the data is for; the number of stages means the client.</param>
public readonly record struct FrameAddress(ulong Client, uint Request, uint Frame, uint Epoch, uint Stage)
{
    internal const int Elements = 5;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(ref byte start, ref nint at)
    {
        UncheckedMessagePack.Write(ref start, ref at, Client);
        UncheckedMessagePack.Write(ref start, ref at, Request);
        UncheckedMessagePack.Write(ref start, ref at, Frame);
        UncheckedMessagePack.Write(ref start, ref at, Epoch);
        UncheckedMessagePack.Write(ref start, ref at, Stage);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(ref byte start, ref nint at, out FrameAddress address)
    {
        if (!UncheckedMessagePack.TryRead(ref start, ref at, out ulong client)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint request)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint frame)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint epoch)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint stage) || stage > WireLimits.Stages)
        {
            address = default;
            return false;
        }

        address = new FrameAddress(client, request, frame, epoch, stage);
        return true;
    }

    internal void Write(ref MessagePackWriter writer)
    {
        writer.Write(Client);
        writer.Write(Request);
        writer.Write(Frame);
        writer.Write(Epoch);
        writer.Write(Stage);
    }

    internal static bool TryRead(ref MessagePackReader reader, out FrameAddress address)
    {
        address = default;
        if (!reader.TryReadUInt64(out ulong client) || !reader.TryReadUInt32(out uint request)
            || !reader.TryReadUInt32(out uint frame) || !reader.TryReadUInt32(out uint epoch)
            || !reader.TryReadUInt32(out uint stage) || stage > WireLimits.Stages)
        {
            return false;
        }

        address = new FrameAddress(client, request, frame, epoch, stage);
        return true;
    }
}

/// <summary>Bits of <see cref="DataMessage.Flags"/>.</summary>
[Flags]
public enum DataFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Acknowledge at once: the sender has nothing more to send for now.</summary>
    AckNow = 1,

    /// <summary>To the client only: the frame failed; the payload is one byte of code and UTF-8 text.</summary>
    Error = 2,

    /// <summary>All bits that have a meaning.</summary>
    All = AckNow | Error,
}

/// <summary>
/// One chunk of a frame. Elements after the header: client, request, frame, epoch, stage, name of the plan (bin 16),
/// flags, bytes of the whole transfer, index of the chunk, time left until the deadline in microseconds, the sender's
/// clock in microseconds (mod 2^32), payload (bin). The transfer is the stage's input tensors followed by 48 bytes of
/// statistics for each stage the frame has passed. Chunk i starts at byte i × 1,232.
/// </summary>
public ref struct DataMessage
{
    private const int Elements = FrameAddress.Elements + 7;

    // Seven integers more than the address has, the plan, and the payload's header.
    private const int MostFieldBytes = (11 * UncheckedMessagePack.IntegerBytes) + 18 + 3;

    /// <summary>Which frame, for which stage.</summary>
    public FrameAddress Address;

    /// <summary>The plan it follows.</summary>
    public Hash128 Plan;

    /// <summary>See <see cref="DataFlags"/>.</summary>
    public DataFlags Flags;

    /// <summary>Bytes of the whole transfer.</summary>
    public int TotalBytes;

    /// <summary>Index of this chunk.</summary>
    public int Index;

    /// <summary>Time left until the frame's deadline.</summary>
    public ulong BudgetUs;

    /// <summary>The sender's clock, returned in the acknowledgement.</summary>
    public uint SentUs;

    /// <summary>The chunk's bytes.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Chunks of a transfer of this many bytes.</summary>
    public static int ChunksOf(int totalBytes) => (totalBytes + WireLimits.ChunkBytes - 1) / WireLimits.ChunkBytes;

    /// <summary>Bytes of chunk <paramref name="index"/>.</summary>
    public static int ChunkLength(int totalBytes, int index) =>
        Math.Min(WireLimits.ChunkBytes, totalBytes - (index * WireLimits.ChunkBytes));

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        ref byte room = ref writer.Room(MessageHeader.MostBytes + MostFieldBytes);
        if (!Unsafe.IsNullRef(ref room) && Payload.Length is > byte.MaxValue and <= ushort.MaxValue)
        {
            nint at = 0;
            header.Write(ref room, ref at, Elements);
            Write(ref room, ref at);
            writer.Advance((int)at);
            writer.WriteRaw(Payload);
            return;
        }

        header.Write(ref writer, Elements);
        Address.Write(ref writer);
        Plan.Write(ref writer);
        writer.Write((uint)Flags);
        writer.Write((uint)TotalBytes);
        writer.Write((uint)Index);
        writer.Write(BudgetUs);
        writer.Write(SentUs);
        writer.Write(Payload);
    }

    /// <summary>
    /// Reads the elements after the header; size, index and payload are then consistent with each other.
    /// </summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out DataMessage message)
    {
        ref byte rest = ref reader.Rest(MostFieldBytes);
        nint at = 0;
        if (elements == Elements && !Unsafe.IsNullRef(ref rest) && TryRead(ref rest, ref at, out message, out int length)
            && reader.TryReadAfter((int)at, length, out message.Payload))
        {
            return true;
        }

        message = default;
        if (elements != Elements || !FrameAddress.TryRead(ref reader, out message.Address)
            || !Hash128.TryRead(ref reader, out message.Plan)
            || !reader.TryReadByte(out byte flags) || flags > (byte)DataFlags.All
            || !reader.TryReadInt32(out message.TotalBytes) || message.TotalBytes is <= 0 or > WireLimits.FrameBytes
            || !reader.TryReadInt32(out message.Index) || message.Index < 0
            || message.Index >= ChunksOf(message.TotalBytes)
            || !reader.TryReadUInt64(out message.BudgetUs) || !reader.TryReadUInt32(out message.SentUs)
            || !reader.TryReadBytes(out message.Payload)
            || message.Payload.Length != ChunkLength(message.TotalBytes, message.Index))
        {
            return false;
        }

        message.Flags = (DataFlags)flags;
        return true;
    }

    /// <summary>The fields up to the payload's header, which is that of bin 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Write(ref byte start, ref nint at)
    {
        Address.Write(ref start, ref at);
        UncheckedMessagePack.Write(ref start, ref at, Plan);
        Unsafe.Add(ref start, at++) = (byte)Flags;
        UncheckedMessagePack.Write(ref start, ref at, (uint)TotalBytes);
        UncheckedMessagePack.Write(ref start, ref at, (uint)Index);
        UncheckedMessagePack.Write(ref start, ref at, BudgetUs);
        UncheckedMessagePack.Write(ref start, ref at, SentUs);
        Unsafe.Add(ref start, at) = MessagePackCode.Bin16;
        Unsafe.Add(ref start, at + 1) = (byte)(Payload.Length >> 8);
        Unsafe.Add(ref start, at + 2) = (byte)Payload.Length;
        at += 3;
    }

    /// <summary>
    /// The fields of a chunk of more than 255 bytes, up to the payload; takes only what is valid and consistent.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(
        scoped ref byte start, scoped ref nint at, out DataMessage message, out int length)
    {
        Unsafe.SkipInit(out message);
        length = 0;
        if (!FrameAddress.TryRead(ref start, ref at, out message.Address)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out message.Plan)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint flags) || flags > (uint)DataFlags.All
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint total)
            || total - 1 >= WireLimits.FrameBytes
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint index)
            || index >= (uint)ChunksOf((int)total)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out message.BudgetUs)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out message.SentUs))
        {
            return false;
        }

        message.Flags = (DataFlags)flags;
        message.TotalBytes = (int)total;
        message.Index = (int)index;
        length = ChunkLength((int)total, (int)index);
        ref byte box = ref Unsafe.Add(ref start, at);
        at += 3;
        return length > byte.MaxValue && box == MessagePackCode.Bin16
            && ((Unsafe.Add(ref box, 1) << 8) | Unsafe.Add(ref box, 2)) == length;
    }
}

/// <summary>What a receiver says of a transfer.</summary>
public enum AckStatus : byte
{
    /// <summary>It has a slot; base and mask say what arrived.</summary>
    Receiving = 0,

    /// <summary>Everything arrived, now or earlier; the sender may forget it.</summary>
    Complete = 1,

    /// <summary>No slot free: stop, and wait for <see cref="Ready"/>. Nothing that was sent is kept.</summary>
    Busy = 2,

    /// <summary>A slot is kept for this frame: send.</summary>
    Ready = 3,

    /// <summary>The frame is not wanted any more; the sender may forget it.</summary>
    Unwanted = 4,

    /// <summary>Largest value.</summary>
    Last = Unwanted,
}

/// <summary>
/// Which chunks arrived. Elements after the header: client, request, frame, epoch, stage, tag of the plan (first eight
/// bytes as uint 64), status, grant, base, mask (bin), echo. All chunks before base arrived, and of those from base on
/// the ones whose bit is set: bit i of byte j stands for chunk base + 8j + i. Grant numbers the receiver's slot: with
/// another grant, what an earlier one had received is gone.
/// </summary>
public ref struct AckMessage
{
    private const int Elements = FrameAddress.Elements + 6;

    /// <summary>Which frame, for which stage.</summary>
    public FrameAddress Address;

    /// <summary>Tag of the plan.</summary>
    public ulong PlanTag;

    /// <summary>See <see cref="AckStatus"/>.</summary>
    public AckStatus Status;

    /// <summary>Number of the slot's use.</summary>
    public uint Grant;

    /// <summary>All chunks before this one arrived.</summary>
    public int Base;

    /// <summary>Which of the chunks from base on arrived; at most 32 bytes.</summary>
    public ReadOnlySpan<byte> Mask;

    /// <summary>The newest <see cref="DataMessage.SentUs"/> that arrived, or 0.</summary>
    public uint EchoUs;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        Address.Write(ref writer);
        writer.Write(PlanTag);
        writer.Write((uint)Status);
        writer.Write(Grant);
        writer.Write((uint)Base);
        writer.Write(Mask);
        writer.Write(EchoUs);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out AckMessage message)
    {
        message = default;
        if (elements != Elements || !FrameAddress.TryRead(ref reader, out message.Address)
            || !reader.TryReadUInt64(out message.PlanTag)
            || !reader.TryReadByte(out byte status) || status > (byte)AckStatus.Last
            || !reader.TryReadUInt32(out message.Grant)
            || !reader.TryReadInt32(out message.Base) || message.Base < 0
            || message.Base > WireLimits.FrameBytes / WireLimits.ChunkBytes + 1
            || !reader.TryReadBytes(out message.Mask) || message.Mask.Length > WireLimits.AckMaskChunks / 8
            || !reader.TryReadUInt32(out message.EchoUs))
        {
            return false;
        }

        message.Status = (AckStatus)status;
        return true;
    }
}

/// <summary>
/// Data arrived that follows another plan than the receiver's; nothing of it is executed. Elements after the header:
/// client, request, frame, epoch, stage, tag of the refused plan, the receiver's plan (bin 16, zeros for none), hash of
/// its view.
/// </summary>
/// <param name="Address">Which frame, for which stage.</param>
/// <param name="PlanTag">Tag of the plan the data followed.</param>
/// <param name="Current">The receiver's plan for the same package, as far as it can tell, else zero.</param>
/// <param name="ViewHash">Hash of the receiver's view.</param>
public readonly record struct StaleMessage(FrameAddress Address, ulong PlanTag, Hash128 Current, ulong ViewHash)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, FrameAddress.Elements + 3);
        Address.Write(ref writer);
        writer.Write(PlanTag);
        Current.Write(ref writer);
        writer.Write(ViewHash);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out StaleMessage message)
    {
        message = default;
        if (elements != FrameAddress.Elements + 3 || !FrameAddress.TryRead(ref reader, out FrameAddress address)
            || !reader.TryReadUInt64(out ulong tag) || !Hash128.TryRead(ref reader, out Hash128 current)
            || !reader.TryReadUInt64(out ulong view))
        {
            return false;
        }

        message = new StaleMessage(address, tag, current, view);
        return true;
    }
}

/// <summary>
/// A client asks whether a board holds a frame, and the answer. Elements after the header: client, request, frame,
/// epoch, stage (0), held (bool; false in the question), round (returned in the answer).
/// </summary>
/// <param name="Address">Which frame.</param>
/// <param name="Held">In the answer: the board has it in one of its slots.</param>
/// <param name="Round">Number of the question.</param>
public readonly record struct FrameQueryMessage(FrameAddress Address, bool Held, uint Round)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, FrameAddress.Elements + 2);
        Address.Write(ref writer);
        writer.Write(Held);
        writer.Write(Round);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out FrameQueryMessage message)
    {
        message = default;
        if (elements != FrameAddress.Elements + 2 || !FrameAddress.TryRead(ref reader, out FrameAddress address)
            || !reader.TryReadBoolean(out bool held) || !reader.TryReadUInt32(out uint round))
        {
            return false;
        }

        message = new FrameQueryMessage(address, held, round);
        return true;
    }
}

/// <summary>
/// A frame's deadline passed on a board; what it and the stages before took, so that the client can say which board made
/// it late. Nothing answers it. Elements after the header: client, request, frame, epoch, the board's stage, tag of the
/// plan, statistics of the stages up to that one (bin).
/// </summary>
public ref struct FrameMissedMessage
{
    /// <summary>Most stages in one message; of a longer pipeline the last ones.</summary>
    public const int MaximumStages = 24;

    /// <summary>The frame, and the stage that says so.</summary>
    public FrameAddress Address;

    /// <summary>Tag of the plan that the frame follows.</summary>
    public ulong PlanTag;

    /// <summary>48 bytes for each stage; the last ones are the sender's own, with a compute time of −1 while it is not
    /// known and the time since the frame's arrival as its queue time.</summary>
    public ReadOnlySpan<byte> Statistics;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, FrameAddress.Elements + 2);
        Address.Write(ref writer);
        writer.Write(PlanTag);
        writer.Write(Statistics);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out FrameMissedMessage message)
    {
        message = default;
        return elements == FrameAddress.Elements + 2 && FrameAddress.TryRead(ref reader, out message.Address)
            && reader.TryReadUInt64(out message.PlanTag) && reader.TryReadBytes(out message.Statistics)
            && message.Statistics.Length % WireLimits.StageStatisticsBytes == 0
            && message.Statistics.Length / WireLimits.StageStatisticsBytes <= Math.Min(MaximumStages, message.Address.Stage + 1)
            && message.Statistics.Length > 0;
    }
}
