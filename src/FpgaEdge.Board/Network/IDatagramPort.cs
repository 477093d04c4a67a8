using System.Net;
using FpgaEdge.Cluster;

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

    /// <summary>Takes the datagrams that are there, as many as fit; does not wait.</summary>
    /// <param name="inbox">Loses what it held.</param>
    void Receive(DatagramInbox inbox);

    /// <summary>Takes a copy of a datagram, to be sent at the latest with the next <see cref="Flush"/>. By one thread at a
    /// time, like that.</summary>
    void Queue(PeerAddress to, ReadOnlySpan<byte> datagram);

    /// <summary>Sends what was queued.</summary>
    void Flush();
}
