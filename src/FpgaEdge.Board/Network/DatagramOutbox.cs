using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FpgaEdge.Cluster;

namespace FpgaEdge.Board;

/// <summary>
/// Datagrams on their way to the operating system: collected during a step of the node and handed over together. On
/// Linux, neighbours for one receiver that are equally long go through the network stack as one buffer, which the kernel
/// cuts into datagrams at the end (UDP segmentation offload): sending costs a fraction. Where the kernel or the device
/// refuses that, every datagram goes by itself, still many with one call. Used by one thread at a time.
/// </summary>
internal sealed unsafe class DatagramOutbox(Socket socket, bool mayUseKernel = true)
{
    private const int MostRuns = 64;
    private const int MostRunBytes = 65_000;
    private const int DataBytes = 2 * MostRunBytes;
    private const int KnownAddresses = 512;
    private readonly bool usesKernel = mayUseKernel && OperatingSystem.IsLinux();
    private readonly byte[] data = GC.AllocateUninitializedArray<byte>(DataBytes, pinned: true);
    private readonly byte[] names = GC.AllocateArray<byte>(MostRuns * LinuxDatagrams.AddressBytes, pinned: true);
    private readonly LinuxDatagrams.Piece[] pieces = GC.AllocateArray<LinuxDatagrams.Piece>(MostRuns, pinned: true);
    private readonly LinuxDatagrams.SegmentControl[] controls =
        GC.AllocateArray<LinuxDatagrams.SegmentControl>(MostRuns, pinned: true);
    private readonly LinuxDatagrams.Envelope[] envelopes =
        GC.AllocateArray<LinuxDatagrams.Envelope>(MostRuns, pinned: true);
    private readonly Run[] runs = new Run[MostRuns];
    private readonly Dictionary<PeerAddress, SocketAddress> addresses = [];
    private readonly AddressFamily family = socket.AddressFamily;
    private int runCount;
    private int used;

    /// <summary>Whether the kernel segments: true until it refused once.</summary>
    public bool Segments { get; set; } = mayUseKernel && OperatingSystem.IsLinux();

    /// <summary>Datagrams that the operating system refused to send.</summary>
    public long Failures { get; private set; }

    /// <summary>System calls made.</summary>
    public long Calls { get; private set; }

    /// <summary>Takes a copy of a datagram; sends what was collected when there is no more room.</summary>
    public void Add(PeerAddress to, ReadOnlySpan<byte> datagram)
    {
        if (family == AddressFamily.InterNetwork && !to.IsIPv4)
        {
            Failures++;
            return;
        }

        if (used + datagram.Length > data.Length)
        {
            Flush();
        }

        if (runCount == 0 || !runs[runCount - 1].Takes(to, datagram.Length, Segments))
        {
            if (runCount == MostRuns)
            {
                Flush();
            }

            runs[runCount++] = new Run { To = to, Start = used, SegmentBytes = datagram.Length };
        }

        datagram.CopyTo(data.AsSpan(used));
        used += datagram.Length;
        ref Run run = ref runs[runCount - 1];
        run.Bytes += datagram.Length;
        run.Count++;
        run.IsClosed = datagram.Length != run.SegmentBytes;
    }

    /// <summary>Sends everything.</summary>
    public void Flush()
    {
        try
        {
            if (usesKernel)
            {
                SendMany();
            }
            else
            {
                SendOneByOne(0);
            }
        }
        catch (ObjectDisposedException)
        {
            // Who still has something to say a moment after the socket was closed has nobody left to tell.
        }

        runCount = 0;
        used = 0;
    }

