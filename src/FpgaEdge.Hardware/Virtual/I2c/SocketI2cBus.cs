using System.Buffers.Binary;
using System.Device.I2c;
using System.Net.Sockets;

namespace FpgaEdge.Hardware;

/// <summary>
/// The I2C bus of a virtual board: the same devices over a local socket. Messages are those of the kernel's ioctl, and
/// failures carry the same error numbers, so that drivers cannot tell the difference.
/// </summary>
/// <remarks>A transaction is the number of messages (2 bytes) and for each message address, flags and length (2 bytes
/// each) and what is written; the answer is the number of messages transferred or a negative errno (4 bytes) and what was
/// read. All little-endian.</remarks>
public sealed class SocketI2cBus : I2cBus
{
    /// <summary>I2C_M_RD.</summary>
    internal const ushort Reads = 1;

    /// <summary>ENXIO: no such device or address.</summary>
    internal const int NoSuchDevice = 6;

    private const int NoAdapter = 19;
    private const int TimedOut = 110;

    /// <summary>As the limit that is set for real adapters.</summary>
    private const int LimitMilliseconds = 100;

    private readonly string path;
    private readonly HashSet<int> addresses = [];
    private readonly byte[] buffer = new byte[16 + ushort.MaxValue];
    private Socket? socket;

    /// <summary>A bus behind a socket; it is connected when the first transfer is made.</summary>
    /// <param name="path">The socket.</param>
    public SocketI2cBus(string path) => this.path = path;

    /// <summary>The socket of a bus in a virtual board's folder.</summary>
    public static string PathOf(string folder, int bus) => System.IO.Path.Combine(folder, $"i2c-{bus}");

    /// <inheritdoc />
    public override I2cDevice CreateDevice(int deviceAddress) => addresses.Add(deviceAddress)
        ? new Device(this, deviceAddress)
        : throw new ArgumentException($"Device with address 0x{deviceAddress:X2} is already open.", nameof(deviceAddress));

    /// <inheritdoc />
    public override void RemoveDevice(int deviceAddress) => addresses.Remove(deviceAddress);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        socket?.Dispose();
        socket = null;
        base.Dispose(disposing);
    }

    private void Transfer(int address, ReadOnlySpan<byte> write, Span<byte> read, bool writes)
    {
        string where = $"{path}, address 0x{address:X2}";
        try
        {
            Send(address, write, read.Length, writes);
            ReceiveExactly(buffer.AsSpan(0, 4));
            int result = BinaryPrimitives.ReadInt32LittleEndian(buffer);
            int expected = (writes ? 1 : 0) + (read.Length > 0 ? 1 : 0);
            if (result < 0)
            {
                throw new IOException($"Error {-result}. {where}: {(result == -NoSuchDevice ? "no such device" : "the transfer failed")}");
            }
            if (result != expected)
            {
                throw new IOException($"{where}: expected a transfer of {expected} messages, found {result}: no such device");
            }
            ReceiveExactly(read);
        }
        catch (SocketException e)
        {
            // What comes late would be taken for the answer to the next transfer.
            socket?.Dispose();
            socket = null;
            throw e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock
                ? new IOException($"Error {TimedOut}. {where}: no end of the transfer within {LimitMilliseconds} ms")
                : new IOException($"Error {NoAdapter}. {where}: no adapter: {e.Message}");
        }
    }

    private void Send(int address, ReadOnlySpan<byte> write, int readLength, bool writes)
    {
        Span<byte> bytes = buffer;
        int length = 2;
        int count = 0;
        if (writes)
        {
            count++;
            length += PutMessage(bytes[length..], address, 0, write.Length);
            write.CopyTo(bytes[length..]);
            length += write.Length;
        }
        if (readLength > 0)
        {
            count++;
            length += PutMessage(bytes[length..], address, Reads, readLength);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)count);
        socket ??= Connect();
        socket.Send(bytes[..length]);
    }

    private static int PutMessage(Span<byte> to, int address, ushort flags, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)address);
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(to[4..], (ushort)length);
        return 6;
    }

    private Socket Connect()
    {
        var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = LimitMilliseconds, SendTimeout = LimitMilliseconds,
        };
        try
        {
            connection.Connect(new UnixDomainSocketEndPoint(path));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private void ReceiveExactly(Span<byte> to)
    {
        while (to.Length > 0)
        {
            int received = socket!.Receive(to);
            if (received == 0)
            {
                throw new SocketException((int)SocketError.ConnectionReset);
            }
            to = to[received..];
        }
    }

    private sealed class Device(SocketI2cBus bus, int address) : I2cDevice
    {
        public override I2cConnectionSettings ConnectionSettings { get; } = new(0, address);

        public override void Read(Span<byte> buffer)
        {
            ArgumentOutOfRangeException.ThrowIfZero(buffer.Length);
            bus.Transfer(address, [], buffer, writes: false);
        }

        public override void Write(ReadOnlySpan<byte> buffer) => bus.Transfer(address, buffer, [], writes: true);

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer)
        {
            ArgumentOutOfRangeException.ThrowIfZero(readBuffer.Length);
            bus.Transfer(address, writeBuffer, readBuffer, writes: true);
        }

        protected override void Dispose(bool disposing) => bus.addresses.Remove(address);
    }
}
