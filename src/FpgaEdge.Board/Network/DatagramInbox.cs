using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FpgaEdge.Cluster;

namespace FpgaEdge.Board;

/// <summary>
/// Datagrams as they come from the operating system, many with one call where it can do that. The memory is used again
/// for each <see cref="ClusterSocket.Receive"/>.
/// </summary>
public sealed unsafe class DatagramInbox
{
    /// <summary>The most datagrams taken at once.</summary>
    public const int Capacity = 64;

    /// <summary>Larger than any datagram of the protocol: what is cut off is then recognised as damaged.</summary>
    private const int SlotBytes = 2048;

    private readonly byte[] data = GC.AllocateArray<byte>(Capacity * SlotBytes, pinned: true);
    private readonly byte[] names = GC.AllocateArray<byte>(Capacity * LinuxDatagrams.AddressBytes, pinned: true);
    private readonly LinuxDatagrams.Piece[] pieces = GC.AllocateArray<LinuxDatagrams.Piece>(Capacity, pinned: true);
    private readonly LinuxDatagrams.Envelope[] envelopes =
        GC.AllocateArray<LinuxDatagrams.Envelope>(Capacity, pinned: true);
    private readonly int[] lengths = new int[Capacity];
    private readonly PeerAddress[] senders = new PeerAddress[Capacity];
    private readonly SocketAddress portableSender = new(AddressFamily.InterNetworkV6);

    /// <summary>Makes an empty one.</summary>
    public DatagramInbox()
    {
        for (int i = 0; i < Capacity; i++)
        {
            pieces[i].Start = Unsafe.AsPointer(ref data[i * SlotBytes]);
            pieces[i].Length = SlotBytes;
            envelopes[i].Message.Name = Unsafe.AsPointer(ref names[i * LinuxDatagrams.AddressBytes]);
            envelopes[i].Message.Pieces = (LinuxDatagrams.Piece*)Unsafe.AsPointer(ref pieces[i]);
            envelopes[i].Message.PieceCount = 1;
        }
    }

    /// <summary>Datagrams that are there.</summary>
    public int Count { get; private set; }

    /// <summary>Whether as many came as fit: more may be waiting.</summary>
    public bool IsFull => Count == Capacity;

    /// <summary>A datagram's bytes, until the next receive.</summary>
    public ReadOnlySpan<byte> this[int index] => data.AsSpan(index * SlotBytes, lengths[index]);

    /// <summary>Where a datagram came from.</summary>
    public PeerAddress SenderOf(int index) => senders[index];

    /// <summary>Forgets what is there.</summary>
    public void Clear() => Count = 0;

    /// <summary>Takes in a copy of a datagram that did not come through the operating system. What is too long is cut
    /// off; what is one too many is dropped.</summary>
    public void Add(PeerAddress from, ReadOnlySpan<byte> datagram)
    {
        if (!IsFull)
        {
            lengths[Count] = Math.Min(datagram.Length, SlotBytes);
            datagram[..lengths[Count]].CopyTo(data.AsSpan(Count * SlotBytes));
            senders[Count++] = from;
        }
    }

    /// <summary>Takes what is there, without waiting, behind what was taken already.</summary>
    internal void Take(Socket socket)
    {
        if (Count == Capacity)
        {
            return;
        }

        if (OperatingSystem.IsLinux())
        {
            TakeMany(socket);
        }
        else
        {
            TakeOneByOne(socket);
        }
    }

    private static PeerAddress AddressOf(ReadOnlySpan<byte> name)
    {
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(name[2..]);
        return MemoryMarshal.Read<ushort>(name) == (ushort)AddressFamily.InterNetwork
            ? PeerAddress.FromIPv4(BinaryPrimitives.ReadUInt32BigEndian(name[4..]), port)
            : new PeerAddress(BinaryPrimitives.ReadUInt64BigEndian(name[8..]),
                BinaryPrimitives.ReadUInt64BigEndian(name[16..]), MemoryMarshal.Read<uint>(name[24..]), port);
    }

    private void TakeMany(Socket socket)
    {
        for (int i = Count; i < Capacity; i++)
        {
            envelopes[i].Message.NameLength = LinuxDatagrams.AddressBytes;
        }

        int received = LinuxDatagrams.ReceiveMany(socket.SafeHandle,
            (LinuxDatagrams.Envelope*)Unsafe.AsPointer(ref envelopes[Count]), (uint)(Capacity - Count),
            LinuxDatagrams.DontWait, null);
        for (; received > 0; received--, Count++)
        {
            lengths[Count] = (int)envelopes[Count].Moved;
            senders[Count] = AddressOf(names.AsSpan(Count * LinuxDatagrams.AddressBytes, LinuxDatagrams.AddressBytes));
        }
    }

    private void TakeOneByOne(Socket socket)
    {
        try
        {
            while (Count < Capacity && socket.Poll(0, SelectMode.SelectRead))
            {
                lengths[Count] = socket.ReceiveFrom(
                    data.AsSpan(Count * SlotBytes, SlotBytes), SocketFlags.None, portableSender);
                senders[Count] = PeerAddress.FromEndPoint(
                    (IPEndPoint)new IPEndPoint(IPAddress.Any, 0).Create(portableSender));
                Count++;
            }
        }
        catch (SocketException)
        {
            // Nothing is there after all, or it was larger than anything we expect.
        }
    }
}
