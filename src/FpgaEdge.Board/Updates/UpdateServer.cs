using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary>A card, as updates need it.</summary>
internal interface IUpdatedCard
{
    /// <summary>Reads past every cache.</summary>
    void Read(long offset, Span<byte> bytes);

    /// <summary>Writes.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Waits until the card has everything.</summary>
    void Flush();
}

/// <summary>
/// The board's end of <c>fpgaedge update</c>: takes signed updates into the slot that does not run, and gives an updated slot
/// its time to prove itself. One client at a time; a TCP connection is
/// <code>board → nonce(32 hex) LF    client → command [length] hmac(64 hex) LF [update]    board → one line</code>
/// where hmac is HMAC-SHA256 with the cluster's key over nonce, space and command. Commands: state, update, confirm, reboot.
/// </summary>
internal sealed class UpdateServer(UpdateServerOptions options, IUpdatedCard card) : IDisposable
{
    private const int LongestLine = 200;
    private static readonly TimeSpan LineLimit = TimeSpan.FromSeconds(60);
    private readonly TcpListener listener = new(options.Listen);
    private readonly CancellationTokenSource proven = new();
    private bool isOnTrial;

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)listener.LocalEndpoint;

    /// <summary>Whether it has started.</summary>
    public bool IsListening { get; private set; }

    /// <summary>Serves until told to stop; restarts the board when an updated slot's time is over.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        isOnTrial = LookAtRecord();
        listener.Start(backlog: 4);
        IsListening = true;
        Task trial = isOnTrial ? WaitForProofAsync(stop) : Task.CompletedTask;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await listener.AcceptTcpClientAsync(stop);
                client.SendTimeout = client.ReceiveTimeout = (int)LineLimit.TotalMilliseconds;
                Serve(client.GetStream());
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client went away, or it is time to stop.
            }
        }
        await trial;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        listener.Dispose();
        proven.Dispose();
    }

    /// <summary>
    /// Whether the slot that runs is on trial. A trial of the other slot that was started has failed, or this one would not run:
    /// it is forgotten, so that the next update can be tried.
    /// </summary>
    private bool LookAtRecord()
    {
        var record = new SlotRecordOnCard(card.Read, card.Write);
        if (record.Record is { Trial: not '-', Tries: 0 } && record.Record.Trial != options.Slot)
        {
            options.Say($"slot {record.Record.Trial} did not prove itself; slot {options.Slot} goes on");
            record.Write(record.Record.Rejected());
            card.Flush();
        }
        return record.Record.Trial == options.Slot;
    }

    private async Task WaitForProofAsync(CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, proven.Token);
        try
        {
            await Task.Delay(options.TrialLimit, either.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        // The record still names the old slot: any start now gives that one.
        options.Say($"slot {options.Slot} did not prove itself within {options.TrialLimit.TotalSeconds:0} s; back to the other slot");
        options.Restart();
    }

    private void Serve(Stream stream)
    {
        string nonce = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Send(stream, nonce);
        string[] words = ReadLine(stream).Split(' ');
        string command = string.Join(' ', words[..^1]);
        if (words.Length < 2 || !CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(words[^1]), Encoding.ASCII.GetBytes(Seal(options.Keys, nonce, command))))
        {
            Send(stream, "error expected a command sealed with the cluster's key, found another; give --key-file");
            return;
        }
        try
        {
            Send(stream, "ok " + Execute(command.Split(' ')[0], stream));
        }
        catch (Exception e) when (e is UpdateException or SlotRecordException or HardwareException)
        {
            Send(stream, "error " + e.Message);
            TakeTheRest(stream);
        }
        if (command == "reboot")
        {
            options.Restart();
        }
    }

    /// <summary>A connection that is closed with bytes unread is reset, and the client, still sending, would not see why.</summary>
    private static void TakeTheRest(Stream stream)
    {
        byte[] scrap = new byte[1 << 16];
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LineLimit && stream.Read(scrap) > 0)
        {
            // Nobody wants it.
        }
    }

    private string Execute(string command, Stream stream)
    {
        var record = new SlotRecordOnCard(card.Read, card.Write);
        switch (command)
        {
            case "state":
                return $"id={BoardIdentity.FromName(options.Name)} slot={options.Slot} " +
                    $"trial={(isOnTrial ? 1 : 0)} active={record.Record.Active} pending={record.Record.Trial}";
            case "update":
                char slot = new SlotUpdate(card.Read, card.Write, card.Flush).Apply(stream, options.UpdateKey, options.Board, (_, _) => { });
                options.Say($"an update is in slot {slot}; it is tried at the next start");
                return $"slot={slot}";
            case "confirm":
                if (record.Record.Trial != options.Slot)
                {
                    throw new UpdateException($"expected a trial of slot {options.Slot}, found none");
                }
                record.Write(record.Record.Proven());
                card.Flush();
                isOnTrial = false;
                proven.Cancel();
                options.Proven();
                options.Say($"slot {options.Slot} has proven itself");
                return $"slot={options.Slot}";
            case "reboot":
                return "restarting";
            default:
                throw new UpdateException($"expected state, update, confirm or reboot, found '{command}'");
        }
    }

    /// <summary>What shows that a command comes from somebody with the cluster's key.</summary>
    public static string Seal(IReadOnlyList<string> keys, string nonce, string command) => Convert.ToHexStringLower(HMACSHA256.HashData(
        keys.Count > 0 ? Convert.FromHexString(keys[0]) : [], Encoding.ASCII.GetBytes($"{nonce} {command}")));

    /// <summary>Reads a line without taking anything behind it.</summary>
    public static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (int value; (value = stream.ReadByte()) != '\n';)
        {
            if (value < 0 || line.Length >= LongestLine)
            {
                throw new IOException("the connection ended within a line");
            }
            line.Append((char)value);
        }
        return line.ToString();
    }

    private static void Send(Stream stream, string line) => stream.Write(Encoding.ASCII.GetBytes(line.ReplaceLineEndings(" ") + "\n"));
}

/// <summary>What an update server is told.</summary>
internal sealed class UpdateServerOptions
{
    /// <summary>Time that an updated slot has to prove itself: to join the cluster and to compute.</summary>
    public static readonly TimeSpan DefaultTrialLimit = TimeSpan.FromSeconds(120);

    /// <summary>Where to listen.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Whose updates are taken.</summary>
    public required ECDsa UpdateKey { get; init; }

    /// <summary>The cluster's keys in hexadecimal.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The board's name in its board.json.</summary>
    public required string Board { get; init; }

    /// <summary>The board's name, from which its identity follows.</summary>
    public required string Name { get; init; }

    /// <summary>The slot that runs.</summary>
    public required char Slot { get; init; }

    /// <summary>How long the trial is.</summary>
    public TimeSpan TrialLimit { get; init; } = DefaultTrialLimit;

    /// <summary>Restarts the board.</summary>
    public required Action Restart { get; init; }

    /// <summary>Tells the system that the slot has proven itself.</summary>
    public Action Proven { get; init; } = () => { };

    /// <summary>Says something on the console.</summary>
    public required Action<string> Say { get; init; }
}
