using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// A port of the switch with a QEMU guest at its end: Ethernet frames as UDP datagrams on loopback, as
/// <c>-netdev dgram</c> speaks.
/// </summary>
internal sealed class QemuPort : ISegmentMember, IDisposable
{
    /// <summary>Bytes that hold any frame.</summary>
    public const int LargestFrame = 2048;

    /// <summary>Bytes that sockets of the segment keep.</summary>
    public const int BufferBytes = 4 << 20;

    private readonly EthernetSwitch segment;
    private readonly Socket socket;
    private readonly SocketAddress guest;
    private readonly int port;
    private readonly Thread receiver;
    private volatile bool stopping;

    /// <summary>Plugs a guest in that is about to be started.</summary>
    public QemuPort(EthernetSwitch segment)
    {
        this.segment = segment;
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferBytes, SendBufferSize = BufferBytes,
        };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        GuestPort = FreePort();
        guest = new IPEndPoint(IPAddress.Loopback, GuestPort).Serialize();
        port = segment.Connect(this);
        receiver = new Thread(Receive) { Name = "virtual switch port", IsBackground = true };
        receiver.Start();
    }

    /// <summary>The UDP port on loopback where QEMU is to receive.</summary>
    public int GuestPort { get; }

    /// <summary>Number of this port at the switch.</summary>
    public int Number => port;

    /// <summary>QEMU's option for the network card's other end.</summary>
    public string NetworkDevice(string id) =>
        $"dgram,id={id},local.type=inet,local.host=127.0.0.1,local.port={GuestPort}," +
        $"remote.type=inet,remote.host=127.0.0.1,remote.port={((IPEndPoint)socket.LocalEndPoint!).Port}";

    /// <inheritdoc />
    public void Deliver(ReadOnlySpan<byte> frame)
    {
        try
        {
            socket.SendTo(frame, SocketFlags.None, guest);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The guest is off, or this port is: a cable with nothing at its end.
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        // A blocked receive does not end with its socket; a datagram of our own ends it.
        socket.SendTo([], socket.LocalEndPoint!);
        receiver.Join();
        socket.Dispose();
    }

    /// <summary>A port that was free a moment ago; QEMU binds it a moment later.</summary>
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private void Receive()
    {
        byte[] frame = new byte[LargestFrame];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        while (!stopping)
        {
            try
            {
                int length = socket.ReceiveFrom(frame, SocketFlags.None, sender);
                if (sender.Equals(guest))
                {
                    segment.Forward(port, frame.AsSpan(0, length));
                }
            }
            catch (SocketException)
            {
                // Somebody was not there; the next frame may arrive.
            }
        }
    }
}
