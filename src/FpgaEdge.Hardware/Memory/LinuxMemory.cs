using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware;

/// <summary>The few system calls that .NET does not offer; values are those of Linux on x86-64, ARM and
/// ARM64.</summary>
internal static unsafe partial class LinuxMemory
{
    /// <summary>All physical memory as a file.</summary>
    public const string PhysicalMemory = "/dev/mem";

    /// <summary>O_RDWR.</summary>
    public const int ReadWrite = 0x2;

    /// <summary>O_SYNC: what makes /dev/mem and u-dma-buf map uncached.</summary>
    public const int Synchronous = 0x101000;

    /// <summary>O_CLOEXEC.</summary>
    public const int CloseOnExec = 0x80000;

    /// <summary>PROT_READ | PROT_WRITE.</summary>
    public const int ProtectReadWrite = 0x3;

    /// <summary>MAP_SHARED.</summary>
    public const int Shared = 0x1;

    /// <summary>MAP_FAILED.</summary>
    public static readonly void* Failed = (void*)-1;

    /// <summary>open(2) without a mode: it never creates.</summary>
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    /// <summary>mmap64, whose offset has 64 bits on 32-bit boards as well: 0x43C00000 fits either way, 0xA0000000 does
    /// not.</summary>
    [LibraryImport("libc", EntryPoint = "mmap64", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    /// <summary>munmap(2).</summary>
    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    /// <summary>close(2).</summary>
    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    /// <summary>ioctl(2) with a structure.</summary>
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int descriptor, nuint request, void* argument);

    /// <summary>usleep(3): .NET's own sleep has a resolution of one millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    public static partial int SleepMicroseconds(uint microseconds);
}
