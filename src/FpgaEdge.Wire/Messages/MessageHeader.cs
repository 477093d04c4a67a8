using System.Runtime.CompilerServices;

namespace FpgaEdge.Wire;

/// <summary>What a message says. The numbers are the protocol's and never change their meaning.</summary>
public enum MessageKind : byte
{
    /// <summary>A board announces itself, its packages and its plans. <see cref="HelloMessage"/>.</summary>
    Hello = 1,

    /// <summary>Whom a board heard, and how long ago. <see cref="ViewMessage"/>.</summary>
    View = 2,

    /// <summary>A board or client goes; nothing follows the header.</summary>
    Leave = 3,

    /// <summary>Answer at once. <see cref="PingMessage"/>.</summary>
    Ping = 4,

    /// <summary>Answer to a ping. <see cref="PingMessage"/>.</summary>
    PingAck = 5,

    /// <summary>Ping somebody for me. <see cref="PingMessage"/>.</summary>
    PingRequest = 6,

    /// <summary>Who is this board that only you hear? <see cref="WhoIsMessage"/>.</summary>
    WhoIs = 7,

    /// <summary>A board as another one knows it. <see cref="IntroductionMessage"/>.</summary>
    Introduction = 8,

    /// <summary>
    /// A client announces itself and which of its frames are still wanted. <see cref="ClientHelloMessage"/>.
    /// </summary>
    ClientHello = 9,

    /// <summary>A client has a package that no board has. <see cref="PackageOfferMessage"/>.</summary>
    PackageOffer = 10,

    /// <summary>Send these chunks of a package. <see cref="PackageRequestMessage"/>.</summary>
    PackageRequest = 11,

    /// <summary>One chunk of a package. <see cref="PackageChunkMessage"/>.</summary>
    PackageChunk = 12,

    /// <summary>What is your plan for this package? <see cref="PlanQueryMessage"/>.</summary>
    PlanQuery = 13,

    /// <summary>A plan, or a page of its stages. <see cref="PlanInfoMessage"/>.</summary>
    PlanInfo = 14,

    /// <summary>One chunk of a frame. <see cref="DataMessage"/>.</summary>
    Data = 15,

    /// <summary>Which chunks of a frame arrived, and whether more may be sent. <see cref="AckMessage"/>.</summary>
    Ack = 16,

    /// <summary>Data of a plan that is not the receiver's. <see cref="StaleMessage"/>.</summary>
    Stale = 17,

    /// <summary>Do you hold this frame? <see cref="FrameQueryMessage"/>.</summary>
    FrameQuery = 18,

    /// <summary>Answer to <see cref="FrameQuery"/>. <see cref="FrameQueryMessage"/>.</summary>
    FrameState = 19,

    /// <summary>A client asks one board something. <see cref="CommandMessage"/>.</summary>
    Command = 20,

    /// <summary>Answer to <see cref="Command"/>. <see cref="CommandAnswerMessage"/>.</summary>
    CommandAnswer = 21,

    /// <summary>A frame's deadline passed on a board. <see cref="FrameMissedMessage"/>.</summary>
    FrameMissed = 22,

    /// <summary>What are the digests of your copy of this package? <see cref="PackageOutlineQueryMessage"/>.</summary>
    PackageOutlineQuery = 23,

    /// <summary>A page of them. <see cref="PackageOutlineMessage"/>.</summary>
    PackageOutline = 24,

    /// <summary>Largest kind of this version.</summary>
    Last = PackageOutline,
}

