using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using FpgaEdge.Board;
using FpgaEdge.Cluster;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cli.Commands.Bench.Transport;

/// <summary>What a stream did in one round.</summary>
/// <param name="Delivered">Full datagrams that arrived.</param>
/// <param name="CpuNs">CPU time of sending and receiving, of everything that took part.</param>
/// <param name="WallNs">Time it took.</param>
/// <param name="PayloadBytes">Bytes of the user that a full datagram carries.</param>
/// <param name="P50Ns">Median one-way latency, or 0.</param>
/// <param name="P99Ns">99th percentile of it, or 0.</param>
/// <param name="AllocatedBytes">Bytes allocated meanwhile; 0 for the peers.</param>
internal readonly record struct StreamRound(
    long Delivered, long CpuNs, long WallNs, int PayloadBytes, long P50Ns, long P99Ns, long AllocatedBytes);

/// <summary>
/// A client and one board, as they run everywhere, on loopback in this process: the client streams frames, the board
/// executes them in no time and answers. What is timed is all of the transport and nothing else.
/// </summary>
internal sealed partial class TensorStream : IDisposable
{
    private const string Cluster = "bench";
    private const long Patience = 60_000_000_000;

    // Enough that every slot at both ends was used and has its memory.
    private const int WarmUpFrames = 100;
    private readonly StreamBoard board;
    private readonly StreamClient client;
    private readonly AeadSeal?[] seals;

    /// <summary>Starts both and waits until frames flow.</summary>
    /// <param name="inputBytes">Bytes of a frame on its way to the board.</param>
    /// <param name="outputBytes">Bytes of the answer.</param>
    /// <param name="encrypted">With a cluster key.</param>
    /// <param name="segments">Whether the kernel may cut one buffer into datagrams.</param>
    public TensorStream(int inputBytes, int outputBytes, bool encrypted, bool segments)
    {
        byte[]? key = encrypted ? RandomNumberGenerator.GetBytes(AeadSeal.KeyBytes) : null;
        seals = [NewSeal(key, StreamBoard.Id), NewSeal(key, StreamClient.Id)];
        board = new StreamBoard(Open(segments), seals[0], inputBytes, outputBytes);
        client = new StreamClient(Open(segments), seals[1], inputBytes, board.Address);
        board.Arrived = client.Arrived;
        ChunksPerFrame = inputBytes / WireLimits.ChunkBytes;
        board.Loop.Call(now => board.Begin(now));
        client.Loop.Call(now => client.Begin(now));
    }

    /// <summary>Full datagrams of one frame.</summary>
    public int ChunksPerFrame { get; }

    /// <summary>Whether the kernel really segmented.</summary>
    public bool Segmented => client.Socket.Outbox.Segments;

    /// <summary>Nanoseconds that the calling thread has computed.</summary>
    public static long ThreadCpuNs
    {
        get
        {
            ClockGetTime(3, out Time time);
            return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
        }
    }

    /// <summary>Both ends in turn on this thread, as fast as they can: the CPU time per datagram.</summary>
    public StreamRound RunInOneThread(TimeSpan limit)
    {
        client.Streams = true;
        TurnUntil(client.Done + WarmUpFrames);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long cpu = ThreadCpuNs;
        long done = client.Done;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < limit)
        {
            client.Loop.Turn();
            board.Loop.Turn();
        }

