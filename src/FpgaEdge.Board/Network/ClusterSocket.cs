using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Board;

/// <summary>The port that was asked for cannot be had; the message is one line for the user.</summary>
public sealed class PortException(string message) : Exception(message);

/// <summary>
/// The UDP edge of a cluster member or client: one socket with an address of its own for everything that is sent and
/// answered, and one that many processes share for the group in which they find each other.
/// </summary>
/// <remarks>
/// Sending is allowed from any thread, receiving from one. Nothing is ever thrown because of the network: what cannot
/// be sent is counted, and whoever waits for an answer repeats itself anyway.
/// </remarks>
public sealed class ClusterSocket : IDatagramPort
{
    private const int BufferBytes = 4 << 20;
    private const int WindowsReportUnreachable = -1744830452;

    private readonly Socket own;
    private readonly Socket? group;
    private readonly SocketAddress? groupAddress;
    private readonly List<Socket> readable = new(2);
    private long sendFailures;

    private ClusterSocket(Socket own, Socket? group, IPEndPoint? multicast, string? multicastRefusal)
    {
        this.own = own;
        this.group = group;
        groupAddress = group is null ? null : multicast?.Serialize();
        MulticastRefusal = multicastRefusal;
        LocalEndPoint = (IPEndPoint)own.LocalEndPoint!;
    }

    /// <summary>Where this socket receives; the port is the real one even if any was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Whether there is a group to announce to.</summary>
    public bool HasMulticast => group is not null;

    /// <summary>Why the group could not be joined, where that is not needed; else null.</summary>
    public string? MulticastRefusal { get; }

    /// <summary>Datagrams that the operating system refused to send.</summary>
    public long SendFailures => Interlocked.Read(ref sendFailures);

    /// <summary>Opens the sockets.</summary>
    /// <param name="listen">Address and port; port 0 is any.</param>
    /// <param name="multicast">Group and port; null for none.</param>
    /// <param name="multicastInterface">Address of the interface that leads to the group.</param>
    /// <param name="multicastRequired">Whether it is an error when the group cannot be joined; peers that are known by
    /// address do without.</param>
    /// <exception cref="PortException">The address is not this machine's, the port is in use, or the group cannot be
    /// joined.</exception>
    public static ClusterSocket Open(
        IPEndPoint listen, IPEndPoint? multicast, IPAddress multicastInterface, bool multicastRequired = true)
    {
        Socket own = NewSocket();
        try
        {
            Bind(own, listen);
            string? refusal = null;
            Socket? group = multicast is null ? null : TryJoin(own, multicast, multicastInterface, out refusal);
            return refusal is null || !multicastRequired
                ? new ClusterSocket(own, group, multicast, refusal)
                : throw new PortException($"{refusal}; name peers and give --no-multicast");
        }
        catch
        {
            own.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        try
        {
            own.SendTo(datagram, SocketFlags.None, to);
        }
        catch (SocketException)
        {
            Interlocked.Increment(ref sendFailures);
        }
        catch (ObjectDisposedException)
        {
            // A worker that ends a moment after the socket has nobody left to tell.
        }
    }

    /// <inheritdoc />
    public void Announce(ReadOnlySpan<byte> datagram)
    {
        if (groupAddress is not null)
        {
            Send(datagram, groupAddress);
        }
    }

    /// <inheritdoc />
    public bool Wait(TimeSpan limit)
    {
        long microseconds = Math.Max(0, limit.Ticks / TimeSpan.TicksPerMicrosecond);
        if (group is null)
        {
            return own.Poll((int)Math.Min(microseconds, int.MaxValue), SelectMode.SelectRead);
        }
        readable.Clear();
        readable.Add(own);
        readable.Add(group);
        Socket.Select(readable, null, null, (int)Math.Min(microseconds, int.MaxValue));
        return readable.Count > 0;
    }

    /// <inheritdoc />
    public bool TryReceive(Span<byte> buffer, SocketAddress sender, out int length) =>
        TryReceive(own, buffer, sender, out length)
        || (group is not null && TryReceive(group, buffer, sender, out length));

    /// <inheritdoc />
    public void Dispose()
    {
        group?.Dispose();
        own.Dispose();
    }

    private static bool TryReceive(Socket socket, Span<byte> buffer, SocketAddress sender, out int length)
    {
        length = 0;
        try
        {
            if (socket.Available == 0 && !socket.Poll(0, SelectMode.SelectRead))
            {
                return false;
            }
            length = socket.ReceiveFrom(buffer, SocketFlags.None, sender);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferBytes,
            SendBufferSize = BufferBytes,
            Blocking = false,
        };
        if (OperatingSystem.IsWindows())
        {
            // Otherwise a datagram to a board that has gone makes the next receive fail.
            socket.IOControl(WindowsReportUnreachable, [0, 0, 0, 0], null);
        }
        return socket;
    }

    private static void Bind(Socket socket, IPEndPoint listen)
    {
        try
        {
            socket.Bind(listen);
        }
        catch (SocketException e)
        {
            throw new PortException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"{listen}: the port is in use; stop what uses it, or let the system choose with port 0"
                : $"{listen}: cannot listen there: {e.Message}");
        }
    }

    private static Socket? TryJoin(Socket own, IPEndPoint multicast, IPAddress through, out string? refusal)
    {
        refusal = null;
        Socket group = NewSocket();
        try
        {
            own.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, through.GetAddressBytes());
            own.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
            own.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive, 1);
            group.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            // Bound to the group itself, the socket hears nothing that was meant for somebody else's port; Windows
            // cannot.
            group.Bind(OperatingSystem.IsWindows() ? new IPEndPoint(IPAddress.Any, multicast.Port) : multicast);
            group.SetSocketOption(
                SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(multicast.Address, through));
            return group;
        }
        catch (SocketException e)
        {
            group.Dispose();
            refusal = $"{multicast}: cannot join the group through {through}: {e.Message}";
            return null;
        }
    }
}