/// <summary>
/// The first elements of every message, which is one MessagePack array: protocol version, kind, cluster, sender,
/// incarnation; the elements of the kind follow in the same array.
/// </summary>
/// <param name="Kind">What the message says.</param>
/// <param name="Cluster">XXH64 of the cluster's name in UTF-8.</param>
/// <param name="Sender">Identity of the board or client.</param>
/// <param name="Incarnation">The sender's incarnation.</param>
public readonly record struct MessageHeader(MessageKind Kind, ulong Cluster, ulong Sender, uint Incarnation)
{
    /// <summary>Elements that the header takes of the array.</summary>
    public const int Elements = 5;

    /// <summary>The most bytes that the header takes: array 16, two small and two long integers, one of 32 bits.</summary>
    internal const int MostBytes = 3 + 2 + (3 * UncheckedMessagePack.IntegerBytes);

    /// <summary>
    /// Writes the array's header and the common elements; <paramref name="elements"/> more must follow.
    /// </summary>
    public void Write(ref MessagePackWriter writer, int elements)
    {
        ref byte room = ref writer.Room(MostBytes);
        if (!Unsafe.IsNullRef(ref room))
        {
            nint at = 0;
            Write(ref room, ref at, elements);
            writer.Advance((int)at);
            return;
        }

        writer.WriteArrayHeader(Elements + elements);
        writer.Write((uint)WireLimits.ProtocolVersion);
        writer.Write((uint)Kind);
        writer.Write(Cluster);
        writer.Write(Sender);
        writer.Write(Incarnation);
    }

    /// <summary>Reads the common elements; the reader then stands at the first element of the kind.</summary>
    /// <param name="reader">At the start of the message.</param>
    /// <param name="header">The header.</param>
    /// <param name="elements">Elements that follow in the array.</param>
    public static HeaderVerdict TryRead(ref MessagePackReader reader, out MessageHeader header, out int elements)
    {
        header = default;
        elements = 0;
        ref byte rest = ref reader.Rest(MostBytes);
        nint at = 0;
        if (!Unsafe.IsNullRef(ref rest) && TryRead(ref rest, ref at, out header, out elements))
        {
            reader.Advance((int)at);
            return HeaderVerdict.Ok;
        }

        if (!reader.TryReadArrayHeader(out int count) || count < Elements || !reader.TryReadUInt32(out uint version))
        {
            return HeaderVerdict.Malformed;
        }

        if (version != WireLimits.ProtocolVersion)
        {
            return HeaderVerdict.OtherVersion;
        }

        if (!reader.TryReadByte(out byte kind) || kind is 0 or > (byte)MessageKind.Last
            || !reader.TryReadUInt64(out ulong cluster) || !reader.TryReadUInt64(out ulong sender)
            || !reader.TryReadUInt32(out uint incarnation))
        {
            return HeaderVerdict.Malformed;
        }

        header = new MessageHeader((MessageKind)kind, cluster, sender, incarnation);
        elements = count - Elements;
        return HeaderVerdict.Ok;
    }

    /// <summary>As the public one, with <see cref="MostBytes"/> of room known to be there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(ref byte start, ref nint at, int elements)
    {
        int count = Elements + elements;
        if (count < 16)
        {
            Unsafe.Add(ref start, at++) = (byte)(MessagePackCode.MinFixArray | count);
        }
        else
        {
            Unsafe.Add(ref start, at) = MessagePackCode.Array16;
            Unsafe.Add(ref start, at + 1) = 0;
            Unsafe.Add(ref start, at + 2) = (byte)count;
            at += 3;
        }

        Unsafe.Add(ref start, at) = WireLimits.ProtocolVersion;
        Unsafe.Add(ref start, at + 1) = (byte)Kind;
        at += 2;
        UncheckedMessagePack.Write(ref start, ref at, Cluster);
        UncheckedMessagePack.Write(ref start, ref at, Sender);
        UncheckedMessagePack.Write(ref start, ref at, Incarnation);
    }

    /// <summary>As the public one, with <see cref="MostBytes"/> known to be there; takes only what is valid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryRead(ref byte start, ref nint at, out MessageHeader header, out int elements)
    {
        int count = start & 15;
        if (start == MessagePackCode.Array16)
        {
            count = (Unsafe.Add(ref start, 1) << 8) | Unsafe.Add(ref start, 2);
            at = count < 16 ? 0 : 3;
        }
        else
        {
            at = (start & 0xf0) == MessagePackCode.MinFixArray ? 1 : 0;
        }

        byte kind = Unsafe.Add(ref start, at + 1);
        bool ok = at != 0 & count >= Elements & Unsafe.Add(ref start, at) == WireLimits.ProtocolVersion
            & kind - 1u < (uint)MessageKind.Last;
        at += 2;
        if (!ok | !UncheckedMessagePack.TryRead(ref start, ref at, out ulong cluster)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out ulong sender)
            || !UncheckedMessagePack.TryRead(ref start, ref at, out uint incarnation))
        {
            header = default;
            elements = 0;
            return false;
        }

        header = new MessageHeader((MessageKind)kind, cluster, sender, incarnation);
        elements = count - Elements;
        return true;
    }
}

/// <summary>What <see cref="MessageHeader.TryRead"/> found.</summary>
public enum HeaderVerdict : byte
{
    /// <summary>A header of this protocol.</summary>
    Ok,

    /// <summary>Not a message of this protocol.</summary>
    Malformed,

    /// <summary>Another version of the protocol.</summary>
    OtherVersion,
}