        TimeSpan wall = Stopwatch.GetElapsedTime(start);
        cpu = ThreadCpuNs - cpu;
        return new StreamRound((client.Done - done) * ChunksPerFrame, cpu, (long)wall.TotalNanoseconds,
            WireLimits.ChunkBytes, 0, 0, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    /// <summary>A thread for each end, as it is everywhere else: goodput, or one frame at a time for latency.</summary>
    public StreamRound RunInTwoThreads(TimeSpan limit, bool oneByOne)
    {
        client.Streams = !oneByOne;
        client.OneByOne = oneByOne;
        TurnUntil(client.Done + WarmUpFrames);
        client.Processor = 0;
        board.Processor = 1;
        client.Loop.Start();
        board.Loop.Start();
        Thread.Sleep(20);
        client.Loop.Call(client.Reset);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetTotalAllocatedBytes(true);
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(limit);
        long done = 0;
        long[] sorted = [];
        TimeSpan wall = default;
        client.Loop.Call(_ =>
        {
            wall = Stopwatch.GetElapsedTime(start);
            done = client.Done;
            allocated = GC.GetTotalAllocatedBytes(true) - allocated;
            sorted = client.Latencies();
        });
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Array.Sort(sorted);
        return new StreamRound(done * Math.Max(1, ChunksPerFrame), (long)cpu.TotalNanoseconds, (long)wall.TotalNanoseconds,
            WireLimits.ChunkBytes, sorted.Length == 0 ? 0 : sorted[sorted.Length / 2],
            sorted.Length == 0 ? 0 : sorted[(int)(sorted.Length * 99L / 100)], allocated);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        client.Dispose();
        board.Dispose();
        Array.ForEach(seals, seal => seal?.Dispose());
    }

    private static AeadSeal? NewSeal(byte[]? key, ulong id) => key is null
        ? null : new AeadSeal([key], Cluster, id, RandomNumberGenerator.GetBytes(AeadSeal.SaltBytes));

    private static ClusterSocket Open(bool segments)
    {
        ClusterSocket socket = ClusterSocket.Open(new IPEndPoint(IPAddress.Loopback, 0), null, IPAddress.Loopback);
        socket.Outbox.Segments &= segments;
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Time time);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, in ulong mask);

    private void TurnUntil(long done)
    {
        for (long limit = NodeLoop.NowNs + Patience; client.Done < done;)
        {
            client.Loop.Turn();
            board.Loop.Turn();
            if (NodeLoop.NowNs > limit)
            {
                throw new InvalidOperationException("no frame came back in a minute");
            }
        }
    }

    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    /// <summary>One end: socket, loop, and what the node asked for during a step.</summary>
    private abstract class End : IClusterEffects, ISteppedNode, IDisposable
    {
        protected End(ClusterSocket socket)
        {
            Socket = socket;
            Loop = new NodeLoop(socket, this);
        }

        public ClusterSocket Socket { get; }

        public NodeLoop Loop { get; }

        public abstract long NextTimerNs { get; }

        /// <summary>Puts the thread that makes the next step on a processor of its own, as two machines have.</summary>
        public int? Processor { get; set; }

        public abstract void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram);

        public abstract void OnTimer(long nowNs);

