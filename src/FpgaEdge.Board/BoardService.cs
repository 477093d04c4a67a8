using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FpgaEdge.Cluster;
using FpgaEdge.Hardware;
using FpgaEdge.Planning;
using FpgaEdge.Vta;
using FpgaEdge.Wire;

namespace FpgaEdge.Board;

/// <summary>One life of a board: opens everything in order, runs until it is told to stop, and closes in reverse
/// order.</summary>
internal sealed class BoardService : IDisposable
{
    private readonly DaemonOptions options;
    private readonly Stack<IDisposable> open = new();
    private readonly ManualResetEventSlim stop = new();
    private readonly BoardLog log;
    private volatile string stopReason = "";
    private KeyFileWatch? keyFile;
    private volatile Exception? defect;

    public BoardService(DaemonOptions options)
    {
        this.options = options;
        TextWriter output = options.LogFile is string file ? Opened(new BoundedLogFile(file, StandardStreams.Out)) : StandardStreams.Out;
        log = new BoardLog(output, options.Json, TimeProvider.System);
    }

    /// <summary>Runs until a signal, the end of the parent process or a defect.</summary>
    /// <returns>The defect, if that was the reason.</returns>
    public Exception? Run()
    {
        CatchSignals();
        ServiceManager manager = Opened(new ServiceManager(Environment.GetEnvironmentVariable, Environment.ProcessId));
        BoardDescription board = options.BoardFile is string file ? BoardDescription.Read(file) : BuiltInBoard.Description;
        ClusterKeys? keys = options.KeyFile is string keyFile ? ClusterKeys.Read(keyFile) : null;
        string folder = OpenFolder();
        if (options.Bitstream is string bitstream)
        {
            new FpgaManager().Load(bitstream, board.Soc, TimeProvider.System);
            log.Write("bitstream", ("file", bitstream), ("state", "operating"));
        }
        BoardMemory memory = OpenMemory(board, folder);
        long checking = TimeProvider.System.GetTimestamp();
        string accelerator = AcceleratorCheck.Require(board, memory.Registers);
        log.Write("accelerator", ("text", accelerator),
            ("checkMicroseconds", (long)TimeProvider.System.GetElapsedTime(checking).TotalMicroseconds));
        (EnergyMeter? meter, (int, int) sensors) = BoardPower.Open(board, folder, log, resource => Opened(resource));
        StatusLamp? lamp = StatusLamp.Open(board, log) is StatusLamp found ? Opened(found) : null;
        bool isHealthy = TestItself(board, memory, sensors);
        lamp?.Show(isHealthy);
        ClusterSocket socket = Opened(ClusterSocket.Open(
            options.Listen, options.Multicast, options.Interface ?? options.Listen.Address, options.Peers.IsEmpty));
        BoardRuntime runtime = Opened(NewRuntime(board, memory, meter, socket, folder, keys));
        log.Write("listening", ("address", socket.LocalEndPoint), ("cluster", options.Cluster), ("name", options.Name),
            ("board", board.Name), ("id", BoardIdentity.FromName(options.Name)),
            ("multicast", socket.MulticastRefusal ?? options.Multicast?.ToString() ?? "off"));
        if (keys is null)
        {
            log.Write("no cluster key", ("text", ClusterKeys.MissingNotice));
        }
        runtime.Start();
        manager.Ready($"{options.Name} in cluster {options.Cluster} at {socket.LocalEndPoint}", runtime.ProveLife);
        stop.Wait();
        manager.Stopping();
        log.Write("stopping", ("reason", stopReason));
        if (defect is null)
        {
            runtime.Leave();
        }
        return defect;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        keyFile?.Dispose();
        while (open.TryPop(out IDisposable? resource))
        {
            resource.Dispose();
        }
    }

    /// <summary>The verdict also goes to the board's serial console, where somebody without a network sees it.</summary>
    /// <returns>Whether everything is as it should be.</returns>
    /// <exception cref="HardwareException">The board cannot compute.</exception>
    private bool TestItself(BoardDescription board, BoardMemory memory, (int Validated, int All) sensors)
    {
        if (!(options.SelfTest ?? board.Access == MemoryAccess.Physical))
        {
            return true;
        }
        SelfTest result = SelfTest.Run(board, memory, sensors);
        log.Write("self-test", ("text", result.Verdict));
        if (board.Access == MemoryAccess.Physical && !StandardStreams.OutIsTerminal && board.Platform is PlatformDescription platform)
        {
            WriteToConsole(Path.Combine("/dev", platform.Serial.Device), $"fpgaedge: {options.Name}: {result.Verdict}");
        }
        return result.IsFit ? result.IsHealthy : throw new HardwareException(result.Verdict);
    }

