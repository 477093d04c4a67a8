using System.Net;

namespace FpgaEdge.Cli.Virtual;

/// <summary>Something that is plugged into the switch.</summary>
internal interface ISegmentMember
{
    /// <summary>Takes a frame, at once: called on the switch's threads.</summary>
    void Deliver(ReadOnlySpan<byte> frame);
}

/// <summary>An Ethernet segment, here or in another process.</summary>
internal interface IEthernetSegment
{
    /// <summary>Plugs a member in.</summary>
    /// <returns>Its port's number.</returns>
    int Connect(ISegmentMember member);

    /// <summary>Unplugs a member.</summary>
    void Disconnect(int port);

    /// <summary>A member sends a frame: destination, source, type, payload; no check sequence.</summary>
    void Forward(int from, ReadOnlySpan<byte> frame);
}

/// <summary>What happens to frames from one port to another.</summary>
/// <param name="Loss">Share of the frames that are lost, 0 to 1.</param>
/// <param name="Delay">How long each frame takes.</param>
/// <param name="IsCut">Nothing passes.</param>
internal readonly record struct LinkRule(double Loss, TimeSpan Delay, bool IsCut);

/// <summary>
/// One Ethernet segment in this process: learns who is where, floods what it does not know and what is meant for many,
/// and does to each direction of each pair of ports what it is told: loses, delays, cuts.
/// </summary>
/// <remarks>Addresses are learnt as IEEE 802.1D-2004 section 7.8 says; there are no loops, so no spanning tree.</remarks>
internal sealed class EthernetSwitch : IEthernetSegment, IDisposable
{
    /// <summary>Bytes of a frame's header; nothing shorter is a frame.</summary>
    public const int HeaderBytes = 14;

    private const int LargestBacklog = 10_000;

    private readonly Lock gate = new();
    private readonly List<ISegmentMember> members = [];
    private readonly Dictionary<ulong, int> learnt = [];
    private readonly Dictionary<(int From, int To), LinkRule> rules = [];
    private readonly PriorityQueue<(int To, byte[] Frame), long> delayed = new();
    private readonly object wake = new();
    private readonly Random random;
    private readonly Thread delivery;
    private volatile bool stopping;

    /// <summary>Makes a switch without members.</summary>
    /// <param name="seed">Of the losses.</param>
    public EthernetSwitch(int seed)
    {
        random = new Random(seed);
        delivery = new Thread(DeliverDelayed) { Name = "virtual switch", IsBackground = true };
        delivery.Start();
    }

    /// <summary>Frames that a rule lost or cut.</summary>
    public long Dropped { get; private set; }

    /// <inheritdoc />
    public int Connect(ISegmentMember member)
    {
        lock (gate)
        {
            members.Add(member);
            return members.Count - 1;
        }
    }

    /// <summary>Says what happens between two ports from now on, in both directions.</summary>
    public void SetLink(int a, int b, LinkRule rule)
    {
        lock (gate)
        {
            rules[(a, b)] = rule;
            rules[(b, a)] = rule;
        }
    }

    /// <inheritdoc />
    public void Disconnect(int port)
    {
        // A port keeps its number and its rules; what is sent to it ends at the member.
    }

    /// <inheritdoc />
    public void Forward(int from, ReadOnlySpan<byte> frame)
    {
        if (frame.Length < HeaderBytes)
        {
            return;
        }
        lock (gate)
        {
            learnt[MacAddress.Read(frame[6..])] = from;
            bool isGroup = (frame[0] & 1) != 0;
            if (!isGroup && learnt.TryGetValue(MacAddress.Read(frame), out int to))
            {
                Pass(from, to, frame);
                return;
            }
            for (int port = 0; port < members.Count; port++)
            {
                Pass(from, port, frame);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        lock (wake)
        {
            Monitor.Pulse(wake);
        }
        delivery.Join();
    }

    private void Pass(int from, int to, ReadOnlySpan<byte> frame)
    {
        if (from == to)
        {
            return;
        }
        LinkRule rule = rules.GetValueOrDefault((from, to));
        if (rule.IsCut || (rule.Loss > 0 && random.NextDouble() < rule.Loss))
        {
            Dropped++;
        }
        else if (rule.Delay <= TimeSpan.Zero)
        {
            members[to].Deliver(frame);
        }
        else
        {
            Postpone(to, frame, rule.Delay);
        }
    }

    private void Postpone(int to, ReadOnlySpan<byte> frame, TimeSpan delay)
    {
        long due = Environment.TickCount64 + (long)delay.TotalMilliseconds;
        lock (wake)
        {
            if (delayed.Count >= LargestBacklog)
            {
                Dropped++;
                return;
            }
            delayed.Enqueue((to, frame.ToArray()), due);
            Monitor.Pulse(wake);
        }
    }

    private void DeliverDelayed()
    {
        while (!stopping)
        {
            (int To, byte[] Frame)? next = null;
            lock (wake)
            {
                long now = Environment.TickCount64;
                if (delayed.TryPeek(out (int, byte[]) first, out long due) && due <= now)
                {
                    delayed.Dequeue();
                    next = first;
                }
                else
                {
                    Monitor.Wait(wake, delayed.Count == 0 ? Timeout.Infinite : (int)Math.Clamp(due - now, 1, 1000));
                }
            }
            if (next is (int to, byte[] frame))
            {
                members[to].Deliver(frame);
            }
        }
    }
}

/// <summary>IPv4 addresses on the segment.</summary>
internal static class MachineAddress
{
    /// <summary>The address of the machine with this number.</summary>
    public static IPAddress Of(byte number) => new([10, 77, 0, number]);
}

/// <summary>Ethernet addresses as numbers.</summary>
internal static class MacAddress
{
    /// <summary>Everybody.</summary>
    public const ulong Broadcast = 0xFFFF_FFFF_FFFF;

    /// <summary>Locally administered addresses that QEMU uses.</summary>
    private const ulong VirtualBoards = 0x5254_0077_0000;

    /// <summary>The address of the machine with this last number in its IP address.</summary>
    public static ulong OfMachine(byte number) => VirtualBoards | number;

    /// <summary>Reads six bytes.</summary>
    public static ulong Read(ReadOnlySpan<byte> bytes)
    {
        ulong address = 0;
        foreach (byte part in bytes[..6])
        {
            address = (address << 8) | part;
        }
        return address;
    }

    /// <summary>Writes six bytes.</summary>
    public static void Write(Span<byte> bytes, ulong address)
    {
        for (int i = 5; i >= 0; i--)
        {
            bytes[i] = (byte)address;
            address >>= 8;
        }
    }

    /// <summary>"52:54:00:77:00:01".</summary>
    public static string Text(ulong address) =>
        string.Join(':', Enumerable.Range(0, 6).Select(i => $"{(byte)(address >> (40 - (8 * i))):x2}"));
}
