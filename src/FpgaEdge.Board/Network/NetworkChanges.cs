using System.Runtime.InteropServices;

namespace FpgaEdge.Board;

/// <summary>
/// Says when the kernel changed something about interfaces or their addresses (rtnetlink(7)): a group that was joined on an
/// interface is forgotten when the interface is removed, as a USB adapter is, and nobody tells the socket. Linux only; a
/// kernel that does not offer it is taken for one on which nothing changes.
/// </summary>
internal sealed unsafe partial class NetworkChanges : IDisposable
{
    private const int Family = 16;
    private const int Raw = 3;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const uint Link = 1;
    private const uint Address4 = 0x10;

    private NetworkChanges(int handle) => Handle = handle;

    /// <summary>To wait on, together with others.</summary>
    public int Handle { get; private set; }

    /// <summary>Begins to listen; null where that is not possible.</summary>
    public static NetworkChanges? Open()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }
        int handle = Socket(Family, Raw | NonBlocking | CloseOnExec, 0);
        if (handle < 0)
        {
            return null;
        }
        var address = new NetlinkAddress { Family = Family, Groups = Link | Address4 };
        if (Bind(handle, &address, sizeof(NetlinkAddress)) == 0)
        {
            return new NetworkChanges(handle);
        }
        Close(handle);
        return null;
    }

    /// <summary>Takes what was said; true when it was anything.</summary>
    public bool Take()
    {
        byte* notice = stackalloc byte[4096];
        bool any = false;

        // Too many at once are as good as one: ENOBUFS (105) says so.
        while (Receive(Handle, notice, 4096, 0) is var taken && (taken > 0 || (taken < 0 && Marshal.GetLastPInvokeError() == 105)))
        {
            any = true;
        }
        return any;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Handle >= 0)
        {
            Close(Handle);
            Handle = -1;
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int handle, NetlinkAddress* address, int bytes);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int handle, byte* buffer, nuint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    /// <summary>struct sockaddr_nl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint Process;
        public uint Groups;
    }
}
