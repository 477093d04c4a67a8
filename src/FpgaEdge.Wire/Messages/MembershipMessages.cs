namespace FpgaEdge.Wire;

/// <summary>
/// Whom a board heard. One element after the header: an array of members, each an array: identity, incarnation,
/// age in milliseconds of the newest evidence that the sender itself had (65,535 for a board that said goodbye).
/// </summary>
public static class ViewMessage
{
    /// <summary>Age that means: it said goodbye.</summary>
    public const uint Left = 65_535;

    private const int MemberElements = 3;

    /// <summary>Writes the header; <paramref name="count"/> members must follow.</summary>
    public static void Begin(ref MessagePackWriter writer, in MessageHeader header, int count)
    {
        header.Write(ref writer, 1);
        writer.WriteArrayHeader(count);
    }

    /// <summary>Reads the number of members; they follow.</summary>
    public static bool TryBegin(ref MessagePackReader reader, int elements, out int count)
    {
        count = 0;
        return elements == 1 && reader.TryReadArrayHeader(out count) && count <= WireLimits.Boards * 2;
    }

    /// <summary>Writes one member.</summary>
    public static void WriteMember(ref MessagePackWriter writer, ulong id, uint incarnation, uint ageMs)
    {
        writer.WriteArrayHeader(MemberElements);
        writer.Write(id);
        writer.Write(incarnation);
        writer.Write(ageMs);
    }

    /// <summary>Reads one member.</summary>
    public static bool TryReadMember(ref MessagePackReader reader, out ulong id, out uint incarnation, out uint ageMs)
    {
        id = 0;
        incarnation = 0;
        ageMs = 0;
        return reader.TryReadArrayHeader(out int count) && count == MemberElements && reader.TryReadUInt64(out id)
            && reader.TryReadUInt32(out incarnation) && reader.TryReadUInt32(out ageMs) && ageMs <= Left;
    }
}

/// <summary>
/// Ping, its answer, and the wish that somebody else pings. Elements after the header: nonce, identity of the board
/// that is pinged (in the answer: that answered) and its incarnation as the sender knows it.
/// </summary>
/// <param name="Nonce">Chosen by who asks, returned in the answer.</param>
/// <param name="Subject">Who is pinged.</param>
/// <param name="SubjectIncarnation">Its incarnation.</param>
public readonly record struct PingMessage(uint Nonce, ulong Subject, uint SubjectIncarnation)
{
    /// <summary>Writes the message; the header's kind says which of the three it is.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 3);
        writer.Write(Nonce);
        writer.Write(Subject);
        writer.Write(SubjectIncarnation);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PingMessage message)
    {
        message = default;
        if (elements != 3 || !reader.TryReadUInt32(out uint nonce) || !reader.TryReadUInt64(out ulong subject)
            || !reader.TryReadUInt32(out uint incarnation))
        {
            return false;
        }

        message = new PingMessage(nonce, subject, incarnation);
        return true;
    }
}

/// <summary>Asks about a board that only the receiver hears. One element after the header: its identity.</summary>
/// <param name="Subject">Whom it is about.</param>
public readonly record struct WhoIsMessage(ulong Subject)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 1);
        writer.Write(Subject);
    }

    /// <summary>Reads the element after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out WhoIsMessage message)
    {
        bool ok = elements == 1 & reader.TryReadUInt64(out ulong subject);
        message = new WhoIsMessage(subject);
        return ok;
    }
}

