namespace FpgaEdge.Wire;

/// <summary>
/// A board announces itself. Elements after the header: name, board type and accelerator configuration (str), clock in Hz,
/// link in bits per second, memory in bytes, epoch, hash of the sender's view (uint 64), and an array of packages; each
/// package is an array: SHA-256 (bin), size in bytes, whole (bool), name of the current plan (first eight bytes as
/// uint 64, 0 for none), ready (bool: the sender's stage of it can execute), name of the plan being drained (0 for
/// none).
/// </summary>
public ref struct HelloMessage
{
    private const int Elements = 9;
    private const int PackageElements = 6;

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

    /// <summary>How often the sender's view has changed, at least as large as any it heard of.</summary>
    public uint Epoch;

    /// <summary>Hash of the sender's view.</summary>
    public ulong ViewHash;

    /// <summary>The packages: read them from the reader, or write them after <see cref="Begin"/>.</summary>
    public int PackageCount;

    /// <summary>Writes everything but the packages; <see cref="PackageCount"/> packages must follow.</summary>
    public readonly void Begin(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, Elements);
        NameText.Write(ref writer, Name);
        NameText.Write(ref writer, Board);
        NameText.Write(ref writer, Configuration);
        writer.Write(ClockHertz);
        writer.Write(LinkBitsPerSecond);
        writer.Write(MemoryBytes);
        writer.Write(Epoch);
        writer.Write(ViewHash);
        writer.WriteArrayHeader(PackageCount);
    }

    /// <summary>Reads everything but the packages; the reader then stands at the first of them.</summary>
    public static bool TryBegin(ref MessagePackReader reader, int elements, out HelloMessage hello)
    {
        hello = default;
        return elements == Elements
            && NameText.TryRead(ref reader, out hello.Name)
            && NameText.TryRead(ref reader, out hello.Board)
            && NameText.TryRead(ref reader, out hello.Configuration)
            && reader.TryReadInt64(out hello.ClockHertz) && hello.ClockHertz > 0
            && reader.TryReadInt64(out hello.LinkBitsPerSecond) && hello.LinkBitsPerSecond > 0
            && reader.TryReadInt64(out hello.MemoryBytes) && hello.MemoryBytes >= 0
            && reader.TryReadUInt32(out hello.Epoch)
            && reader.TryReadUInt64(out hello.ViewHash)
            && reader.TryReadArrayHeader(out hello.PackageCount) && hello.PackageCount <= WireLimits.Packages;
    }

    /// <summary>Writes one package.</summary>
    public static void WritePackage(ref MessagePackWriter writer, in PackageAnnouncement package)
    {
        writer.WriteArrayHeader(PackageElements);
        package.Hash.Write(ref writer);
        writer.Write(package.Bytes);
        writer.Write(package.Whole);
        writer.Write(package.PlanTag);
        writer.Write(package.Ready);
        writer.Write(package.DrainingTag);
    }

    /// <summary>Reads one package.</summary>
    public static bool TryReadPackage(ref MessagePackReader reader, out PackageAnnouncement package)
    {
        package = default;
        if (!reader.TryReadArrayHeader(out int count) || count != PackageElements
            || !Hash256.TryRead(ref reader, out Hash256 hash) || !reader.TryReadInt32(out int bytes)
            || bytes is <= 0 or > WireLimits.PackageBytes || !reader.TryReadBoolean(out bool whole)
            || !reader.TryReadUInt64(out ulong plan) || !reader.TryReadBoolean(out bool ready)
            || !reader.TryReadUInt64(out ulong draining))
        {
            return false;
        }

        package = new PackageAnnouncement(hash, bytes, whole, plan, ready, draining);
        return true;
    }
}

/// <summary>What a board says of one package in its hello.</summary>
/// <param name="Hash">SHA-256 of the package.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Whole">The board has all of it.</param>
/// <param name="PlanTag">First eight bytes of the current plan's name, 0 for none.</param>
/// <param name="Ready">The board's stage of that plan can execute, or it has none.</param>
/// <param name="DrainingTag">The same of the earlier plan that still has frames, 0 for none.</param>
public readonly record struct PackageAnnouncement(
    Hash256 Hash, int Bytes, bool Whole, ulong PlanTag, bool Ready, ulong DrainingTag);
