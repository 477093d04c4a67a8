using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using FpgaEdge.Hardware;

namespace FpgaEdge.Board;

/// <summary><c>fpgaedged --updates</c>: the update server on a real card.</summary>
internal static class UpdateProcess
{
    /// <summary>Port of updates, beside that of datagrams.</summary>
    public const int Port = 47871;

    /// <summary>Init leaves an updated slot in which this file does not appear in time, also when fpgaedged does not run.</summary>
    private const string ProvenFile = "/run/fpgaedge/proven";

    private const string LimitFile = "/etc/fpgaedge/trial-seconds";

    /// <summary>Serves until the board restarts.</summary>
    /// <exception cref="HardwareException">The board was not started from a card.</exception>
    public static void Run(DaemonOptions options)
    {
        string device = CardOfBoard.Find() ?? throw new HardwareException(
            "this machine was not started from a FpgaEdge card: there is nothing to update");
        using ECDsa key = ReadKey(options.UpdateKeyFile!);
        using var card = new Card(device);
        using var server = new UpdateServer(new UpdateServerOptions
        {
            Listen = new IPEndPoint(options.Listen.Address, Port),
            UpdateKey = key,
            Keys = options.KeyFile is string file ? ClusterKeys.Read(file).ToText() : [],
            Board = (options.BoardFile is string board ? BoardDescription.Read(board) : BuiltInBoard.Description).Name,
            Name = options.Name,
            Slot = Argument("fpgaedge.slot") is ['B'] ? 'B' : 'A',
            TrialLimit = TrialLimit(),
            Proven = () => File.WriteAllText(ProvenFile, ""),
            Restart = () => _ = UnixProcesses.Run("/sbin/reboot -f"),
            Say = text => StandardStreams.Out.WriteLine($"fpgaedge: {text}"),
        }, card);
        server.RunAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>A system that takes longer than usual to prove itself, or less long, says so in its slot; init reads it as well.</summary>
    private static TimeSpan TrialLimit() =>
        File.Exists(LimitFile) && int.TryParse(File.ReadAllText(LimitFile), CultureInfo.InvariantCulture, out int seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : UpdateServerOptions.DefaultTrialLimit;

    private static ECDsa ReadKey(string file)
    {
        try
        {
            return UpdateKey.Parse(File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or FormatException or CryptographicException)
        {
            throw new KeyFileException($"{file}: expected the public key of updates (PEM), found none: {e.Message}", e);
        }
    }

    private static string Argument(string name) => File.ReadAllText("/proc/cmdline").Split(' ', '\n')
        .FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";

    /// <summary>The card in the board: opened shared, because its other partitions are mounted.</summary>
    private sealed class Card(string device) : IUpdatedCard, IDisposable
    {
        private readonly DirectFile file = DirectFile.Open(device, shared: true);

        public void Read(long offset, Span<byte> bytes) => file.Read(offset, bytes);

        public void Write(long offset, ReadOnlySpan<byte> bytes) => file.Write(offset, bytes);

        public void Flush() => file.Flush();

        public void Dispose() => file.Dispose();
    }
}
