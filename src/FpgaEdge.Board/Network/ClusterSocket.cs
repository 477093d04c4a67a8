using System.Net;
using System.Net.Sockets;
using FpgaEdge.Cluster;

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
    private static readonly TimeSpan RetryGroup = TimeSpan.FromMilliseconds(250);
    private const int WindowsReportUnreachable = -1744830452;

    private readonly Socket own;
    private readonly SocketAddress? groupAddress;
    private readonly IPEndPoint? multicast;
    private readonly IPAddress through;
    private readonly NetworkChanges? changes;
    private Socket? group;
    private long triedAt;
    private readonly List<Socket> readable = new(2);
    private bool groupReadable = !OperatingSystem.IsLinux();
    private long sendFailures;

    private ClusterSocket(Socket own, Socket? group, IPEndPoint? multicast, IPAddress through, string? multicastRefusal)
    {
        this.own = own;
        this.group = group;
        this.through = through;
        this.multicast = group is null ? null : multicast;
        groupAddress = this.multicast?.Serialize();
        changes = group is null ? null : NetworkChanges.Open();
        MulticastRefusal = multicastRefusal;
        Outbox = new DatagramOutbox(own);
        LocalEndPoint = (IPEndPoint)own.LocalEndPoint!;
    }

    /// <summary>Where this socket receives; the port is the real one even if any was asked for.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Whether there is a group to announce to.</summary>
    public bool HasMulticast => multicast is not null;

    /// <summary>Why the group could not be joined, where that is not needed; else null.</summary>
    public string? MulticastRefusal { get; }

    /// <summary>Datagrams that the operating system refused to send.</summary>
    public long SendFailures => Interlocked.Read(ref sendFailures) + Outbox.Failures;

    /// <summary>What goes out together at the end of a step; used by one thread at a time.</summary>
    internal DatagramOutbox Outbox { get; private set; }

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
                ? new ClusterSocket(own, group, multicast, multicastInterface, refusal)
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
        if (OperatingSystem.IsLinux())
        {
            return PollMany(microseconds);
        }
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
    public void Queue(PeerAddress to, ReadOnlySpan<byte> datagram) => Outbox.Add(to, datagram);

    /// <inheritdoc />
    public void Flush() => Outbox.Flush();

    /// <inheritdoc />
    public void Receive(DatagramInbox inbox)
    {
        inbox.Clear();
        inbox.Take(own);
        if (group is not null && groupReadable)
        {
            inbox.Take(group);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        changes?.Dispose();
        group?.Dispose();
        own.Dispose();
    }

    private unsafe bool PollMany(long microseconds)
    {
        LinuxDatagrams.PollEntry* entries = stackalloc LinuxDatagrams.PollEntry[3];
        entries[0] = new LinuxDatagrams.PollEntry { Handle = (int)own.Handle, Events = LinuxDatagrams.PollIn };
        entries[1] = new LinuxDatagrams.PollEntry { Handle = (int)(group?.Handle ?? -1), Events = LinuxDatagrams.PollIn };
        entries[2] = new LinuxDatagrams.PollEntry { Handle = changes?.Handle ?? -1, Events = LinuxDatagrams.PollIn };
        var time = new LinuxDatagrams.Time
        {
            Seconds = (nint)(microseconds / 1_000_000),
            Nanoseconds = (nint)(microseconds % 1_000_000 * 1000),
        };
        bool any = LinuxDatagrams.Poll(entries, 3, &time, null) > 0;
        groupReadable = group is not null && entries[1].Returned != 0;
        KeepGroup(entries[2].Returned != 0 && changes!.Take());
        return any;
    }

    /// <summary>
    /// Joins the group anew when something about interfaces changed: one that was removed and is back is another one, of
    /// which the socket knows nothing. While that fails, because it is still away, it is tried again now and then.
    /// </summary>
    private void KeepGroup(bool hasChanged)
    {
        if (multicast is null || (!hasChanged && (group is not null || TimeProvider.System.GetElapsedTime(triedAt) < RetryGroup)))
        {
            return;
        }
        triedAt = TimeProvider.System.GetTimestamp();
        Socket? old = group;
        group = null;
        old?.Dispose();
        group = TryJoin(own, multicast, through, out _);
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferBytes,
            SendBufferSize = BufferBytes,
            Blocking = false,
        };
        if (OperatingSystem.IsLinux())
        {
            AllowLargeBuffers(socket);
        }
        if (OperatingSystem.IsWindows())
        {
            // Otherwise a datagram to a board that has gone makes the next receive fail.
            socket.IOControl(WindowsReportUnreachable, [0, 0, 0, 0], null);
        }
        return socket;
    }

    /// <summary>Beyond net.core.rmem_max, which root may: SO_SNDBUFFORCE and SO_RCVBUFFORCE of socket(7).</summary>
    private static void AllowLargeBuffers(Socket socket)
    {
        Span<byte> size = stackalloc byte[sizeof(int)];
        System.Runtime.InteropServices.MemoryMarshal.Write(size, BufferBytes);
        try
        {
            socket.SetRawSocketOption(1, 32, size);
            socket.SetRawSocketOption(1, 33, size);
        }
        catch (SocketException)
        {
            // Without the right to, the system's limit holds.
        }
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
