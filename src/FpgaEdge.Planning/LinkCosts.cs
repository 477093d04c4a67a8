namespace FpgaEdge.Planning;

/// <summary>
/// Time on the wire. A tensor travels as datagrams, and each datagram costs headers besides its payload.
/// </summary>
public static class LinkCosts
{
    /// <summary>Largest datagram the cluster sends, headers of its own included.</summary>
    public const int DatagramBytes = 1400;

    /// <summary>
    /// Of it, what the cluster's own header and authentication take (an upper estimate; the protocol may need less).
    /// </summary>
    public const int HeaderBytes = 64;

    /// <summary>Ethernet preamble 8, header 14, check sequence 4, gap 12; IPv4 20; UDP 8.</summary>
    public const int FramingBytes = 66;

    private const int PayloadBytes = DatagramBytes - HeaderBytes;
    private const long BitsPerByteTimesNs = 8_000_000_000;

    /// <summary>Bytes that occupy the wire when a tensor set of the given size is sent.</summary>
    public static long WireBytes(long bytes)
    {
        long datagrams = (bytes + PayloadBytes - 1) / PayloadBytes;
        return bytes + (datagrams * (HeaderBytes + FramingBytes));
    }

    /// <summary>
    /// Nanoseconds to move that many bytes over a link of that speed, rounded up; nothing takes no time.
    /// </summary>
    public static long TransferNs(long bytes, long linkBitsPerSecond)
    {
        if (bytes == 0)
        {
            return 0;
        }
        UInt128 bitNs = (UInt128)WireBytes(bytes) * BitsPerByteTimesNs;
        if (bitNs <= ulong.MaxValue)
        {
            ulong numerator = (ulong)bitNs;
            ulong divisor = (ulong)linkBitsPerSecond;
            return (long)((numerator / divisor) + (numerator % divisor == 0 ? 0ul : 1ul));
        }
        UInt128 speed = (UInt128)linkBitsPerSecond;
        return (long)((bitNs + speed - 1) / speed);
    }
}
