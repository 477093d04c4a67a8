using System.Buffers.Binary;
using System.Net.Sockets;

namespace FpgaEdge.Hardware;

/// <summary>
/// The other side of a <see cref="SocketI2cBus"/>: an adapter with modelled parts on its bus. It can be told to fail as
/// buses do: a part taken away, or a bus that hangs.
/// </summary>
public sealed class VirtualI2cAdapter : IDisposable
{
    private readonly string path;
    private readonly Func<long> nowNs;
    private readonly Socket listener;
    private readonly Thread thread;
    private readonly Lock gate = new();
    private readonly Dictionary<int, IModelledPart> parts = [];
    private Socket? connection;
    private volatile bool stopping;

    private VirtualI2cAdapter(string path, Func<long> nowNs)
    {
        this.path = path;
        this.nowNs = nowNs;
        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        thread = new Thread(Serve) { Name = "virtual I2C", IsBackground = true };
    }

    /// <summary>The bus hangs: transfers do not end.</summary>
    public bool Stuck { get; set; }

    /// <summary>Transfers so far.</summary>
    public long Transfers { get; private set; }

    /// <summary>Starts serving a bus.</summary>
    /// <param name="path">The socket to listen on; a file of that name is replaced.</param>
    /// <param name="nowNs">The clock that the models see.</param>
    /// <exception cref="HardwareException">The socket cannot be made.</exception>
    public static VirtualI2cAdapter Start(string path, Func<long> nowNs)
    {
        var adapter = new VirtualI2cAdapter(path, nowNs);
        try
        {
            File.Delete(path);
            adapter.listener.Bind(new UnixDomainSocketEndPoint(path));
            adapter.listener.Listen(1);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            adapter.listener.Dispose();
            throw new HardwareException($"{path}: cannot be made: {e.Message}; give a --directory with a shorter name");
        }
        adapter.thread.Start();
        return adapter;
    }

    /// <summary>Whether somebody serves a bus already.</summary>
    public static bool IsServed(string path)
    {
        if (!File.Exists(path))
        {
            return false;
        }
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Puts a part on the bus, in the place of another at the same address.</summary>
    public void Put(int address, IModelledPart part)
    {
        lock (gate)
        {
            parts[address] = part;
        }
    }

    /// <summary>Takes a part off the bus.</summary>
    public void Remove(int address)
    {
        lock (gate)
        {
            parts.Remove(address);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        stopping = true;
        listener.Dispose();
        Volatile.Read(ref connection)?.Dispose();
        thread.Join();
        File.Delete(path);
    }

    private void Serve()
    {
        while (!stopping)
        {
            try
            {
                using Socket accepted = listener.Accept();
                Volatile.Write(ref connection, accepted);
                while (!stopping)
                {
                    ServeOne(accepted);
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or EndOfStreamException)
            {
                // The other side went, or this one is being stopped.
            }
        }
    }

    private void ServeOne(Socket from)
    {
        var answer = new List<byte>(8);
        int messages = BinaryPrimitives.ReadUInt16LittleEndian(Receive(from, 2));
        int done = 0;
        bool failed = false;
        for (int i = 0; i < messages; i++)
        {
            byte[] header = Receive(from, 6);
            int address = BinaryPrimitives.ReadUInt16LittleEndian(header);
            bool reads = (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(2)) & SocketI2cBus.Reads) != 0;
            int length = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(4));
            byte[] data = reads ? new byte[length] : Receive(from, length);
            failed = failed || !Transfer(address, data, reads);
            done += failed ? 0 : 1;
            if (reads)
            {
                answer.AddRange(data);
            }
        }
        Transfers++;
        if (Stuck)
        {
            return;
        }
        byte[] result = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(result, failed ? -SocketI2cBus.NoSuchDevice : done);
        from.Send(failed ? result : [.. result, .. answer]);
    }

    private bool Transfer(int address, byte[] data, bool reads)
    {
        lock (gate)
        {
            return parts.TryGetValue(address, out IModelledPart? part)
                && (reads ? part.Read(data, nowNs()) : part.Write(data, nowNs()));
        }
    }

    private static byte[] Receive(Socket from, int length)
    {
        byte[] bytes = new byte[length];
        int received = 0;
        while (received < length)
        {
            int more = from.Receive(bytes.AsSpan(received));
            received += more > 0 ? more : throw new EndOfStreamException();
        }
        return bytes;
    }
}
