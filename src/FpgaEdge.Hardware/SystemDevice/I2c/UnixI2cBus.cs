using System.Runtime.InteropServices;
using FpgaEdge.Hardware;

namespace System.Device.I2c;

/// <summary>
/// /dev/i2c-N by ioctl(I2C_RDWR). Differs from the package in three ways, all of them in what happens when something is
/// wrong: a transfer of fewer messages than were asked for is an error (i2c-virtio reports an absent device that way),
/// the limit of a transfer is 100 ms instead of the kernel's second, and messages carry errno's text.
/// </summary>
internal class UnixI2cBus : I2cBus
{
    private const int TimeoutTensOfMilliseconds = 10;

    private readonly HashSet<int> addresses = [];
    private readonly string path;
    private int descriptor;

    /// <summary>A bus on an open file; tests use none (−1) and override <see cref="Submit"/>.</summary>
    protected UnixI2cBus(int busId, int descriptor)
    {
        BusId = busId;
        path = PathOf(busId);
        this.descriptor = descriptor;
    }

    /// <summary>N of /dev/i2c-N.</summary>
    public int BusId { get; }

    /// <summary>Opens /dev/i2c-N and sets the limit of its transfers.</summary>
    /// <exception cref="PlatformNotSupportedException">Not Linux.</exception>
    /// <exception cref="IOException">It cannot be opened, or cannot transfer plain messages.</exception>
    public static unsafe UnixI2cBus Open(int busId)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(busId);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("I2C devices are reached through Linux's /dev/i2c-N");
        }
        string path = PathOf(busId);
        int descriptor = LinuxMemory.Open(path, LinuxMemory.ReadWrite | LinuxMemory.CloseOnExec);
        if (descriptor < 0)
        {
            throw Refused($"{path}: cannot be opened");
        }
        nuint functions = 0;
        if (LinuxMemory.Control(descriptor, LinuxI2c.GetFunctions, &functions) < 0 || (functions & LinuxI2c.PlainMessages) == 0)
        {
            _ = LinuxMemory.Close(descriptor);
            throw new IOException($"{path}: expected an adapter of plain I2C messages, found one of SMBus commands only");
        }
        // An adapter that does not know these limits keeps its own: a second, most often.
        _ = LinuxI2c.Control(descriptor, LinuxI2c.SetTimeout, TimeoutTensOfMilliseconds);
        _ = LinuxI2c.Control(descriptor, LinuxI2c.SetRetries, 1);
        return new UnixI2cBus(busId, descriptor);
    }

    /// <inheritdoc />
    public override I2cDevice CreateDevice(int deviceAddress)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviceAddress);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(deviceAddress, 0x7F);
        return addresses.Add(deviceAddress)
            ? new UnixI2cDevice(this, deviceAddress, ownsBus: false)
            : throw new ArgumentException($"Device with address 0x{deviceAddress:X2} is already open.", nameof(deviceAddress));
    }

    /// <inheritdoc />
    public override void RemoveDevice(int deviceAddress)
    {
        if (!addresses.Remove(deviceAddress))
        {
            throw new ArgumentException($"Device with address 0x{deviceAddress:X2} was not open.", nameof(deviceAddress));
        }
    }

    /// <summary>The device was disposed of, perhaps after its address was removed.</summary>
    public void Forget(int address) => addresses.Remove(address);

    /// <summary>One transaction of one or two messages.</summary>
    /// <exception cref="IOException">Not all of it was transferred.</exception>
    public unsafe void Transfer(int address, ReadOnlySpan<byte> write, Span<byte> read, bool writes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(write.Length, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(read.Length, ushort.MaxValue);
        LinuxI2c.Message* messages = stackalloc LinuxI2c.Message[2];
        byte nothing = 0;
        fixed (byte* writeStart = write, readStart = read)
        {
            int count = 0;
            if (writes)
            {
                byte* buffer = writeStart is null ? &nothing : writeStart;
                messages[count++] = new() { Address = (ushort)address, Length = (ushort)write.Length, Buffer = buffer };
            }
            if (read.Length > 0)
            {
                messages[count++] = new()
                {
                    Address = (ushort)address, Flags = LinuxI2c.Reads, Length = (ushort)read.Length, Buffer = readStart,
                };
            }
            int transferred = Submit(messages, count);
            if (transferred < 0)
            {
                throw Refused($"{path}, address 0x{address:X2}");
            }
            if (transferred != count)
            {
                throw new IOException(
                    $"{path}, address 0x{address:X2}: expected a transfer of {count} messages, found {transferred}: no such device");
            }
        }
    }

    /// <summary>Hands messages to the kernel.</summary>
    /// <returns>How many were transferred, or −1 with errno set.</returns>
    protected virtual unsafe int Submit(LinuxI2c.Message* messages, int count)
    {
        ObjectDisposedException.ThrowIf(descriptor < 0, this);
        var list = new LinuxI2c.MessageList { Messages = messages, Count = (uint)count };
        return LinuxMemory.Control(descriptor, LinuxI2c.Transfer, &list);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (descriptor >= 0)
        {
            _ = LinuxMemory.Close(descriptor);
            descriptor = -1;
        }
        base.Dispose(disposing);
    }

    private static string PathOf(int busId) => $"/dev/i2c-{busId}";

    /// <summary>errno is in the message, the way the package puts it there: "Error 110 …".</summary>
    private static IOException Refused(string where)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Error {error}. {where}: {Marshal.GetPInvokeErrorMessage(error)}");
    }
}