    private void SendMany()
    {
        for (int i = 0; i < runCount; i++)
        {
            Fill(i);
        }

        for (int done = 0; done < runCount;)
        {
            Calls++;
            int sent = LinuxDatagrams.SendMany(socket.SafeHandle,
                (LinuxDatagrams.Envelope*)Unsafe.AsPointer(ref envelopes[done]), (uint)(runCount - done),
                LinuxDatagrams.DontWait);
            if (sent > 0)
            {
                done += sent;
                continue;
            }

            if (runs[done].Count > 1 && LinuxDatagrams.IsRefusalToSegment(Marshal.GetLastPInvokeError()))
            {
                Segments = false;
                SendOneByOne(done);
                return;
            }

            Failures += runs[done].Count;
            done++;
        }
    }

    private void Fill(int index)
    {
        ref Run run = ref runs[index];
        ref LinuxDatagrams.Piece piece = ref pieces[index];
        ref LinuxDatagrams.Header header = ref envelopes[index].Message;
        Span<byte> name = names.AsSpan(index * LinuxDatagrams.AddressBytes, LinuxDatagrams.AddressBytes);
        piece.Start = Unsafe.AsPointer(ref data[run.Start]);
        piece.Length = (nuint)run.Bytes;
        header.Name = Unsafe.AsPointer(ref name[0]);
        header.NameLength = WriteName(name, run.To);
        header.Pieces = (LinuxDatagrams.Piece*)Unsafe.AsPointer(ref piece);
        header.PieceCount = 1;
        header.Control = null;
        header.ControlLength = 0;
        if (run.Count > 1)
        {
            ref LinuxDatagrams.SegmentControl control = ref controls[index];
            control.Length = LinuxDatagrams.SegmentControl.FilledBytes;
            control.Level = LinuxDatagrams.UdpLevel;
            control.Type = LinuxDatagrams.UdpSegment;
            control.SegmentBytes = (ushort)run.SegmentBytes;
            header.Control = Unsafe.AsPointer(ref control);
            header.ControlLength = (nuint)sizeof(LinuxDatagrams.SegmentControl);
        }
    }

    private uint WriteName(Span<byte> name, PeerAddress to)
    {
        ushort number = (ushort)(family == AddressFamily.InterNetwork ? 2 : 10);
        MemoryMarshal.Write(name, number);
        BinaryPrimitives.WriteUInt16BigEndian(name[2..], to.Port);
        if (family == AddressFamily.InterNetwork)
        {
            BinaryPrimitives.WriteUInt32BigEndian(name[4..], to.IPv4);
            return 16;
        }

        BinaryPrimitives.WriteUInt64BigEndian(name[8..], to.High);
        BinaryPrimitives.WriteUInt64BigEndian(name[16..], to.Low);
        MemoryMarshal.Write(name[24..], to.Scope);
        return LinuxDatagrams.AddressBytes;
    }

    private void SendOneByOne(int first)
    {
        for (int i = first; i < runCount; i++)
        {
            ref Run run = ref runs[i];
            for (int at = 0; at < run.Bytes; at += run.SegmentBytes)
            {
                SendOne(data.AsSpan(run.Start + at, Math.Min(run.SegmentBytes, run.Bytes - at)), run.To);
            }
        }
    }

    private void SendOne(ReadOnlySpan<byte> datagram, PeerAddress to)
    {
        if (!addresses.TryGetValue(to, out SocketAddress? address))
        {
            if (addresses.Count >= KnownAddresses)
            {
                addresses.Clear();
            }

            address = to.ToEndPoint(family).Serialize();
            addresses.Add(to, address);
        }

        try
        {
            Calls++;
            socket.SendTo(datagram, SocketFlags.None, address);
        }
        catch (SocketException)
        {
            Failures++;
        }
    }

    /// <summary>Datagrams for one receiver, all of one length but the last, which may be shorter.</summary>
    private struct Run
    {
        public PeerAddress To;
        public int Start;
        public int Bytes;
        public int SegmentBytes;
        public int Count;
        public bool IsClosed;

        public readonly bool Takes(PeerAddress to, int bytes, bool segments) =>
            segments && !IsClosed && bytes <= SegmentBytes && Count < LinuxDatagrams.MostSegments
            && Bytes + bytes <= MostRunBytes && to == To;
    }
}
