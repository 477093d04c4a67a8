using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware;

/// <summary>
/// A block device, or a file that stands for one, read and written past the page cache: what is read back is what the
/// device has, not what the kernel remembers. Offsets, lengths and addresses are multiples of <see cref="Alignment"/>.
/// </summary>
public sealed unsafe partial class DirectFile : IDisposable
{
    /// <summary>Alignment of everything: the largest logical block of the devices that we meet.</summary>
    public const int Alignment = 4096;

    private const int SeekEnd = 2;
    private const int InvalidArgument = 22;
    private const int Interrupted = 4;
    private const int DropPages = 4;
    private const int ExclusiveFlag = 0x80;
    private readonly int descriptor;
    private readonly string path;

    private DirectFile(string path, int descriptor, bool isDirect)
    {
        this.path = path;
        this.descriptor = descriptor;
        IsDirect = isDirect;
        Bytes = Seek(descriptor, 0, SeekEnd);
    }

    /// <summary>Size of the device or file.</summary>
    public long Bytes { get; }

    /// <summary>Whether the file system takes O_DIRECT; elsewhere (tmpfs) pages are written out and dropped instead.</summary>
    public bool IsDirect { get; }

    // O_DIRECT, which differs between architectures (Linux asm/fcntl.h).
    private static int DirectFlag => RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? 0x10000 : 0x4000;

    /// <summary>Opens a device or an existing file for reading and, unless told otherwise, writing.</summary>
    /// <param name="path">The device or file.</param>
    /// <param name="readOnly">Only for reading.</param>
    /// <param name="shared">Also when a partition of it is mounted.</param>
    /// <exception cref="HardwareException">It cannot be opened.</exception>
    public static DirectFile Open(string path, bool readOnly = false, bool shared = false)
    {
        // A device that is opened exclusively cannot be mounted meanwhile, and one that is mounted cannot be opened so.
        int exclusive = !readOnly && !shared && path.StartsWith("/dev/", StringComparison.Ordinal) ? ExclusiveFlag : 0;
        int flags = (readOnly ? 0 : LinuxMemory.ReadWrite) | LinuxMemory.CloseOnExec | exclusive;
        int descriptor = LinuxMemory.Open(path, flags | DirectFlag);
        bool direct = descriptor >= 0;
        if (!direct && Marshal.GetLastPInvokeError() == InvalidArgument)
        {
            descriptor = LinuxMemory.Open(path, flags);
        }
        return descriptor >= 0
            ? new DirectFile(path, descriptor, direct)
            : throw new HardwareException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}; name a card or an existing file that you may write");
    }

    /// <summary>Writes aligned bytes.</summary>
    /// <exception cref="HardwareException">The device refused.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint written = WriteAt(descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (written <= 0 && Marshal.GetLastPInvokeError() != Interrupted)
                {
                    throw Failed("written", offset + done);
                }
                done += (int)Math.Max(0, written);
            }
        }
    }

    /// <summary>Reads aligned bytes.</summary>
    /// <exception cref="HardwareException">The device refused, or ended.</exception>
    public void Read(long offset, Span<byte> bytes)
    {
        if (!IsDirect)
        {
            Flush();
            Advise(descriptor, offset, bytes.Length, DropPages);
        }
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                nint read = ReadAt(descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (read == 0 || (read < 0 && Marshal.GetLastPInvokeError() != Interrupted))
                {
                    throw Failed("read", offset + done);
                }
                done += (int)Math.Max(0, read);
            }
        }
    }

    /// <summary>Waits until the device has everything.</summary>
    /// <exception cref="HardwareException">The device refused.</exception>
    public void Flush()
    {
        if (Synchronise(descriptor) != 0)
        {
            throw new HardwareException($"{path}: cannot be flushed: {Marshal.GetLastPInvokeErrorMessage()}; use another card or reader");
        }
    }

    /// <inheritdoc />
    public void Dispose() => LinuxMemory.Close(descriptor);

    private HardwareException Failed(string what, long offset) => new(
        $"{path}: byte {offset} cannot be {what}: {Marshal.GetLastPInvokeErrorMessage()}; use another card or reader");

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    private static partial nint WriteAt(int descriptor, void* bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static partial nint ReadAt(int descriptor, void* bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long Seek(int descriptor, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronise(int descriptor);

    [LibraryImport("libc", EntryPoint = "posix_fadvise64")]
    private static partial int Advise(int descriptor, long offset, long length, int advice);
}
