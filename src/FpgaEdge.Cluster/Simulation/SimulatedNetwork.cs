using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>What the simulated network does to datagrams. All chances are per mille.</summary>
public sealed class NetworkFaults
{
    /// <summary>Datagrams lost.</summary>
    public int Loss { get; set; }

    /// <summary>Datagrams delivered twice.</summary>
    public int Duplicate { get; set; }

    /// <summary>Datagrams with flipped bits or cut off.</summary>
    public int Corrupt { get; set; }

    /// <summary>Shortest delay.</summary>
    public long DelayNs { get; set; } = 100_000;

    /// <summary>Added at random, up to this; larger than the gap between datagrams it also reorders them.</summary>
    public long JitterNs { get; set; } = 50_000;
}

/// <summary>
/// A network of nodes 0 … n − 1 with directed links that can be cut or clogged. Node i has the address 10.0.0.(i+1),
/// port 4000.
/// </summary>
/// <param name="linkBitsPerSecond">Speed of each node's link, both ways; 0 is no limit.</param>
/// <param name="random">Decides what is lost, repeated, damaged and late.</param>
/// <param name="faults">How much of that there is.</param>
/// <param name="schedule">Called with the time at which a datagram arrives.</param>
internal sealed class SimulatedNetwork(
    long[] linkBitsPerSecond, SimulationRandom random, NetworkFaults faults, Action<long, Delivery> schedule)
{
    private readonly int nodes = linkBitsPerSecond.Length;
    private readonly long[] sendFreeNs = new long[linkBitsPerSecond.Length];
    private readonly long[] receiveFreeNs = new long[linkBitsPerSecond.Length];
    private readonly bool[] cut = new bool[linkBitsPerSecond.Length * linkBitsPerSecond.Length];
    private readonly bool[] unplugged = new bool[linkBitsPerSecond.Length];
    private readonly long[] cloggedUntil = new long[linkBitsPerSecond.Length * linkBitsPerSecond.Length];
    private readonly Stack<byte[]> spare = new();

    public NetworkFaults Faults { get; set; } = faults;

    public long Datagrams { get; private set; }

    /// <summary>Keeps a copy of everything that is delivered, when there is a list.</summary>
    public List<byte[]>? Recorded { get; set; }

    public static PeerAddress AddressOf(int node) => PeerAddress.FromIPv4(0x0a000001u + (uint)node, 4000);

    public static int NodeOf(PeerAddress address) => (int)(address.IPv4 - 0x0a000001u);

    public void Cut(int from, int to, bool isCut) => cut[(from * nodes) + to] = isCut;

    public bool IsCut(int from, int to) => cut[(from * nodes) + to] || unplugged[from] || unplugged[to];

    /// <summary>Takes a node's interface away, or gives it back; what is on the wire then still arrives elsewhere.</summary>
    public void Plug(int node, bool isPlugged) => unplugged[node] = !isPlugged;

    /// <summary>Holds back what goes over a link until a time.</summary>
    public void Clog(int from, int to, long untilNs) => cloggedUntil[(from * nodes) + to] = untilNs;

    public void HealAll()
    {
        Array.Clear(cut);
        Array.Clear(unplugged);
        Array.Clear(cloggedUntil);
    }

    public void Send(long nowNs, int from, int to, ReadOnlySpan<byte> datagram)
    {
        if (to < 0 || to >= nodes || to == from)
        {
            return;
        }

        Datagrams++;
        if (IsCut(from, to) || random.Chance(Faults.Loss))
        {
            return;
        }

        Deliver(nowNs, from, to, datagram);
        if (random.Chance(Faults.Duplicate))
        {
            Deliver(nowNs, from, to, datagram);
        }
    }

    public void Multicast(long nowNs, int from, ReadOnlySpan<byte> datagram)
    {
        for (int to = 0; to < nodes; to++)
        {
            Send(nowNs, from, to, datagram);
        }
    }

    public void Recycle(byte[] buffer) => spare.Push(buffer);

    private void Deliver(long nowNs, int from, int to, ReadOnlySpan<byte> datagram)
    {
        byte[] buffer = spare.TryPop(out byte[]? reused) ? reused : new byte[1500];
        datagram.CopyTo(buffer);
        Recorded?.Add(datagram.ToArray());
        int length = datagram.Length;
        bool corrupted = random.Chance(Faults.Corrupt);
        if (corrupted)
        {
            length = Corrupt(buffer, length);
        }

        long at = Math.Max(nowNs, cloggedUntil[(from * nodes) + to]) + Faults.DelayNs + random.Below(Faults.JitterNs);
        at += OnTheWire(sendFreeNs, from, datagram.Length, nowNs);
        at += OnTheWire(receiveFreeNs, to, datagram.Length, at);
        schedule(at, new Delivery(from, to, buffer, length, corrupted));
    }

    /// <summary>Time from <paramref name="nowNs"/> until a link has moved a datagram, waiting included.</summary>
    private long OnTheWire(long[] freeNs, int node, int bytes, long nowNs)
    {
        if (linkBitsPerSecond[node] == 0)
        {
            return 0;
        }

        long takesNs = (bytes + LinkCosts.FramingBytes) * 8_000_000_000L / linkBitsPerSecond[node];
        freeNs[node] = Math.Max(freeNs[node], nowNs) + takesNs;
        return freeNs[node] - nowNs;
    }

    private int Corrupt(byte[] buffer, int length)
    {
        if (random.Chance(200))
        {
            return (int)random.Below(length);
        }

        // Flips in different bytes, so that none undoes another.
        int step = Math.Max(1, length / 4);
        for (long flips = random.Between(1, 4), at = random.Below(step); flips > 0 && at < length; flips--, at += step)
        {
            buffer[at] ^= (byte)(1 << (int)random.Below(8));
        }

        return length;
    }
}

/// <summary>A datagram on its way.</summary>
internal readonly record struct Delivery(int From, int To, byte[] Buffer, int Length, bool Corrupted);
