using System.Runtime.InteropServices;

namespace FpgaEdge.Board;

/// <summary>
/// The system calls of Linux that move many datagrams at once, with their structures as glibc lays them out for 32 and 64
/// bits (socket.h, udp.h; man pages sendmmsg(2), recvmmsg(2), ppoll(2), udp(7)).
/// </summary>
internal static unsafe partial class LinuxDatagrams
{
    /// <summary>Level of UDP's own options.</summary>
    public const int UdpLevel = 17;

    /// <summary>Control message UDP_SEGMENT: the kernel cuts one buffer into datagrams of this size (Linux 4.18).</summary>
    public const int UdpSegment = 103;

    /// <summary>UDP_MAX_SEGMENTS of the oldest kernels that have it.</summary>
    public const int MostSegments = 64;

    /// <summary>Do not wait.</summary>
    public const int DontWait = 0x40;

    /// <summary>Something to read.</summary>
    public const short PollIn = 1;

    /// <summary>Bytes of a sockaddr_in6, the longest address used.</summary>
    public const int AddressBytes = 28;

    /// <summary>EINVAL, EIO, ENOPROTOOPT and EOPNOTSUPP: what a kernel or device without segmentation offload answers;
    /// EMSGSIZE: the path takes only smaller datagrams than the segments.</summary>
    public static bool IsRefusalToSegment(int error) => error is 22 or 5 or 92 or 95 or 90;

    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    public static partial int SendMany(SafeHandle socket, Envelope* messages, uint count, int flags);

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    public static partial int ReceiveMany(SafeHandle socket, Envelope* messages, uint count, int flags, void* timeout);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, Time* timeout, void* signals);

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Piece
    {
        public void* Start;
        public nuint Length;
    }

    /// <summary>struct mmsghdr: a struct msghdr, then the bytes that were moved.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Envelope
    {
        public Header Message;
        public uint Moved;
    }

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Header
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr with the one value of UDP_SEGMENT; padded to the size of a word.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SegmentControl
    {
        public nuint Length;
        public int Level;
        public int Type;
        public ushort SegmentBytes;

        /// <summary>CMSG_LEN of the value.</summary>
        public static nuint FilledBytes => (nuint)(sizeof(nuint) + (2 * sizeof(int)) + sizeof(ushort));
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Handle;
        public short Events;
        public short Returned;
    }

    /// <summary>struct timespec; on 32 bits that of the interface with 32-bit seconds, which is enough here.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