/// <summary>
/// A board as another one knows it. Elements after the header: identity, incarnation, address (two uint 64 of the IPv6
/// address, port), age in milliseconds of the sender's evidence, name, board type, accelerator configuration, clock,
/// link, memory.
/// </summary>
public ref struct IntroductionMessage
{
    private const int Elements = 12;

    /// <summary>Whom it is about.</summary>
    public ulong Subject;

    /// <summary>Its incarnation.</summary>
    public uint SubjectIncarnation;

    /// <summary>First half of its IPv6 address (IPv4 mapped).</summary>
    public ulong AddressHigh;

    /// <summary>Second half.</summary>
    public ulong AddressLow;

    /// <summary>UDP port.</summary>
    public uint Port;

    /// <summary>Age of the sender's evidence.</summary>
    public uint AgeMs;

    /// <summary>What people call the board; see <see cref="NameText"/>.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>Board type, like the name.</summary>
    public ReadOnlySpan<byte> Board;

    /// <summary>Accelerator configuration, like the name.</summary>
    public ReadOnlySpan<byte> Configuration;

    /// <summary>Clock of the accelerator.</summary>
    public long ClockHertz;

    /// <summary>Speed of the link.</summary>
    public long LinkBitsPerSecond;

    /// <summary>Size of the DMA window.</summary>
    public long MemoryBytes;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        writer.Write(Subject);
        writer.Write(SubjectIncarnation);
        writer.Write(AddressHigh);
        writer.Write(AddressLow);
        writer.Write(Port);
        writer.Write(AgeMs);
        NameText.Write(ref writer, Name);
        NameText.Write(ref writer, Board);
        NameText.Write(ref writer, Configuration);
        writer.Write(ClockHertz);
        writer.Write(LinkBitsPerSecond);
        writer.Write(MemoryBytes);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out IntroductionMessage message)
    {
        message = default;
        return elements == Elements && reader.TryReadUInt64(out message.Subject)
            && reader.TryReadUInt32(out message.SubjectIncarnation)
            && reader.TryReadUInt64(out message.AddressHigh) && reader.TryReadUInt64(out message.AddressLow)
            && reader.TryReadUInt32(out message.Port) && message.Port <= ushort.MaxValue
            && reader.TryReadUInt32(out message.AgeMs)
            && NameText.TryRead(ref reader, out message.Name)
            && NameText.TryRead(ref reader, out message.Board)
            && NameText.TryRead(ref reader, out message.Configuration)
            && reader.TryReadInt64(out message.ClockHertz) && message.ClockHertz > 0
            && reader.TryReadInt64(out message.LinkBitsPerSecond) && message.LinkBitsPerSecond > 0
            && reader.TryReadInt64(out message.MemoryBytes) && message.MemoryBytes >= 0;
    }
}

/// <summary>
/// A client announces itself and what it still wants, so that boards drop the rest. Elements after the header: sequence
/// number, number of the newest request, and an array of open requests, each an array: number, first frame still
/// wanted.
/// </summary>
public static class ClientHelloMessage
{
    /// <summary>Requests of one client open at once.</summary>
    public const int MaximumRequests = 64;

    /// <summary>Writes the header; <paramref name="count"/> requests must follow.</summary>
    public static void Begin(
        ref MessagePackWriter writer, in MessageHeader header, uint sequence, uint newestRequest, int count)
    {
        header.Write(ref writer, 3);
        writer.Write(sequence);
        writer.Write(newestRequest);
        writer.WriteArrayHeader(count);
    }

    /// <summary>Reads up to the requests, which follow.</summary>
    public static bool TryBegin(
        ref MessagePackReader reader, int elements, out uint sequence, out uint newestRequest, out int count)
    {
        sequence = 0;
        newestRequest = 0;
        count = 0;
        return elements == 3 && reader.TryReadUInt32(out sequence) && reader.TryReadUInt32(out newestRequest)
            && reader.TryReadArrayHeader(out count) && count <= MaximumRequests;
    }

    /// <summary>Writes one open request.</summary>
    public static void WriteRequest(ref MessagePackWriter writer, uint request, uint firstFrame)
    {
        writer.WriteArrayHeader(2);
        writer.Write(request);
        writer.Write(firstFrame);
    }

    /// <summary>Reads one open request.</summary>
    public static bool TryReadRequest(ref MessagePackReader reader, out uint request, out uint firstFrame)
    {
        request = 0;
        firstFrame = 0;
        return reader.TryReadArrayHeader(out int count) && count == 2
            && reader.TryReadUInt32(out request) && reader.TryReadUInt32(out firstFrame);
    }
}
