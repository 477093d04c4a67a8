using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Cluster;

/// <summary>
/// Where a datagram came from or goes to: an IPv6 address (IPv4 as ::ffff:a.b.c.d), the interface of a link-local one,
/// and the port. A value, so that addresses are compared and kept without garbage.
/// </summary>
/// <param name="High">First eight bytes of the IPv6 address, big-endian.</param>
/// <param name="Low">Last eight bytes.</param>
/// <param name="Scope">Index of the interface for link-local IPv6, else 0.</param>
/// <param name="Port">UDP port.</param>
public readonly record struct PeerAddress(ulong High, ulong Low, uint Scope, ushort Port)
{
    private const ulong MappedPrefix = 0x0000_ffff_0000_0000;

    /// <summary>True for IPv4.</summary>
    public bool IsIPv4 => High == 0 && (Low & 0xffff_ffff_0000_0000) == MappedPrefix;

    /// <summary>True for the value that means no address.</summary>
    public bool IsNone => this == default;

    /// <summary>The IPv4 address as a big-endian number, when <see cref="IsIPv4"/>.</summary>
    public uint IPv4 => (uint)Low;

    /// <summary>An IPv4 address, 127.0.0.1 being 0x7f000001.</summary>
    public static PeerAddress FromIPv4(uint address, ushort port) => new(0, MappedPrefix | address, 0, port);

    /// <summary>The address of an end point.</summary>
    public static PeerAddress FromEndPoint(IPEndPoint endPoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int written);
        if (written == 4)
        {
            return FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(bytes), (ushort)endPoint.Port);
        }

        uint scope = endPoint.Address.IsIPv6LinkLocal ? (uint)endPoint.Address.ScopeId : 0;
        return new PeerAddress(BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), scope, (ushort)endPoint.Port);
    }

    /// <summary>An end point of the given family; IPv4 becomes a mapped address for an IPv6 socket.</summary>
    public IPEndPoint ToEndPoint(AddressFamily family)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return family == AddressFamily.InterNetwork
            ? new IPEndPoint(new IPAddress(bytes[12..]), Port)
            : new IPEndPoint(new IPAddress(bytes, Scope), Port);
    }

    /// <summary>The address as people write it.</summary>
    public override string ToString() =>
        ToEndPoint(IsIPv4 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6).ToString();
}