    private void ChangeKeys(BoardRuntime runtime, AeadSeal seal, ClusterKeys keys)
    {
        runtime.Call(() => keys.Change(seal));
        log.Write("cluster keys changed", ("keys", keys.Count));
    }

    private static void WriteToConsole(string device, string line)
    {
        try
        {
            using var console = new FileStream(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            console.Write(System.Text.Encoding.UTF8.GetBytes($"{line}\r\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A board without that console says the same in its log.
        }
    }

    private BoardRuntime NewRuntime(
        BoardDescription board, BoardMemory memory, EnergyMeter? meter, ClusterSocket socket, string folder, ClusterKeys? keys)
    {
        Member self = BoardIdentity.Member(board, options.Name, TimeProvider.System.GetUtcNow());
        AeadSeal? seal = keys is null ? null : Opened(keys.NewSeal(options.Cluster, self.Id.Value));
        var node = new BoardNode(new BoardOptions
        {
            ClusterName = options.Cluster,
            Self = self,
            Seal = (IDatagramSeal?)seal ?? new ChecksumSeal(),
            Planner = Plan,
            StaticPeers = [.. options.Peers.Select(PeerAddress.FromEndPoint)],
            Seed = (ulong)Random.Shared.NextInt64(),
        });
        var accelerator = new BoardAccelerator(board, memory);
        var packages = new PackageFolder(Path.Combine(folder, "packages"));
        var runtime = new BoardRuntime(
            node, socket, new StageLoader(board, accelerator, log, options.ModelledCompute), packages, meter, log, Fail,
            options.LogFrames);
        if (keys is not null)
        {
            keyFile = new KeyFileWatch(keys, TimeProvider.System,
                changed => ChangeKeys(runtime, seal!, changed), reason => log.Write("key file refused", ("reason", reason)));
        }
        var live = new LiveBoard(board, memory, accelerator, meter, runtime, log, hasKey: keys is not null);
        runtime.Answer = new DiagCommands(options, live).Run;
        return runtime;
    }

    private Plan? Plan(ClusterView view, NetworkCosts costs)
    {
        try
        {
            return Planner.Plan(view, costs, new PlannerOptions { Strategy = options.Strategy, Objective = options.Objective });
        }
        catch (PlanningException)
        {
            return null;
        }
    }

    private BoardMemory OpenMemory(BoardDescription board, string folder)
    {
        if (board.Access == MemoryAccess.Files)
        {
            BoardMemory.CreateFiles(board, folder);
            Opened(VirtualAccelerator.Start(board, folder,
                options.SimulatesGateware ? Gateware(board) : null));
        }
        else if (options.SimulatesGateware)
        {
            throw new OptionException($"--accelerator rtl: board {board.Name} has an accelerator of its own; leave it out");
        }
        return Opened(BoardMemory.Open(board, folder));
    }

    /// <summary>Only where .NET compiles at run time: the native program has no use for it, and would be larger.</summary>
    private static RtlAccelerator Gateware(BoardDescription board)
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            return RtlAccelerator.Open(board.Accelerator.Configuration);
        }
        throw new OptionException(
            "--accelerator rtl: the native program does not have it; type: dotnet run -c Release --project src/FpgaEdge.Board -f net10.0 --");
    }

    private string OpenFolder()
    {
        try
        {
            string path = options.Directory is null
                ? Directory.CreateTempSubdirectory("fpgaedged-").FullName
                : Directory.CreateDirectory(options.Directory).FullName;
            FileStream claim = Claim(path);
            if (options.Directory is null || options.IsScratch)
            {
                Opened(new ScratchFolder(path));
            }
            Opened(claim);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OptionException($"--directory {options.Directory}: {e.Message}; name a folder that can be written");
        }
    }

    /// <summary>Two boards on one folder would pull the mapped files from under each other.</summary>
    private static FileStream Claim(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new OptionException($"{folder}: another fpgaedged uses this folder; give each board a --directory of its own");
        }
    }

    private void CatchSignals()
    {
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
        {
            Opened(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Stop(signal.ToString());
            }));
        }
        if (options.ExitWithParent is int parent)
        {
            Opened(ParentGuard.Watch(parent, () => Stop("parent process is gone")));
        }
    }

    private void Stop(string reason)
    {
        if (stopReason.Length == 0)
        {
            stopReason = reason;
        }
        stop.Set();
    }

    private void Fail(Exception exception)
    {
        defect ??= exception;
        Stop("defect");
    }

    private T Opened<T>(T resource)
        where T : IDisposable
    {
        open.Push(resource);
        return resource;
    }

    /// <summary>A folder that goes with the process.</summary>
    private sealed class ScratchFolder(string path) : IDisposable
    {
        public void Dispose()
        {
            try
            {
                Directory.Delete(path, recursive: true);
            }
            catch (IOException)
            {
                // Gone already, or somebody holds a file in it: it is in the temporary folder either way.
            }
        }
    }
}
