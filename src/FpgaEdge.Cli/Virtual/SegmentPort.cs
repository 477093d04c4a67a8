using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using FpgaEdge.Board;
using FpgaEdge.Cluster;

namespace FpgaEdge.Cli.Virtual;

/// <summary>
/// This process as one more machine on the virtual segment, without the operating system's network and so without its
/// administrator: enough of Ethernet, ARP, IPv4 and UDP for datagrams that fit one frame.
/// </summary>
/// <remarks>RFC 826 (ARP), RFC 791 (IPv4, no options, no fragments), RFC 768 (UDP; the checksum is left out, as it may
/// be: every datagram is sealed), RFC 1112 (multicast addresses).</remarks>
internal sealed class SegmentPort : IDatagramPort, ISegmentMember
{
    private const int EthernetBytes = 14;
    private const int IpBytes = 20;
    private const int UdpBytes = 8;
    private const int HeaderBytes = EthernetBytes + IpBytes + UdpBytes;
    private const int LargestPayload = 1472;
    private const int LargestBacklog = 20_000;
    private const int ClientPort = 47802;
    private const ushort TypeIp = 0x0800;
    private const ushort TypeArp = 0x0806;
    private const ulong MulticastMac = 0x0100_5E00_0000;

    private readonly IEthernetSegment segment;
    private readonly int port;
    private readonly ulong ownMac;
    private readonly uint ownAddress;
    private readonly IPEndPoint group;
    private readonly object gate = new();
    private readonly Queue<(uint Address, ushort Port, byte[] Payload)> received = new();
    private readonly Dictionary<uint, ulong> neighbours = [];

    /// <summary>Plugs this process in.</summary>
    /// <param name="segment">The switch.</param>
    /// <param name="own">Address and UDP port on the segment.</param>
    /// <param name="group">Where boards meet.</param>
    public SegmentPort(IEthernetSegment segment, IPEndPoint own, IPEndPoint group)
    {
        this.segment = segment;
        this.group = group;
        LocalEndPoint = own;
        byte[] address = own.Address.GetAddressBytes();
        ownAddress = BinaryPrimitives.ReadUInt32BigEndian(address);
        ownMac = MacAddress.OfMachine(address[3]);
        port = segment.Connect(this);
    }

    /// <summary>Plugs this process into the segment that another one runs.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static SegmentPort PlugIn(IPEndPoint there)
    {
        SegmentCable cable = SegmentCable.PlugIn(there);
        return new SegmentPort(cable, ClientAt(cable.Number), DaemonOptions.DefaultMulticast);
    }

    /// <summary>Where a client is on the segment.</summary>
    /// <param name="number">The last byte of its address.</param>
    public static IPEndPoint ClientAt(byte number) => new(MachineAddress.Of(number), ClientPort);

    /// <inheritdoc />
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Number of this port at the switch.</summary>
    public int Number => port;

