using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>What is thrown at a node.</summary>
public enum FuzzKind : byte
{
    /// <summary>Datagrams of a cluster without a key, damaged on the way: none may get past the checksum.</summary>
    Damaged,

    /// <summary>Datagrams of a cluster with a key, damaged, repeated or of another cluster: none may be believed.</summary>
    DamagedSealed,

    /// <summary>Datagrams as from a sender that is known, or from one that is not, sealed with another key: what somebody sends
    /// who listens but has no key. None may be believed.</summary>
    Forged,

    /// <summary>Nonsense under a correct checksum, from anywhere, while the clock goes on: nobody crashes or grows.</summary>
    Resealed,
}

/// <summary>What came of it.</summary>
/// <param name="Datagrams">Datagrams thrown.</param>
/// <param name="Failures">What must not happen, one line each; empty is good.</param>
/// <param name="Refused">Datagrams kept out by the seal.</param>
/// <param name="Ignored">Datagrams that passed the seal and were no valid message, or of a stranger.</param>
/// <param name="AllocatedBytes">Bytes allocated by the nodes meanwhile.</param>
public sealed record FuzzResult(
    long Datagrams, ImmutableArray<string> Failures, long Refused, long Ignored, long AllocatedBytes);

/// <summary>
/// A board and a client in the state that a running cluster put them in, and mutations of that cluster's own datagrams.
/// Same seed, same datagrams.
/// </summary>
public sealed class DatagramFuzz
{
    private const int MostFailures = 10;
    private const long StepNs = 2000;
    private const int TimerEvery = 256;
    private readonly SimulationRandom random;
    private readonly FuzzKind kind;
    private readonly ulong seed;
    private readonly byte[][] recorded;
    private readonly Sink sink = new();
    private readonly BoardNode board;
    private readonly ClientNode client;
    private readonly ChecksumSeal checksum = new();
    private readonly byte[] message = new byte[WireLimits.DatagramBytes];
    private readonly byte[] datagram = new byte[2048];
    private readonly List<string> failures = [];
    private long nowNs = 5_000_000_000;

    /// <summary>Runs a small cluster for its datagrams, and brings two nodes into its midst.</summary>
    public DatagramFuzz(ulong seed, FuzzKind kind)
    {
        this.seed = seed;
        this.kind = kind;
        random = new SimulationRandom(seed ^ 0xF022);
        bool hasKey = kind is FuzzKind.DamagedSealed or FuzzKind.Forged;
        var options = new SimulationOptions
        {
            Seed = seed,
            Boards = [.. Enumerable.Range(0, 3).Select(number => ClusterSimulation.Board(number))],
            Frames = 30,
            CommandPeriodNs = 30_000_000,
            ClusterKey = hasKey ? [.. Enumerable.Range(1, AeadSeal.KeyBytes).Select(i => (byte)i)] : [],
        };
        recorded = ClusterSimulation.Record(options, 4000);
        Member self = ClusterSimulation.Board(7) with { Incarnation = 1 };
        board = new BoardNode(new BoardOptions
        {
            ClusterName = ClusterSimulation.ClusterName,
            Self = self,
            Planner = (view, costs) => Planner.Plan(view, costs, PlannerOptions.Pipelined),
            Seal = ClusterSimulation.SealOf(options.ClusterKey, self.Id.Value, 1),
        });
        client = new ClientNode(new ClientOptions
        {
            ClusterName = ClusterSimulation.ClusterName,
            ClientId = 0xC007,
            Seal = ClusterSimulation.SealOf(options.ClusterKey, 0xC007, 1),
        });
        board.Start(nowNs, sink);
        client.Start(nowNs, sink);
        foreach (byte[] real in recorded)
        {
            Give(real, real.Length, AnyAddress());
        }
    }

