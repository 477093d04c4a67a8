using FpgaEdge.Cluster;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Hosting;

/// <summary>
/// One network on one cluster, ready for frames: boards found (or started), package offered, plan agreed. Boards that
/// were started here end with the session.
/// </summary>
internal sealed class ClusterSession : IAsyncDisposable
{
    private static readonly TimeSpan FindLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PlanLimit = TimeSpan.FromSeconds(120);

    private readonly IOwnBoards? local;
    private readonly ClusterClient client;

    private ClusterSession(
        IOwnBoards? local, ClusterClient client, PackageHash package, ClientPlan plan, long boardsFound)
    {
        this.local = local;
        this.client = client;
        Package = package;
        Plan = plan;
        BoardsFoundTimestamp = boardsFound;
        PlannedTimestamp = TimeProvider.System.GetTimestamp();
    }

    /// <summary>The package's hash.</summary>
    public PackageHash Package { get; }

    /// <summary>The plan at the start; boards may come and go later.</summary>
    public ClientPlan Plan { get; }

    /// <summary>When all boards were heard (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long BoardsFoundTimestamp { get; }

    /// <summary>When they had agreed on a plan.</summary>
    public long PlannedTimestamp { get; }

    /// <summary>The boards that were started here; null on a running cluster.</summary>
    public IOwnBoards? Local => local;

    /// <summary>The client, for its counters and its view.</summary>
    public ClusterClient Client => client;

    /// <summary>Starts virtual boards and puts a network on them.</summary>
    /// <param name="boards">How many.</param>
    /// <param name="boardFile">Board file; null for the built-in one.</param>
    /// <param name="package">The package file's bytes.</param>
    /// <param name="progress">Told in words what is being waited for.</param>
    /// <param name="cancellation">Ends everything.</param>
    /// <param name="boardOptions">Further options of the board program.</param>
    /// <exception cref="CliException">The boards do not start, do not find each other or do not agree in
    /// time.</exception>
    public static async Task<ClusterSession> StartLocalAsync(
        int boards, string? boardFile, ReadOnlyMemory<byte> package, Action<string> progress, CancellationToken cancellation,
        params string[] boardOptions)
    {
        progress($"starting {boards} virtual boards");
        LocalBoards local = await LocalBoards.StartAsync(boards, boardFile, cancellation, boardOptions);
        return await OpenOwnAsync(local, boards, package, progress, cancellation);
    }

    /// <summary>Puts a network on boards that were started for it.</summary>
    /// <inheritdoc cref="StartLocalAsync"/>
    /// <param name="own">The boards; they end with the session, also when there will be none.</param>
    /// <param name="boards">How many they are.</param>
    public static async Task<ClusterSession> OpenOwnAsync(
        IOwnBoards own, int boards, ReadOnlyMemory<byte> package, Action<string> progress, CancellationToken cancellation)
    {
        try
        {
            return await OpenAsync(own, own.OpenClient(), own.Address, boards, package, progress, cancellation);
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
    }

    /// <summary>Looks for a running cluster, so that nobody prepares a network for boards that are not there.</summary>
    /// <param name="address">The cluster.</param>
    /// <param name="progress">Told in words what is being waited for.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="CliException">No board answers in time.</exception>
    public static async Task<ClusterClient> FindAsync(
        ClusterAddress address, Action<string> progress, CancellationToken cancellation)
    {
        ClusterClient client = ClusterClient.Open(address);
        try
        {
            await FindBoardsAsync(client, address, null, FindLimit, progress, cancellation);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>Puts a network on the boards of a running cluster.</summary>
    /// <inheritdoc cref="StartLocalAsync"/>
    /// <param name="address">The cluster.</param>
    /// <param name="client">What found it; ends with the session, also when there will be none. Null looks now.</param>
    public static async Task<ClusterSession> JoinAsync(
        ClusterAddress address, ReadOnlyMemory<byte> package, Action<string> progress, CancellationToken cancellation,
        ClusterClient? client = null) =>
        await OpenAsync(null, client ?? await FindAsync(address, progress, cancellation), address, null, package, progress, cancellation);

    /// <summary>Sends frames and gives their outcomes in order; see <see cref="ClusterClient.StreamAsync"/>.</summary>
    public IAsyncEnumerable<FrameOutcome> StreamAsync(
        IEnumerable<ReadOnlyMemory<byte>> inputs, TimeSpan frameLimit, CancellationToken cancellation) =>
        client.StreamAsync(Package, inputs, frameLimit, cancellation);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        if (local is not null)
        {
            await local.DisposeAsync();
        }
    }

    private static async Task<ClusterSession> OpenAsync(
        IOwnBoards? local, ClusterClient client, ClusterAddress address, int? expected, ReadOnlyMemory<byte> package,
        Action<string> progress, CancellationToken cancellation)
    {
        try
        {
            TimeSpan findLimit = local?.JoinLimit ?? FindLimit;
            int boards = await FindBoardsAsync(client, address, expected, findLimit, progress, cancellation);
            long found = TimeProvider.System.GetTimestamp();
            PackageHash hash = client.Offer(package);
            progress($"giving the network ({package.Length:N0} bytes) to {boards} boards");
            await client.WaitAsync(node => node.BoardsHolding(hash) >= boards, PlanLimit, cancellation);
            progress("waiting for the boards to agree on a plan");
            bool planned = await client.WaitAsync(node => node.PlanOf(hash) is not null, PlanLimit, cancellation);
            return planned
                ? new ClusterSession(local, client, hash, client.PlanOf(hash)!, found)
                : throw new CliException(ExitCode.NoBoard,
                    $"the {client.View.Members.Length} boards of cluster {address.Name} did not agree on a plan within " +
                    $"{PlanLimit.TotalSeconds} s; look at their logs, and at 'fpgaedge boards --cluster {address.Name}'");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<int> FindBoardsAsync(
        ClusterClient client, ClusterAddress address, int? expected, TimeSpan limit, Action<string> progress,
        CancellationToken cancellation)
    {
        progress($"looking for the boards of cluster {address.Name}");
        bool found = await client.WaitAsync(
            node => node.View.Members.Length >= (expected ?? 1), limit, cancellation);
        if (!found)
        {
            int seen = client.View.Members.Length;
            throw new CliException(ExitCode.NoBoard, expected is int wanted
                ? $"expected {wanted} boards, {seen} were heard within {limit.TotalSeconds} s; is UDP on loopback " +
                    "blocked?"
                : $"no board of cluster {address.Name} answered within {limit.TotalSeconds} s; start one with " +
                    $"'fpgaedged --cluster {address.Name}', or name one with --peer ADDRESS:PORT");
        }
        if (expected is null)
        {
            // A running cluster says how large it is within two hellos; later boards join the plan when they come.
            await Task.Delay(TimeSpan.FromMilliseconds(600), cancellation);
        }
        return client.View.Members.Length;
    }
}
