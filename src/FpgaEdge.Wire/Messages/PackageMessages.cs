namespace FpgaEdge.Wire;

/// <summary>A client has a package. Elements after the header: SHA-256 (bin), size in bytes.</summary>
/// <param name="Hash">SHA-256 of the package.</param>
/// <param name="Bytes">Its size.</param>
public readonly record struct PackageOfferMessage(Hash256 Hash, int Bytes)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 2);
        Hash.Write(ref writer);
        writer.Write(Bytes);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PackageOfferMessage message)
    {
        message = default;
        if (elements != 2 || !Hash256.TryRead(ref reader, out Hash256 hash) || !reader.TryReadInt32(out int bytes)
            || bytes is <= 0 or > WireLimits.PackageBytes)
        {
            return false;
        }

        message = new PackageOfferMessage(hash, bytes);
        return true;
    }
}

/// <summary>
/// Asks for chunks of a package. Elements after the header: SHA-256 (bin), index of the first chunk, mask (uint 64)
/// whose bit i asks for chunk first + i.
/// </summary>
/// <param name="Hash">SHA-256 of the package.</param>
/// <param name="First">Index of the chunk that bit 0 stands for.</param>
/// <param name="Mask">Which chunks.</param>
public readonly record struct PackageRequestMessage(Hash256 Hash, uint First, ulong Mask)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 3);
        Hash.Write(ref writer);
        writer.Write(First);
        writer.Write(Mask);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PackageRequestMessage message)
    {
        message = default;
        if (elements != 3 || !Hash256.TryRead(ref reader, out Hash256 hash) || !reader.TryReadUInt32(out uint first)
            || first > WireLimits.PackageBytes / WireLimits.ChunkBytes || !reader.TryReadUInt64(out ulong mask))
        {
            return false;
        }

        message = new PackageRequestMessage(hash, first, mask);
        return true;
    }
}

/// <summary>
/// One chunk of a package. Elements after the header: SHA-256 of the package (bin), index, bytes (bin).
/// </summary>
public ref struct PackageChunkMessage
{
    /// <summary>SHA-256 of the package.</summary>
    public Hash256 Hash;

    /// <summary>The chunk starts at this times <see cref="WireLimits.ChunkBytes"/>.</summary>
    public uint Index;

    /// <summary>All chunks but the last are full.</summary>
    public ReadOnlySpan<byte> Payload;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 3);
        Hash.Write(ref writer);
        writer.Write(Index);
        writer.Write(Payload);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PackageChunkMessage message)
    {
        message = default;
        return elements == 3 && Hash256.TryRead(ref reader, out message.Hash)
            && reader.TryReadUInt32(out message.Index)
            && message.Index <= WireLimits.PackageBytes / WireLimits.ChunkBytes
            && reader.TryReadBytes(out message.Payload) && message.Payload.Length is > 0 and <= WireLimits.ChunkBytes;
    }
}

/// <summary>
/// Asks a holder of a package for digests of its blocks. Elements after the header: SHA-256 of the package (bin), index of
/// the first block.
/// </summary>
/// <param name="Hash">SHA-256 of the package.</param>
/// <param name="First">The first block that is asked for.</param>
public readonly record struct PackageOutlineQueryMessage(Hash256 Hash, uint First)
{
    /// <summary>Writes the message.</summary>
    public void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 2);
        Hash.Write(ref writer);
        writer.Write(First);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PackageOutlineQueryMessage message)
    {
        message = default;
        if (elements != 2 || !Hash256.TryRead(ref reader, out Hash256 hash) || !reader.TryReadUInt32(out uint first)
            || first > WireLimits.PackageBytes / WireLimits.ChunkBytes)
        {
            return false;
        }

        message = new PackageOutlineQueryMessage(hash, first);
        return true;
    }
}

/// <summary>
/// Digests of blocks of a package, as its sender holds it. Elements after the header: SHA-256 of the package (bin),
/// SHA-256 over the digests of all blocks (bin), index of the first block here, digests (bin).
/// </summary>
public ref struct PackageOutlineMessage
{
    /// <summary>SHA-256 of the package.</summary>
    public Hash256 Hash;

    /// <summary>SHA-256 over the digests of all blocks: names the sender's claim.</summary>
    public Hash256 Root;

    /// <summary>The first block here.</summary>
    public uint First;

    /// <summary>The first 16 bytes of the SHA-256 of each of up to 64 blocks.</summary>
    public ReadOnlySpan<byte> Digests;

    /// <summary>Writes the message.</summary>
    public readonly void Write(ref MessagePackWriter writer, in MessageHeader header)
    {
        header.Write(ref writer, 4);
        Hash.Write(ref writer);
        Root.Write(ref writer);
        writer.Write(First);
        writer.Write(Digests);
    }

    /// <summary>Reads the elements after the header.</summary>
    public static bool TryRead(ref MessagePackReader reader, int elements, out PackageOutlineMessage message)
    {
        message = default;
        return elements == 4 && Hash256.TryRead(ref reader, out message.Hash) && Hash256.TryRead(ref reader, out message.Root)
            && reader.TryReadUInt32(out message.First) && message.First <= WireLimits.PackageBytes / WireLimits.ChunkBytes
            && reader.TryReadBytes(out message.Digests) && message.Digests.Length > 0
            && message.Digests.Length % WireLimits.BlockDigestBytes == 0
            && message.Digests.Length <= WireLimits.OutlineBlocks * WireLimits.BlockDigestBytes;
    }
}