    /// <inheritdoc />
    public void Send(ReadOnlySpan<byte> datagram, SocketAddress to)
    {
        ReadOnlySpan<byte> bytes = to.Buffer.Span;
        Queue(PeerAddress.FromIPv4(
            BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])), datagram);
    }

    /// <inheritdoc />
    public void Queue(PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        uint toAddress = to.IPv4;
        if (toAddress == ownAddress)
        {
            Enqueue(ownAddress, (ushort)LocalEndPoint.Port, datagram.ToArray());
            return;
        }
        ulong mac;
        lock (gate)
        {
            neighbours.TryGetValue(toAddress, out mac);
        }
        if (mac == 0)
        {
            // Datagrams may be lost, and whoever needs this one sends it again: by then the answer is there.
            AskFor(toAddress);
            return;
        }
        SendUdp(mac, toAddress, to.Port, datagram);
    }

    /// <inheritdoc />
    public void Announce(ReadOnlySpan<byte> datagram)
    {
        uint address = BinaryPrimitives.ReadUInt32BigEndian(group.Address.GetAddressBytes());
        SendUdp(MulticastMac | (address & 0x7F_FFFF), address, (ushort)group.Port, datagram);
    }

    /// <inheritdoc />
    public bool Wait(TimeSpan limit)
    {
        lock (gate)
        {
            return received.Count > 0 || Monitor.Wait(gate, limit);
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
        // Nothing is kept back: this process pays for frames, not for system calls.
    }

    /// <inheritdoc />
    public void Receive(DatagramInbox inbox)
    {
        inbox.Clear();
        lock (gate)
        {
            while (!inbox.IsFull && received.TryDequeue(out (uint Address, ushort Port, byte[] Payload) next))
            {
                inbox.Add(PeerAddress.FromIPv4(next.Address, next.Port), next.Payload);
            }
        }
    }

    /// <inheritdoc />
    public void Deliver(ReadOnlySpan<byte> frame)
    {
        switch (BinaryPrimitives.ReadUInt16BigEndian(frame[12..]))
        {
            case TypeArp:
                TakeArp(frame[EthernetBytes..]);
                break;
            case TypeIp:
                TakeIp(MacAddress.Read(frame[6..]), frame[EthernetBytes..]);
                break;
        }
    }

    /// <inheritdoc />
    public void Dispose() => segment.Disconnect(port);

    private void TakeArp(ReadOnlySpan<byte> arp)
    {
        if (arp.Length < 28)
        {
            return;
        }
        ulong mac = MacAddress.Read(arp[8..]);
        uint address = BinaryPrimitives.ReadUInt32BigEndian(arp[14..]);
        Learn(address, mac);
        bool isRequest = BinaryPrimitives.ReadUInt16BigEndian(arp[6..]) == 1;
        if (isRequest && BinaryPrimitives.ReadUInt32BigEndian(arp[24..]) == ownAddress)
        {
            SendArp(2, mac, mac, address);
        }
    }

    private void TakeIp(ulong fromMac, ReadOnlySpan<byte> ip)
    {
        int header = ip.Length < IpBytes ? 0 : (ip[0] & 15) * 4;
        bool isWholeUdp = header >= IpBytes && ip[0] >> 4 == 4 && ip[9] == 17
            && (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3FFF) == 0;
        if (!isWholeUdp || ip.Length < header + UdpBytes)
        {
            return;
        }
        uint from = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
        uint to = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        ReadOnlySpan<byte> udp = ip[header..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        int toPort = BinaryPrimitives.ReadUInt16BigEndian(udp[2..]);
        Learn(from, fromMac);
        bool isForGroup = to == BinaryPrimitives.ReadUInt32BigEndian(group.Address.GetAddressBytes()) && toPort == group.Port;
        bool isForUs = to == ownAddress && toPort == LocalEndPoint.Port;
        if ((isForGroup || isForUs) && length >= UdpBytes && length <= udp.Length)
        {
            Enqueue(from, BinaryPrimitives.ReadUInt16BigEndian(udp), udp[UdpBytes..length].ToArray());
        }
    }

    private void Learn(uint address, ulong mac)
    {
        lock (gate)
        {
            neighbours[address] = mac;
        }
    }

    private void Enqueue(uint address, ushort fromPort, byte[] payload)
    {
        lock (gate)
        {
            if (received.Count < LargestBacklog)
            {
                received.Enqueue((address, fromPort, payload));
            }
            Monitor.Pulse(gate);
        }
    }

    private void SendUdp(ulong toMac, uint toAddress, ushort toPort, ReadOnlySpan<byte> payload)
    {
        if (payload.Length > LargestPayload)
        {
            return;
        }
        Span<byte> frame = stackalloc byte[HeaderBytes + LargestPayload];
        frame[..HeaderBytes].Clear();
        WriteEthernet(frame, toMac, TypeIp);
        Span<byte> ip = frame[EthernetBytes..];
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IpBytes + UdpBytes + payload.Length));
        ip[6] = 0x40;
        ip[8] = 1;
        ip[9] = 17;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], ownAddress);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], toAddress);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..IpBytes]));
        Span<byte> udp = ip[IpBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)LocalEndPoint.Port);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], toPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(UdpBytes + payload.Length));
        payload.CopyTo(udp[UdpBytes..]);
        segment.Forward(port, frame[..(HeaderBytes + payload.Length)]);
    }

    private void AskFor(uint address) => SendArp(1, MacAddress.Broadcast, 0, address);

    private void SendArp(ushort operation, ulong toMac, ulong targetMac, uint targetAddress)
    {
        Span<byte> frame = stackalloc byte[EthernetBytes + 28];
        WriteEthernet(frame, toMac, TypeArp);
        Span<byte> arp = frame[EthernetBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(arp, 1);
        BinaryPrimitives.WriteUInt16BigEndian(arp[2..], TypeIp);
        arp[4] = 6;
        arp[5] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(arp[6..], operation);
        MacAddress.Write(arp[8..], ownMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[14..], ownAddress);
        MacAddress.Write(arp[18..], targetMac);
        BinaryPrimitives.WriteUInt32BigEndian(arp[24..], targetAddress);
        segment.Forward(port, frame);
    }

    private void WriteEthernet(Span<byte> frame, ulong toMac, ushort type)
    {
        MacAddress.Write(frame, toMac);
        MacAddress.Write(frame[6..], ownMac);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], type);
    }

    /// <summary>The ones' complement sum of RFC 1071.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (int i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }
        while (sum > 0xFFFF)
        {
            sum = (sum & 0xFFFF) + (sum >> 16);
        }
        return (ushort)~sum;
    }
}
