using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// Where other programs of this machine plug into the segment: a UDP port on loopback. Datagrams of 14 bytes and more are
/// Ethernet frames, in both directions; shorter ones are the cable's own:
/// <code>
/// 1                    plug me in          answered by 1 number(1): the last byte of the program's address
/// 2 IPv4(4) port(2)    a way to this TCP   answered by 2 port(2): connections to it on loopback end there; 0 for none
/// 3                    unplug me
/// </code>
/// Whoever may open a port on this machine can plug in; the boards' datagrams are sealed with the cluster's key.
/// </summary>
internal sealed class SegmentSocket : IDisposable
{
    /// <summary>The port that is tried first.</summary>
    public const int DefaultPort = 47872;

    /// <summary>First and last number that programs get; boards are below, the segment's own machines above.</summary>
    private const byte FirstNumber = 200, LastNumber = 239;

    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(30);

    private readonly EthernetSwitch segment;
    private readonly SegmentRelay relay;
    private readonly Socket socket;
    private readonly List<Program> programs = [];
    private readonly Thread receiver;
    private volatile bool stopping;

    /// <summary>Opens the port.</summary>
    public SegmentSocket(EthernetSwitch segment)
    {
        this.segment = segment;
        relay = new SegmentRelay(segment);
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = QemuPort.BufferBytes, SendBufferSize = QemuPort.BufferBytes,
        };
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, DefaultPort));
        }
        catch (SocketException)
        {
            // Another shelf is there already.
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }
        receiver = new Thread(Receive) { Name = "virtual segment", IsBackground = true };
        receiver.Start();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)socket.LocalEndPoint!;

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        // A blocked receive does not end with its socket; a datagram of our own ends it.
        socket.SendTo([], socket.LocalEndPoint!);
        receiver.Join();
        socket.Dispose();
        relay.Dispose();
    }

    private void Receive()
    {
        byte[] bytes = new byte[QemuPort.LargestFrame];
        var sender = new SocketAddress(AddressFamily.InterNetwork);
        while (!stopping)
        {
            try
            {
                int length = socket.ReceiveFrom(bytes, SocketFlags.None, sender);
                Take(bytes.AsSpan(0, length), sender);
            }
            catch (SocketException)
            {
                // A program that has gone; the next datagram is another's.
            }
        }
    }

    private void Take(ReadOnlySpan<byte> bytes, SocketAddress sender)
    {
        Program? program = programs.Find(known => known.Is(sender));
        switch (bytes)
        {
            case { Length: >= EthernetSwitch.HeaderBytes }:
                program?.Send(segment, bytes);
                break;
            case [1]:
                program ??= PlugIn(sender);
                socket.SendTo(program is null ? [1, 0] : [1, program.Number], SocketFlags.None, sender);
                break;
            case [2, _, _, _, _, _, _]:
                AnswerWay(new IPEndPoint(new IPAddress(bytes[1..5]), BinaryPrimitives.ReadUInt16BigEndian(bytes[5..])), Copy(sender));
                break;
            case [3]:
                program?.Unplug();
                break;
        }
    }

    /// <summary>Not on the receiver's thread, where frames would wait meanwhile.</summary>
    private void AnswerWay(IPEndPoint machine, SocketAddress sender) => Task.Run(() =>
    {
        byte[] answer = [2, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(1), relay.PortFor(machine));
        TrySend(answer, sender);
    });

    private void TrySend(ReadOnlySpan<byte> bytes, SocketAddress to)
    {
        try
        {
            socket.SendTo(bytes, SocketFlags.None, to);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Nobody at the end of the cable.
        }
    }

    private static SocketAddress Copy(SocketAddress address)
    {
        var copy = new SocketAddress(address.Family, address.Size);
        address.Buffer.CopyTo(copy.Buffer);
        return copy;
    }

    private Program? PlugIn(SocketAddress sender)
    {
        Program? free = programs.Find(known => known.IsFree(Forgotten));
        if (free is null && FirstNumber + programs.Count <= LastNumber)
        {
            free = new Program(this, (byte)(FirstNumber + programs.Count));
            free.Port = segment.Connect(free);
            programs.Add(free);
        }
        free?.PlugIn(sender);
        return free;
    }

    /// <summary>A port of the switch with a program at its end, or free for the next one.</summary>
    private sealed class Program(SegmentSocket owner, byte number) : ISegmentMember
    {
        private volatile SocketAddress? address;
        private long heardAt;

        public byte Number => number;

        public int Port { get; set; }

        public bool Is(SocketAddress sender) => sender.Equals(address);

        public bool IsFree(TimeSpan forgotten) =>
            address is null || TimeProvider.System.GetElapsedTime(heardAt) > forgotten;

        public void PlugIn(SocketAddress sender)
        {
            heardAt = TimeProvider.System.GetTimestamp();
            address = Copy(sender);
        }

        public void Unplug() => address = null;

        public void Send(EthernetSwitch segment, ReadOnlySpan<byte> frame)
        {
            heardAt = TimeProvider.System.GetTimestamp();
            segment.Forward(Port, frame);
        }

        public void Deliver(ReadOnlySpan<byte> frame)
        {
            if (address is { } to)
            {
                owner.TrySend(frame, to);
            }
        }
    }
}
