using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware;

/// <summary>
/// A range of a file in this process's address space, shared with everybody else who maps it. On a board the file is
/// <c>/dev/mem</c> and the offset a physical address; on a virtual board it is an ordinary file.
/// </summary>
/// <remarks>
/// /dev/mem has no length, which .NET's memory-mapped files insist on, so Linux maps with mmap(2) itself. It is opened
/// with O_SYNC, which makes the kernel map it uncached, unless a driver's buffer is to be cached; on ordinary files the flag
/// changes nothing here.
/// </remarks>
public sealed unsafe class MappedMemory : IDisposable
{
    private readonly MemoryMappedFile? portableFile;
    private readonly MemoryMappedViewAccessor? portableView;
    private byte* start;

    private MappedMemory(string path, byte* start, int length)
    {
        Path = path;
        this.start = start;
        Length = length;
    }

    private MappedMemory(string path, long offset, int length)
    {
        Path = path;
        Length = length;
        portableFile = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, offset + length);
        portableView = portableFile.CreateViewAccessor(offset, length);
        portableView.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        start += portableView.PointerOffset;
    }

    /// <summary>Frees the mapping when nobody disposed of it.</summary>
    ~MappedMemory() => Release();

    /// <summary>The mapped file.</summary>
    public string Path { get; }

    /// <summary>Mapped bytes.</summary>
    public int Length { get; }

    /// <summary>First mapped byte.</summary>
    /// <exception cref="ObjectDisposedException">The mapping is gone.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(start is null, this);
            return start;
        }
    }

    /// <summary>All mapped bytes. Ordinary memory only: registers are accessed through
    /// <see cref="RegisterWindow"/>.</summary>
    public Span<byte> Span => new(Pointer, Length);

    /// <summary>Maps part of a file for reading and writing.</summary>
    /// <param name="path">/dev/mem or an ordinary file that is at least <paramref name="offset"/> +
    /// <paramref name="length"/> long.</param>
    /// <param name="offset">First byte; a multiple of the page size.</param>
    /// <param name="length">Number of bytes.</param>
    /// <param name="cached">For devices: whether the processor's caches may hold it.</param>
    /// <exception cref="HardwareException">The file cannot be opened or mapped; the message says what to
    /// do.</exception>
    public static MappedMemory Open(string path, long offset, int length, bool cached = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        RequireLongEnough(path, offset + length);
        try
        {
            return OperatingSystem.IsLinux() ? MapLinux(path, offset, length, cached) : new MappedMemory(path, offset, length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HardwareException($"{path}: cannot be mapped: {e.Message}");
        }
    }

    /// <summary>Creates an ordinary file of zeros, sparse where the file system can, that <see cref="Open"/> then
    /// maps.</summary>
    /// <exception cref="HardwareException">The file cannot be made, or the file system has no room for all of
    /// it.</exception>
    public static void CreateFile(string path, int length)
    {
        try
        {
            string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!;
            long free = new DriveInfo(folder).AvailableFreeSpace;
            if (free < length)
            {
                // A sparse file that cannot grow kills the process that writes to its mapping.
                throw new HardwareException($"{path}: {length} bytes needed, {free} free; give a --directory with more room");
            }
            using FileStream file = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
            file.SetLength(length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HardwareException($"{path}: cannot be created: {e.Message}");
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private static MappedMemory MapLinux(string path, long offset, int length, bool cached)
    {
        int descriptor = LinuxMemory.Open(
            path, LinuxMemory.ReadWrite | LinuxMemory.CloseOnExec | (cached ? 0 : LinuxMemory.Synchronous));
        if (descriptor < 0)
        {
            throw Refused(path, "opened");
        }
        void* address = LinuxMemory.Map(
            null, (nuint)length, LinuxMemory.ProtectReadWrite, LinuxMemory.Shared, descriptor, offset);
        HardwareException? refusal = address == LinuxMemory.Failed ? Refused(path, $"mapped at 0x{offset:X}") : null;
        _ = LinuxMemory.Close(descriptor);
        return refusal is null ? new MappedMemory(path, (byte*)address, length) : throw refusal;
    }

    /// <summary>Pages beyond the end of an ordinary file can be mapped, and then kill the process that touches
    /// them.</summary>
    private static void RequireLongEnough(string path, long end)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new HardwareException($"{path}: no such file");
        }
        if ((file.Attributes & FileAttributes.Device) == 0 && path != LinuxMemory.PhysicalMemory && file.Length < end)
        {
            throw new HardwareException($"{path}: {end} bytes expected, {file.Length} found");
        }
    }

    private static HardwareException Refused(string path, string what)
    {
        string reason = Marshal.GetLastPInvokeErrorMessage();
        string hint = path == LinuxMemory.PhysicalMemory
            ? "; run as root, and see that the region is reserved (no-map) in the device tree"
            : "";
        return new HardwareException($"{path}: cannot be {what}: {reason}{hint}");
    }

    private void Release()
    {
        if (start is null)
        {
            return;
        }
        if (portableView is null)
        {
            _ = LinuxMemory.Unmap(start, (nuint)Length);
        }
        else
        {
            portableView.SafeMemoryMappedViewHandle.ReleasePointer();
            portableView.Dispose();
            portableFile!.Dispose();
        }
        start = null;
    }
}