    /// <summary>Throws datagrams.</summary>
    public FuzzResult Run(long count, Action<long>? progress = null)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long refused = Refused;
        long ignored = Malformed;
        long done = 0;
        for (; done < count && failures.Count < MostFailures; done++)
        {
            try
            {
                ThrowOne(done);
            }
            catch (Exception e)
            {
                Fail(done, $"{e.GetType().Name}: {e.Message}");
            }

            if ((done & 0xffff) == 0)
            {
                progress?.Invoke(done);
            }
        }

        if (board.View.Members.Length > WireLimits.Boards || board.View.Packages.Length > WireLimits.Packages)
        {
            Fail(done, $"the view grew to {board.View.Members.Length} boards and {board.View.Packages.Length} packages");
        }

        return new FuzzResult(done, [.. failures], Refused - refused, Malformed - ignored,
            GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    private long Refused => SimulationChecks.Ignored(board.Counters) + SimulationChecks.Ignored(client.Counters);

    private long Malformed => board.Counters.IgnoredMalformed + board.Counters.IgnoredStranger
        + client.Counters.IgnoredMalformed + client.Counters.IgnoredStranger;

    private void ThrowOne(long number)
    {
        byte[] real = recorded[random.Below(recorded.Length)];
        if (kind == FuzzKind.Resealed)
        {
            nowNs += StepNs;
            Give(datagram, Reseal(real), AnyAddress());
            if (number % TimerEvery == 0)
            {
                board.OnTimer(nowNs, sink);
                client.OnTimer(nowNs, sink);
                Work();
            }

            return;
        }

        int length = kind == FuzzKind.Forged ? Forge(real) : Damage(real);
        long refused = Refused;
        long effects = sink.Effects;
        ClusterView view = board.View;
        long timerNs = board.NextTimerNs;
        Give(datagram, length, AnyAddress());
        if (Refused != refused + 1 || sink.Effects != effects || !ReferenceEquals(view, board.View)
            || timerNs != board.NextTimerNs)
        {
            Fail(number, $"a damaged datagram was believed: {System.Convert.ToHexStringLower(datagram.AsSpan(0, length))}");
        }
    }

    private void Fail(long number, string text) => failures.Add($"{kind}, seed {seed}, datagram {number}: {text}");

    private void Give(byte[] bytes, int length, PeerAddress from)
    {
        ReadOnlySpan<byte> given = bytes.AsSpan(0, length);
        if ((random.Next() & 3) != 0)
        {
            board.OnDatagram(nowNs, from, given, sink);
        }
        else
        {
            client.OnDatagram(nowNs, from, given, sink);
        }
    }

    private PeerAddress AnyAddress() => PeerAddress.FromIPv4(0x0a000001u + (uint)random.Below(5), 4000);

    /// <summary>Always another datagram than any real one, except repeats under a key, which are refused as such.</summary>
    private int Damage(byte[] real)
    {
        real.CopyTo(datagram, 0);
        int length = real.Length;
        switch (random.Below(8))
        {
            case 0:
                return (int)random.Below(length);
            case 1:
                int more = (int)random.Between(1, 40);
                random.Fill(datagram.AsSpan(length, more));
                return length + more;
            case 2:
                byte[] other = recorded[random.Below(recorded.Length)];
                int cut = (int)random.Between(1, Math.Min(length, other.Length) - 1);
                other.AsSpan(cut).CopyTo(datagram.AsSpan(cut));
                if (!datagram.AsSpan(0, other.Length).SequenceEqual(other)
                    && !datagram.AsSpan(0, other.Length).SequenceEqual(real))
                {
                    return other.Length;
                }

                break;
            case 3:
                int burst = (int)random.Between(1, Math.Min(32, length));
                int at = (int)random.Below(length - burst + 1);
                random.Fill(datagram.AsSpan(at, burst));
                datagram[at] ^= datagram[at] == real[at] ? (byte)1 : (byte)0;
                return length;
        }

        // Flips in different bytes, so that none undoes another.
        int step = Math.Max(1, length / 4);
        int first = (int)random.Below(step);
        for (long flips = random.Between(1, 4); flips > 0 && first < length; flips--, first += step)
        {
            datagram[first] ^= (byte)(1 << (int)random.Below(8));
        }

        return length;
    }

    /// <summary>The envelope is right but for a number that was never used, and sometimes the salt of a start that never was.</summary>
    private int Forge(byte[] real)
    {
        const int SaltAt = 20;
        const int NumberAt = 36;
        real.CopyTo(datagram, 0);
        datagram[NumberAt] = 1;
        random.Fill(datagram.AsSpan(NumberAt + 1, 7));
        if (random.Chance(50))
        {
            random.Fill(datagram.AsSpan(SaltAt, AeadSeal.SaltBytes));
        }

        return real.Length;
    }

    private int Reseal(byte[] real)
    {
        int length = real.Length - ChecksumSeal.TrailerBytes;
        real.AsSpan(0, length).CopyTo(message);
        for (long flips = random.Below(4); flips > 0; flips--)
        {
            message[random.Below(Math.Min(length, 140))] = (byte)random.Next();
        }

        length = random.Chance(50) ? (int)random.Between(1, length) : length;
        return checksum.Seal(message.AsSpan(0, length), datagram);
    }

    private void Work()
    {
        while (sink.Costs.TryDequeue(out (PackageHash Package, ImmutableArray<BoardKind> Kinds) asked))
        {
            var cost = new NodeCost([0], 1, 1000, asked.Kinds.ToImmutableSortedDictionary(kind => kind, _ => 1_000_000L));
            board.OnCosts(nowNs, new NetworkCosts(asked.Package, [cost], [new TensorCost(5000), new TensorCost(64)], [0], [1]), sink);
        }

        while (sink.Stages.TryDequeue(out PlanHash plan))
        {
            board.OnStageReady(nowNs, plan, sink);
        }

        while (sink.Ready.TryDequeue(out FrameToken token))
        {
            board.OnFrameExecuted(nowNs, token, new FrameExecution(1000, 1000), sink);
        }

        if (sink.Commands.Count > WireLimits.Clients)
        {
            failures.Add($"{kind}, seed {seed}: {sink.Commands.Count} commands under way");
        }

        while (sink.Commands.TryDequeue(out CommandToken token))
        {
            board.OnCommandDone(nowNs, token, new byte[1 + random.Below(WireLimits.AnswerBytes)], sink);
        }
    }

    /// <summary>Counts what the nodes ask for, and remembers what they wait for.</summary>
    private sealed class Sink : IBoardEffects, IClientEffects
    {
        public long Effects { get; private set; }

        public Queue<(PackageHash Package, ImmutableArray<BoardKind> Kinds)> Costs { get; } = new();

        public Queue<PlanHash> Stages { get; } = new();

        public Queue<FrameToken> Ready { get; } = new();

        public Queue<CommandToken> Commands { get; } = new();

        public void Send(PeerAddress to, ReadOnlySpan<byte> sent) => Effects++;

        public void Multicast(ReadOnlySpan<byte> sent) => Effects++;

        public void Log(in ClusterEvent entry) => Effects++;

        public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes) => Effects++;

        public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes) => Effects++;

        public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds) =>
            Costs.Enqueue((package, kinds));

        public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes) => Stages.Enqueue(plan.Hash);

        public void StageReleased(PlanHash plan, int stage) => Effects++;

        public void FrameReady(in FrameWork work) => Ready.Enqueue(work.Token);

        public void CommandGiven(in CommandToken token, string command) => Commands.Enqueue(token);

        public void CommandEnded(uint number, ReadOnlySpan<byte> answer) => Effects++;

        public void ViewChanged(ClusterView view) => Effects++;

        public void PlanChanged(ClientPlan plan) => Effects++;

        public void FrameCompleted(in FrameResult result) => Effects++;

        public void FrameFailed(FrameKey key, FrameErrorCode code, string text) => Effects++;

        public void RequestWritable(uint request) => Effects++;
    }
}
