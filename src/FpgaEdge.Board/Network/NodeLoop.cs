using System.Net;
using System.Net.Sockets;
using FpgaEdge.Cluster;

namespace FpgaEdge.Board;

/// <summary>A step machine of the cluster as its network thread sees it.</summary>
public interface ISteppedNode
{
    /// <summary>When <see cref="OnTimer"/> wants to be called.</summary>
    long NextTimerNs { get; }

    /// <summary>A datagram arrived.</summary>
    void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram);

    /// <summary>The time has come.</summary>
    void OnTimer(long nowNs);
}

/// <summary>
/// The thread that moves datagrams and time into a step machine. Other threads enter the machine through
/// <see cref="Call"/>; all calls are one at a time.
/// </summary>
public sealed class NodeLoop : IDisposable
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(100);

    private readonly IDatagramPort socket;
    private readonly ISteppedNode node;
    private readonly Thread thread;
    private readonly Lock gate = new();
    private readonly DatagramInbox inbox = new();
    private readonly SocketAddress ownAddress;
    private long waitingUntilNs;
    private volatile bool stopping;

    /// <summary>Makes a loop that does not run yet.</summary>
    /// <param name="socket">Not disposed of by this loop.</param>
    /// <param name="node">The machine.</param>
    public NodeLoop(IDatagramPort socket, ISteppedNode node)
    {
        this.socket = socket;
        this.node = node;
        IPEndPoint own = socket.LocalEndPoint;
        ownAddress = (own.Address.Equals(IPAddress.Any) ? new IPEndPoint(IPAddress.Loopback, own.Port) : own).Serialize();
        thread = new Thread(Run) { Name = "network", IsBackground = true };
    }

    /// <summary>What ended the loop, if it was not <see cref="Dispose"/>: a defect.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Nanoseconds of a monotonic clock.</summary>
    public static long NowNs =>
        (long)(TimeProvider.System.GetTimestamp() * (1e9 / TimeProvider.System.TimestampFrequency));

    /// <summary>Starts the thread.</summary>
    public void Start() => thread.Start();

    /// <summary>Does something with the machine, while nobody else does.</summary>
    public void Call(Action<long> step)
    {
        bool wake;
        lock (gate)
        {
            step(NowNs);
            socket.Flush();
            wake = node.NextTimerNs < Interlocked.Read(ref waitingUntilNs);
        }
        if (wake)
        {
            // The thread waits for a datagram or for a later time than is needed now; an empty datagram wakes it.
            socket.Send([], ownAddress);
        }
    }

    /// <summary>Sends for the machine, which calls this from inside its steps; what a step sends goes out at its
    /// end.</summary>
    public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) => socket.Queue(to, datagram);

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        if (thread.IsAlive && thread != Thread.CurrentThread)
        {
            socket.Send([], ownAddress);
            thread.Join();
        }
    }

    /// <summary>What the thread does again and again: takes what arrived and does what is due.</summary>
    internal void Turn()
    {
        socket.Receive(inbox);
        lock (gate)
        {
            // A datagram without bytes is only there to end the wait.
            long now = NowNs;
            for (int i = 0; i < inbox.Count; i++)
            {
                if (inbox[i].Length > 0)
                {
                    node.OnDatagram(now, inbox.SenderOf(i), inbox[i]);
                }
            }
            if (node.NextTimerNs <= now)
            {
                node.OnTimer(now);
            }
            socket.Flush();
        }
    }

    private void Run()
    {
        try
        {
            while (!stopping)
            {
                if (!inbox.IsFull)
                {
                    Wait();
                }
                Turn();
            }
        }
        catch (Exception e)
        {
            Failed?.Invoke(e);
        }
    }

    private void Wait()
    {
        long next;
        lock (gate)
        {
            next = Math.Min(node.NextTimerNs, NowNs + ((long)LongestWait.TotalMilliseconds * 1_000_000));
            Interlocked.Exchange(ref waitingUntilNs, next);
        }
        socket.Wait(TimeSpan.FromMicroseconds(Math.Max(0, (next - NowNs) / 1000)));
        Interlocked.Exchange(ref waitingUntilNs, 0);
    }
}
