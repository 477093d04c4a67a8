using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// This process at the segment of virtual boards that another process runs; see <see cref="SegmentSocket"/> for what passes.
/// </summary>
internal sealed class SegmentCable : IEthernetSegment
{
    private const int Attempts = 5;
    private const int AnswerMs = 1000;

    private readonly Socket socket;
    private volatile bool unplugged;

    private SegmentCable(Socket socket, byte number)
    {
        this.socket = socket;
        Number = number;
    }

    /// <summary>The last byte of this process's address on the segment.</summary>
    public byte Number { get; }

    /// <summary>Plugs this process in.</summary>
    /// <param name="segment">Where <c>fpgaedge virtual up</c> said that its segment is.</param>
    /// <exception cref="CliException">There is no segment.</exception>
    public static SegmentCable PlugIn(IPEndPoint segment)
    {
        Socket socket = Open();
        byte[] answer = new byte[2];
        if (Ask(socket, segment, [1], answer) && answer[1] != 0)
        {
            socket.Connect(segment);
            return new SegmentCable(socket, answer[1]);
        }
        socket.Dispose();
        throw Nobody(segment);
    }

    /// <summary>A TCP port on loopback behind which a port of a machine on the segment is.</summary>
    /// <exception cref="CliException">There is no segment, or it has no such way.</exception>
    public static IPEndPoint RelayTo(IPEndPoint segment, IPEndPoint machine)
    {
        using Socket socket = Open();
        byte[] answer = new byte[3];
        byte[] question = [2, .. machine.Address.GetAddressBytes(), (byte)(machine.Port >> 8), (byte)machine.Port];
        if (!Ask(socket, segment, question, answer))
        {
            throw Nobody(segment);
        }
        int port = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(1));
        return port != 0
            ? new IPEndPoint(IPAddress.Loopback, port)
            : throw new CliException(ExitCode.NoBoard, $"{segment}: expected a way to {machine}, found none; " +
                "the emulator there has no user network; type: apt-get install qemu-system-x86");
    }

    /// <inheritdoc />
    public int Connect(ISegmentMember member)
    {
        new Thread(() => Receive(member)) { Name = "segment cable", IsBackground = true }.Start();
        return 0;
    }

    /// <inheritdoc />
    public void Disconnect(int port)
    {
        unplugged = true;
        Try(() => socket.Send([3]));
        // Ends the receiving thread.
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    }

    /// <inheritdoc />
    public void Forward(int from, ReadOnlySpan<byte> frame)
    {
        try
        {
            socket.Send(frame);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The segment is gone: so are the boards, which is what the client will notice.
        }
    }

    private static Socket Open() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = QemuPort.BufferBytes, SendBufferSize = QemuPort.BufferBytes, ReceiveTimeout = AnswerMs,
    };

    private static bool Ask(Socket socket, IPEndPoint segment, byte[] question, byte[] answer)
    {
        EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                socket.SendTo(question, segment);
                if (socket.ReceiveFrom(answer, ref sender) == answer.Length && answer[0] == question[0] && sender.Equals(segment))
                {
                    return true;
                }
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.MessageSize)
            {
                // Lost, or a frame that came first.
            }
            catch (SocketException)
            {
                return false;
            }
        }
        return false;
    }

    private static CliException Nobody(IPEndPoint segment) => new(ExitCode.NoBoard,
        $"--segment {segment}: expected the segment of virtual boards, found nobody; 'fpgaedge virtual up' says where its segment is");

    private void Receive(ISegmentMember member)
    {
        byte[] frame = new byte[QemuPort.LargestFrame];
        socket.ReceiveTimeout = 0;
        while (!unplugged)
        {
            Try(() =>
            {
                int length = socket.Receive(frame);
                if (length >= EthernetSwitch.HeaderBytes)
                {
                    member.Deliver(frame.AsSpan(0, length));
                }
            });
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (!unplugged)
            {
                // The other process ended; do not spin until ours notices.
                Thread.Sleep(100);
            }
        }
    }
}
