using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FpgaEdge.Board;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>
/// Virtual boards of one command: so many <c>fpgaedged</c> processes in a cluster with a name of its own, each with a
/// folder of its own. They end with this object, with Ctrl-C, and, should this process be killed, by themselves.
/// </summary>
internal sealed partial class LocalBoards : IOwnBoards
{
    /// <summary>Most boards of a cluster.</summary>
    public const int Maximum = 64;

    private const int Terminate = 15;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly List<Process> processes = [];
    private readonly List<Task<IPEndPoint>> listening = [];
    private readonly List<Task<string>> complaints = [];
    private readonly List<BoardJournal> journals = [];
    private readonly List<string> folders = [];

    private LocalBoards(string cluster) => Cluster = cluster;

    /// <summary>The cluster's name, random so that two commands do not meet.</summary>
    public string Cluster { get; }

    /// <summary>The boards' key, made for them alone.</summary>
    public ClusterKeys Keys { get; } = ClusterKeys.New();

    /// <summary>What each board logged: one JSON object per line, the latest lines only.</summary>
    public IReadOnlyList<BoardJournal> Journals => journals;

    /// <summary>Where the boards receive.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; private set; } = [];

    /// <summary>Starts boards and waits until all of them receive.</summary>
    /// <param name="count">How many.</param>
    /// <param name="boardFile">Board file; null for the built-in one.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="more">Further options of the board program.</param>
    /// <exception cref="CliException">Zero or too many boards, the board program is missing, or one of them did not
    /// start.</exception>
    public static async Task<LocalBoards> StartAsync(
        int count, string? boardFile, CancellationToken cancellation, params string[] more)
    {
        if (count is < 1 or > Maximum)
        {
            throw new CliException(ExitCode.Usage, $"--boards: expected 1 to {Maximum} boards, found {count}");
        }
        (string file, string[] arguments) = BoardProgram.Find();
        var boards = new LocalBoards("local-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)));
        try
        {
            // The first board is the peer that the others are told of, for machines without multicast on loopback.
            string[] options = boardFile is null ? [.. arguments, .. more] : [.. arguments, "--board", boardFile, .. more];
            boards.Start(file, options, "board-1");
            await boards.WaitForAddressesAsync(cancellation);
            for (int i = 1; i < count; i++)
            {
                boards.Start(file, [.. options, "--peer", $"{boards.Addresses[0]}"], $"board-{i + 1}");
            }
            await boards.WaitForAddressesAsync(cancellation);
            return boards;
        }
        catch
        {
            await boards.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc />
    public ClusterAddress Address => new(Cluster, [.. Addresses], DaemonOptions.DefaultMulticast, Keys: Keys);

    /// <inheritdoc />
    public TimeSpan JoinLimit => TimeSpan.FromSeconds(20);

    /// <inheritdoc />
    public ClusterClient OpenClient() => ClusterClient.Open(Address);

    /// <inheritdoc />
    public void Kill(int index) => processes[index].Kill();

    /// <inheritdoc />
    public int IndexOf(BoardId board) => journals.FindIndex(journal => journal.Identity == $"{board}");

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (Process process in processes.Where(process => !process.HasExited))
        {
            AskToEnd(process);
        }
        using var limit = new CancellationTokenSource(StopLimit);
        foreach (Process process in processes)
        {
            try
            {
                await process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
            process.Dispose();
        }
        await Task.WhenAll(journals.Select(journal => journal.Ended));
        processes.Clear();
        foreach (string left in folders.Where(Directory.Exists))
        {
            Directory.Delete(left, recursive: true);
        }
    }

    private void Start(string file, string[] arguments, string name)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            // No debugger attaches to these processes, and each would leave a socket in the temporary folder.
            Environment = { ["DOTNET_EnableDiagnostics"] = "0" },
        };
        string folder = Path.Combine(Path.GetTempPath(), $"fpgaedge-{Cluster}-{name}");
        folders.Add(folder);
        string keyFile = WriteKey(folder);
        string[] own =
        [
            .. arguments, "--cluster", Cluster, "--name", name, "--json",
            "--scratch", folder, "--key-file", keyFile, "--exit-with-parent", $"{Environment.ProcessId}",
        ];
        Array.ForEach(own, start.ArgumentList.Add);
        Process process = Process.Start(start)!;
        processes.Add(process);
        complaints.Add(process.StandardError.ReadToEndAsync());
        var journal = new BoardJournal(process.StandardOutput);
        journals.Add(journal);
        listening.Add(journal.Address);
    }

    /// <summary>The key goes by file: command lines can be read by everybody on the machine.</summary>
    private string WriteKey(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        string path = Path.Combine(folder, "cluster.key");
        Keys.WriteNew(path);
        return path;
    }

    private async Task WaitForAddressesAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(StartLimit);
        try
        {
            Addresses = await Task.WhenAll(listening).WaitAsync(limit.Token);
        }
        catch (EndOfStreamException)
        {
            int failed = listening.FindIndex(task => task.IsFaulted);
            await processes[failed].WaitForExitAsync(limit.Token);
            string complaint = (await complaints[failed]).ReplaceLineEndings(" ").Trim();
            throw new CliException(
                processes[failed].ExitCode is int code and > 0 and < 8 ? code : ExitCode.NoBoard,
                $"board {failed + 1} did not start: {complaint}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new CliException(ExitCode.NoBoard, $"the boards did not start within {StartLimit.TotalSeconds} s");
        }
    }

    private static void AskToEnd(Process process)
    {
        if (OperatingSystem.IsWindows() || SendSignal(process.Id, Terminate) != 0)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
