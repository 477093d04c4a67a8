using System.Net;

namespace FpgaEdge.Board;

/// <summary>
/// Where a cluster member or client sends and receives datagrams: the operating system's sockets, or a segment of
/// virtual boards inside this process. Sending is allowed from any thread, receiving from one.
/// </summary>
public interface IDatagramPort : IDisposable
{
    /// <summary>Where this port receives.</summary>
    IPEndPoint LocalEndPoint { get; }

    /// <summary>Sends one datagram; an empty one to <see cref="LocalEndPoint"/> only ends <see cref="Wait"/>.</summary>
    /// <param name="datagram">Its bytes.</param>
    /// <param name="to">The receiver, as serialised by <see cref="EndPoint.Serialize"/>.</param>
    void Send(ReadOnlySpan<byte> datagram, SocketAddress to);

    /// <summary>Sends one datagram to everybody in the group in which boards meet; nothing without a group.</summary>
    void Announce(ReadOnlySpan<byte> datagram);

    /// <summary>Waits until a datagram may be there; false when the time is over.</summary>
    bool Wait(TimeSpan limit);

    /// <summary>Takes one datagram if one is there; does not wait.</summary>
    /// <param name="buffer">At least as large as the largest datagram expected; what is larger is cut off or
    /// dropped.</param>
    /// <param name="sender">Receives the sender's address.</param>
    /// <param name="length">Bytes received.</param>
    bool TryReceive(Span<byte> buffer, SocketAddress sender, out int length);
}