        public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) => Loop.Send(to, datagram);

        protected void TakeProcessor()
        {
            if (Processor is { } processor && Environment.ProcessorCount > 1)
            {
                ulong mask = 1UL << processor;
                SetAffinity(0, sizeof(ulong), in mask);
                Processor = null;
            }
        }

        public void Multicast(ReadOnlySpan<byte> datagram)
        {
        }

        public void Log(in ClusterEvent entry)
        {
        }

        public void Dispose()
        {
            Loop.Dispose();
            Socket.Dispose();
        }
    }

    private sealed class StreamBoard : End, IBoardEffects
    {
        public const ulong Id = 1;
        private readonly BoardNode node;
        private readonly int[] tensorBytes;
        private readonly Queue<FrameWork> ready = new(64);
        private readonly Queue<Action<long>> later = new();

        public StreamBoard(ClusterSocket socket, AeadSeal? seal, int inputBytes, int outputBytes)
            : base(socket)
        {
            tensorBytes = [inputBytes, outputBytes];
            node = new BoardNode(new BoardOptions
            {
                ClusterName = Cluster,
                Self = new Member(new BoardId(Id), 1, "bench", "none", 100_000_000, 100_000_000_000, 1 << 30),
                Planner = (view, costs) => Planner.Plan(view, costs, PlannerOptions.Pipelined),
                Seal = seal is null ? new ChecksumSeal() : seal,

                // More than the client fills at once: it never waits for credit, which would be the board's time.
                SlotsPerStage = 8,
            });
        }

        /// <summary>Called when a frame is whole.</summary>
        public Action? Arrived { get; set; }

        public PeerAddress Address => PeerAddress.FromEndPoint(Socket.LocalEndPoint);

        public override long NextTimerNs => node.NextTimerNs;

        public void Begin(long nowNs)
        {
            node.Start(nowNs, this);
            node.OnPackage(nowNs, new byte[] { 1 }, this);
            Work(nowNs);
        }

        public override void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram)
        {
            TakeProcessor();
            node.OnDatagram(nowNs, from, datagram, this);
            Work(nowNs);
        }

        public override void OnTimer(long nowNs)
        {
            node.OnTimer(nowNs, this);
            Work(nowNs);
        }

        public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
        {
        }

        public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes)
        {
        }

        public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds)
        {
            var cost = new NodeCost([0], 1, 1000, kinds.ToImmutableSortedDictionary(kind => kind, _ => 1_000_000L));
            var costs = new NetworkCosts(package, [cost], [.. tensorBytes.Select(bytes => new TensorCost(bytes))], [0], [1]);
            later.Enqueue(now => node.OnCosts(now, costs, this));
        }

        public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes) =>
            later.Enqueue(now => node.OnStageReady(now, plan.Hash, this));

        public void StageReleased(PlanHash plan, int stage)
        {
        }

        public void CommandGiven(in CommandToken token, string command)
        {
        }

        public void FrameReady(in FrameWork work)
        {
            Arrived?.Invoke();
            ready.Enqueue(work);
        }

        private void Work(long nowNs)
        {
            while (later.TryDequeue(out Action<long>? step))
            {
                step(nowNs);
            }

            while (ready.TryDequeue(out FrameWork work))
            {
                node.OnFrameExecuted(nowNs, work.Token, new FrameExecution(1000, 1000), this);
            }
        }
    }

    private sealed class StreamClient : End, IClientEffects
    {
        public const ulong Id = 2;
        private const int MostSamples = 1 << 19;
        private readonly ClientNode node;
        private readonly byte[] input;
        private readonly long[] samples = new long[MostSamples];
        private uint request;
        private long submitted;
        private long submittedNs;
        private int sampleCount;

        public StreamClient(ClusterSocket socket, AeadSeal? seal, int inputBytes, PeerAddress board)
            : base(socket)
        {
            input = new byte[inputBytes];
            new Random(1).NextBytes(input);
            node = new ClientNode(new ClientOptions
            {
                ClusterName = Cluster,
                ClientId = Id,
                StaticPeers = [board],
                LinkBitsPerSecond = 100_000_000_000,
                Seal = seal is null ? new ChecksumSeal() : seal,
            });
        }

        public bool Streams { get; set; }

        public bool OneByOne { get; set; }

        public long Done { get; private set; }

        public override long NextTimerNs => node.NextTimerNs;

        public void Begin(long nowNs)
        {
            node.Start(nowNs, this);
            request = node.OpenRequest(nowNs, node.OfferPackage(nowNs, new byte[] { 1 }, this), this);
        }

        public void Reset(long nowNs)
        {
            submitted -= Done;
            Done = 0;
            sampleCount = 0;
        }

        public long[] Latencies() => samples[..sampleCount];

        public override void OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram)
        {
            TakeProcessor();
            node.OnDatagram(nowNs, from, datagram, this);
            Submit();
        }

        public override void OnTimer(long nowNs)
        {
            node.OnTimer(nowNs, this);
            Submit();
        }

        public void ViewChanged(ClusterView view)
        {
        }

        public void PlanChanged(ClientPlan plan)
        {
        }

        public void FrameCompleted(in FrameResult result) => Done++;

        /// <summary>The board has a whole frame; both ends have the same clock.</summary>
        public void Arrived()
        {
            if (OneByOne && sampleCount < MostSamples)
            {
                samples[sampleCount++] = NodeLoop.NowNs - Interlocked.Read(ref submittedNs);
            }
        }

        public void FrameFailed(FrameKey key, FrameErrorCode code, string text) =>
            throw new InvalidOperationException($"frame {key}: {code} {text}");

        public void CommandEnded(uint number, ReadOnlySpan<byte> answer)
        {
        }

        public void RequestWritable(uint openRequest)
        {
        }

        private void Submit()
        {
            while (Streams || (OneByOne && submitted == Done))
            {
                long nowNs = NodeLoop.NowNs;
                Interlocked.Exchange(ref submittedNs, nowNs);
                if (!node.TrySubmit(nowNs, request, input, nowNs + Patience, this, out _))
                {
                    return;
                }

                submitted++;
            }
        }
    }
}
