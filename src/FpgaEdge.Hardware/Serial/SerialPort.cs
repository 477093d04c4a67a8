using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace FpgaEdge.Hardware;

/// <summary>A line of bytes in both directions, such as a board's serial console.</summary>
public interface ISerialLine : IDisposable
{
    /// <summary>As the user names it.</summary>
    string Name { get; }

    /// <summary>Waits for bytes.</summary>
    /// <returns>How many there are; 0 when none came in time; -1 when the line is gone.</returns>
    int Read(Span<byte> buffer, TimeSpan patience);

    /// <summary>Sends bytes; gives up when the line takes none for a second.</summary>
    /// <returns>Whether all went out.</returns>
    bool Write(ReadOnlySpan<byte> bytes);
}

/// <summary>
/// A serial port (or pseudo terminal) in raw mode, 8 data bits, no parity, one stop bit, no flow control; or, for a
/// virtual board, a Unix socket. Reads and writes never block longer than asked.
/// </summary>
public sealed unsafe partial class SerialPort : ISerialLine
{
    /// <summary>The speed of every board's console.</summary>
    public const int DefaultSpeed = 115200;

    // Linux, asm-generic/fcntl.h, poll.h and termbits.h; the same on x86-64, ARM and ARM64.
    private const int NoControllingTerminal = 0x100;
    private const int NonBlocking = 0x800;
    private const short Readable = 0x1;
    private const short Writable = 0x4;
    private const int NoSuchDevice = 6;
    private const int TryAgain = 11;
    private const int Interrupted = 4;
    private const int ControlFlags = 8;
    private const int ControlCharacters = 17;
    private const uint LocalAndReceive = 0x880;
    private const uint HardwareFlowControl = 0x80000000;
    private const int WriteLimitMs = 1000;

    private readonly Socket? socket;
    private readonly int descriptor;

    private SerialPort(string name, int descriptor, Socket? socket)
    {
        Name = name;
        this.descriptor = descriptor;
        this.socket = socket;
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>Opens a port.</summary>
    /// <param name="path">A device such as /dev/ttyUSB0, a pseudo terminal, or a Unix socket.</param>
    /// <param name="speed">Bits per second.</param>
    /// <exception cref="HardwareException">It cannot be opened, or does not know the speed.</exception>
    public static SerialPort Open(string path, int speed = DefaultSpeed)
    {
        int descriptor = LinuxMemory.Open(path, LinuxMemory.ReadWrite | LinuxMemory.CloseOnExec | NoControllingTerminal | NonBlocking);
        // A socket cannot be opened, only connected to: ENXIO.
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == NoSuchDevice && File.Exists(path))
        {
            return Connect(path);
        }
        if (descriptor < 0)
        {
            throw new HardwareException($"{path}: {Marshal.GetLastPInvokeErrorMessage()}; name a serial port, for example " +
                "/dev/ttyUSB0, that you may use (on Debian: group dialout)");
        }
        byte* settings = stackalloc byte[128];
        if (GetAttributes(descriptor, settings) != 0)
        {
            LinuxMemory.Close(descriptor);
            throw new HardwareException($"{path}: expected a serial port, found something else; boards are at /dev/ttyUSB* or /dev/ttyACM*");
        }
        MakeRaw(settings);
        uint* flags = (uint*)(settings + ControlFlags);
        *flags = (*flags | LocalAndReceive) & ~HardwareFlowControl;
        settings[ControlCharacters + 5] = 0;
        settings[ControlCharacters + 6] = 0;
        if (SetSpeed(settings, (uint)speed) != 0 || SetAttributes(descriptor, 0, settings) != 0)
        {
            LinuxMemory.Close(descriptor);
            throw new HardwareException($"{path}: expected a speed that the port knows, found {speed}; boards use {DefaultSpeed}");
        }
        return new SerialPort(path, descriptor, null);
    }

    /// <inheritdoc />
    public int Read(Span<byte> buffer, TimeSpan patience)
    {
        if (!Wait(Readable, (int)Math.Clamp(patience.TotalMilliseconds, 0, int.MaxValue)))
        {
            return 0;
        }
        fixed (byte* start = buffer)
        {
            nint read = ReadBytes(descriptor, start, (nuint)buffer.Length);
            // Nothing after poll said "readable" is a line that was hung up, as when a USB adapter is pulled.
            return read > 0 ? (int)read : read < 0 && Marshal.GetLastPInvokeError() is TryAgain or Interrupted ? 0 : -1;
        }
    }

    /// <inheritdoc />
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                if (!Wait(Writable, WriteLimitMs))
                {
                    return false;
                }
                nint written = WriteBytes(descriptor, start + done, (nuint)(bytes.Length - done));
                if (written < 0 && Marshal.GetLastPInvokeError() is not (TryAgain or Interrupted))
                {
                    return false;
                }
                done += (int)Math.Max(0, written);
            }
        }
        return true;
    }

    /// <summary>Sends a break, which U-Boot and magic SysRq understand.</summary>
    public void SendBreak()
    {
        if (socket is null)
        {
            Break(descriptor, 0);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (socket is null)
        {
            LinuxMemory.Close(descriptor);
        }
        socket?.Dispose();
    }

    private static SerialPort Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new SerialPort(path, (int)socket.Handle, socket);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new HardwareException($"{path}: {e.Message}; is the virtual board powered on?");
        }
    }

    private bool Wait(short events, int milliseconds)
    {
        var entry = new PollEntry { Descriptor = descriptor, Events = events };
        return Poll(&entry, 1, milliseconds) > 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, byte* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte* settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte* settings);

    [LibraryImport("libc", EntryPoint = "cfsetspeed", SetLastError = true)]
    private static partial int SetSpeed(byte* settings, uint speed);

    [LibraryImport("libc", EntryPoint = "tcsendbreak", SetLastError = true)]
    private static partial int Break(int descriptor, int duration);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollEntry* entries, uint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadBytes(int descriptor, byte* bytes, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteBytes(int descriptor, byte* bytes, nuint count);
}

/// <summary>
/// A terminal that passes every key on at once, unechoed, and is put back as it was.
/// </summary>
public sealed unsafe partial class RawTerminal : IDisposable
{
    private readonly byte[] before = new byte[128];

    private RawTerminal()
    {
    }

    /// <summary>Makes standard input raw; null when it is no terminal.</summary>
    public static RawTerminal? Enter()
    {
        var terminal = new RawTerminal();
        fixed (byte* old = terminal.before)
        {
            if (GetAttributes(0, old) != 0)
            {
                return null;
            }
            byte* raw = stackalloc byte[128];
            new ReadOnlySpan<byte>(old, 128).CopyTo(new Span<byte>(raw, 128));
            MakeRaw(raw);
            SetAttributes(0, 0, raw);
        }
        return terminal;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        fixed (byte* old = before)
        {
            SetAttributes(0, 0, old);
        }
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetAttributes(int descriptor, byte* settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetAttributes(int descriptor, int when, byte* settings);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void MakeRaw(byte* settings);
}
