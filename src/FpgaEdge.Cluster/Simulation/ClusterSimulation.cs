using System.Buffers.Binary;
using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// A whole cluster under a virtual clock: the same <see cref="BoardNode"/> and <see cref="ClientNode"/> that run on
/// boards, on a network that loses, delays, repeats and damages datagrams as the seed says.
/// </summary>
public sealed class ClusterSimulation
{
    internal const string ClusterName = "simulated";
    private const long TickNs = 50_000_000;
    private readonly PriorityQueue<Happening, (long AtNs, long Order)> queue = new();
    private readonly Dictionary<PlanHash, Plan> plans = [];
    private readonly List<string> timeline = [];
    private readonly ModelledNetwork[] networks;
    private readonly SimulatedNetwork wires;
    private long order;

    private ClusterSimulation(SimulationOptions options)
    {
        Options = options;
        Random = new SimulationRandom(options.Seed);
        Boards = [.. options.Boards.Select((member, index) => new SimulatedBoard(this, index, member))];
        networks = options.Models.Length > 0
            ? [.. options.Models.Select(model => ModelledNetwork.FromCosts(Random.Next(), model))]
            : [.. Enumerable.Range(0, options.Networks).Select(index => ModelledNetwork.RandomChain(
                Random.Next(), options.Nodes, options.LargestTensor, options.LargestNodeNs))];
        wires = new SimulatedNetwork(LinkSpeeds(options), Random, options.Faults, (at, delivery) =>
            Enqueue(at, new Happening(HappeningKind.Datagram, delivery.To, delivery, null, 0)));
        Checks = new SimulationChecks(this);
        History = options.KeepsHistory ? new HistoryRecorder(this) : null;
        Commands = new SimulatedCommands(this);
        Clients = [.. Enumerable.Range(0, options.Clients).Select(index => new SimulatedClient(
            this, index, networks[index % networks.Length], options.Frames))];
    }

    internal SimulationOptions Options { get; }

    internal SimulationRandom Random { get; }

    internal SimulationChecks Checks { get; }

    internal HistoryRecorder? History { get; }

    internal SimulatedCommands Commands { get; }

    internal SimulatedBoard[] Boards { get; }

    internal SimulatedClient[] Clients { get; }

    internal SimulatedNetwork Wires => wires;

    internal long NowNs { get; private set; }

    /// <summary>Runs a simulation to its end.</summary>
    public static SimulationResult Run(SimulationOptions options)
    {
        var simulation = new ClusterSimulation(options);
        return simulation.Run();
    }

    /// <summary>The first datagrams that a simulation delivers.</summary>
    internal static byte[][] Record(SimulationOptions options, int count)
    {
        var simulation = new ClusterSimulation(options);
        simulation.wires.Recorded = new List<byte[]>(count);
        simulation.Run();
        return [.. simulation.wires.Recorded.Take(count)];
    }

    /// <summary>A board of the simulation: a PYNQ-Z1-like virtual board with a clock of its own.</summary>
    public static Member Board(int number, string type = "virtual-zynq7020", long clockHertz = 100_000_000) => new(
        new BoardId(0xB000 + (ulong)number), 0, type, "1x16_i8w8a32_15_15_18_17", clockHertz, 1_000_000_000, 64 << 20)
    {
        Name = $"board-{number}",
    };

    internal Plan? Planner(ClusterView view, NetworkCosts costs)
    {
        Plan plan = Planning.Planner.Plan(view, costs, Options.Planning);
        plans[plan.Hash] = plan;
        Checks.OnPlan(view, plan);
        return plan;
    }

    internal Plan? PlanByHash(PlanHash hash) => plans.GetValueOrDefault(hash);

    internal ModelledNetwork? NetworkOf(PackageHash package) => networks.FirstOrDefault(entry => entry.Hash == package);

    internal int Networks => networks.Length;

    internal ModelledNetwork NetworkAt(int index) => networks[index];

    /// <summary>Number of a package's network, or −1.</summary>
    internal int IndexOf(PackageHash package) => Array.FindIndex(networks, entry => entry.Hash == package);

    internal ImmutableArray<PeerAddress> StaticPeersOf(int node) =>
        Options.Multicast || node == 0 ? [] : [SimulatedNetwork.AddressOf(0)];

    /// <summary>The seal of one life of a node: with a key, from a salt that no other life has.</summary>
    internal IDatagramSeal SealOf(ulong id, uint incarnation) => SealOf(Options.ClusterKey, id, incarnation);

    internal static IDatagramSeal SealOf(ImmutableArray<byte> clusterKey, ulong id, uint incarnation)
    {
        if (clusterKey.IsDefaultOrEmpty)
        {
            return new ChecksumSeal();
        }

        byte[] salt = new byte[AeadSeal.SaltBytes];
        BinaryPrimitives.WriteUInt64BigEndian(salt, id);
        BinaryPrimitives.WriteUInt32BigEndian(salt.AsSpan(8), incarnation);
        return new AeadSeal([[.. clusterKey]], ClusterName, id, salt);
    }

    internal void Send(int from, PeerAddress to, ReadOnlySpan<byte> datagram) =>
        wires.Send(NowNs, from, SimulatedNetwork.NodeOf(to), datagram);

    internal void Multicast(int from, ReadOnlySpan<byte> datagram)
    {
        if (Options.Multicast)
        {
            wires.Multicast(NowNs, from, datagram);
        }
    }

    /// <summary>Does something on behalf of a board later, unless it was stopped in between.</summary>
    internal void After(SimulatedBoard board, long delayNs, Action<long> action)
    {
        int life = board.Life;
        Enqueue(NowNs + delayNs, new Happening(HappeningKind.Action, board.Index, default, now =>
        {
            if (board.Life == life)
            {
                action(now);
            }
        }, 0));
    }

    internal void Soon(int node, Action<long> action) => Later(node, 0, action);

    internal void Later(int node, long delayNs, Action<long> action) =>
        Enqueue(NowNs + delayNs, new Happening(HappeningKind.Action, node, default, action, 0));

    internal void Note(string text) => timeline.Add($"{NowNs / 1_000_000,7} ms  {text}");

    internal void OnBoardEvent(SimulatedBoard board, in ClusterEvent entry)
    {
        Note($"board {board.Index}: {entry.Kind} {NameOf(entry.Board)} {entry.Text}".TrimEnd());
        Checks.OnBoardEvent(board, entry);
        History?.OnBoardEvent(board, entry);
    }

    internal void OnClientEvent(SimulatedClient client, in ClusterEvent entry) =>
        Note($"client {client.Index}: {entry.Kind} {NameOf(entry.Board)} {entry.Text}".TrimEnd());

    internal SimulatedBoard? BoardOf(BoardId id) => Boards.FirstOrDefault(board => board.Description.Id == id);

    private string NameOf(BoardId id) =>
        id == default ? "" : BoardOf(id) is { } board ? $"board {board.Index}" : id.ToString();

    /// <summary>Bits per second of every node's link, clients last; 0 is no limit.</summary>
    private static long[] LinkSpeeds(SimulationOptions options)
    {
        long fastest = options.LinksHaveSpeed ? options.Boards.Max(board => board.LinkBitsPerSecond) : 0;
        return
        [
            .. options.Boards.Select(board => options.LinksHaveSpeed ? board.LinkBitsPerSecond : 0),
            .. Enumerable.Repeat(fastest, options.Clients),
        ];
    }

    private SimulationResult Run()
    {
        ScheduleBeginning();
        while (queue.TryDequeue(out Happening happening, out (long AtNs, long Order) when))
        {
            NowNs = when.AtNs;
            if (NowNs > Options.LimitNs || Checks.IsOver
                || (NowNs >= Options.AtLeastNs && Clients.All(client => client.IsFinished)))
            {
                break;
            }

            Happen(happening);
        }

        Checks.AtEnd();
        return new SimulationResult(Options.Seed, [.. Checks.Violations], Clients.Sum(client => client.Completed),
            Clients.Sum(client => client.Failed), wires.Datagrams, NowNs, [.. Checks.Measures], [.. timeline],
            [.. Clients[0].ResultsNs], Commands.Answered, [.. Clients.Select(client => client.Node.Deadlines())],
            History?.ToHistory());
    }

    private void ScheduleBeginning()
    {
        foreach (SimulatedBoard board in Boards)
        {
            bool startsLater = Options.Events.Any(fault => fault.Kind == SimulationFaultKind.Start
                && fault.Board == board.Index && !Options.Events.Any(other => other.Board == board.Index
                    && other.Kind is SimulationFaultKind.Kill or SimulationFaultKind.Leave && other.AtNs < fault.AtNs));
            if (!startsLater)
            {
                Enqueue(Random.Below(Options.LastStartNs),
                    new Happening(HappeningKind.Action, -1, default, now => StartBoard(board), 0));
            }
        }

        foreach (SimulatedClient client in Clients)
        {
            Enqueue(Options.ClientStartNs, new Happening(HappeningKind.Action, -1, default, client.Start, 0));
        }

        foreach (SimulationFault fault in Options.Events)
        {
            Enqueue(fault.AtNs, new Happening(HappeningKind.Action, -1, default, _ => Apply(fault), 0));
        }

        Enqueue(TickNs, new Happening(HappeningKind.Tick, -1, default, null, 0));
    }

    private void Happen(in Happening happening)
    {
        int node = happening.Node;
        if (node >= 0 && PausedUntil(node) > NowNs)
        {
            Enqueue(PausedUntil(node), happening);
            return;
        }

        switch (happening.Kind)
        {
            case HappeningKind.Datagram:
                OnDatagram(happening.Delivery);
                break;
            case HappeningKind.Timer:
                OnTimer(node, happening.TimerNs);
                break;
            case HappeningKind.Action:
                happening.Action!(NowNs);
                break;
            case HappeningKind.Tick:
                Checks.OnTick();
                Options.Progress?.Invoke(NowNs);
                Enqueue(NowNs + TickNs, happening);
                break;
        }

        RefreshTimers(node);
    }

    private long PausedUntil(int node) =>
        node < Boards.Length ? Boards[node].PausedUntilNs : Clients[node - Boards.Length].PausedUntilNs;

    private void OnDatagram(in Delivery delivery)
    {
        PeerAddress from = SimulatedNetwork.AddressOf(delivery.From);
        ReadOnlySpan<byte> bytes = delivery.Buffer.AsSpan(0, delivery.Length);
        Checks.OnDelivery(delivery.From);
        NodeCounters? counters = null;
        long ignored = 0;
        if (delivery.To >= Boards.Length)
        {
            ClientNode client = Clients[delivery.To - Boards.Length].Node;
            counters = client.Counters;
            ignored = SimulationChecks.Ignored(counters);
            client.OnDatagram(NowNs, from, bytes, Clients[delivery.To - Boards.Length]);
        }
        else if (Boards[delivery.To].Node is { } node)
        {
            counters = node.Counters;
            ignored = SimulationChecks.Ignored(counters);
            node.OnDatagram(NowNs, from, bytes, Boards[delivery.To]);
        }

        if (delivery.Corrupted && counters is not null && SimulationChecks.Ignored(counters) == ignored)
        {
            Checks.Violate($"P9 a damaged datagram of {delivery.Length} bytes was accepted by node {delivery.To}");
        }

        wires.Recycle(delivery.Buffer);
    }

    private void OnTimer(int node, long timerNs)
    {
        if (node >= Boards.Length)
        {
            SimulatedClient client = Clients[node - Boards.Length];
            if (client.TimerNs == timerNs)
            {
                client.TimerNs = long.MaxValue;
                client.Node.OnTimer(NowNs, client);
            }
        }
        else if (Boards[node] is { Node: { } running } board && board.TimerNs == timerNs)
        {
            board.TimerNs = long.MaxValue;
            running.OnTimer(NowNs, board);
        }
    }

    private void RefreshTimers(int node)
    {
        if (node >= Boards.Length)
        {
            SimulatedClient client = Clients[node - Boards.Length];
            long next = Math.Max(client.Node.NextTimerNs, NowNs + 1000);
            if (next < client.TimerNs)
            {
                client.TimerNs = next;
                Enqueue(next, new Happening(HappeningKind.Timer, node, default, null, next));
            }
        }
        else if (node >= 0 && Boards[node] is { Node: { } running } board)
        {
            long next = Math.Max(running.NextTimerNs, NowNs + 1000);
            if (next < board.TimerNs)
            {
                board.TimerNs = next;
                Enqueue(next, new Happening(HappeningKind.Timer, node, default, null, next));
            }
        }
        else if (node < 0)
        {
            for (int i = 0; i < Boards.Length + Clients.Length; i++)
            {
                RefreshTimers(i);
            }
        }
    }

    private void StartBoard(SimulatedBoard board)
    {
        if (board.IsRunning)
        {
            return;
        }

        Note($"board {board.Index} starts");
        Checks.OnDisturbance();
        Checks.OnOtherFault(NowNs);
        board.Start(NowNs);
        History?.OnStart(board);
    }

    private void Apply(SimulationFault fault)
    {
        Checks.OnDisturbance();
        switch (fault.Kind)
        {
            case SimulationFaultKind.Kill or SimulationFaultKind.Leave when Boards[fault.Board].Node is { } node:
                Note($"board {fault.Board}: {fault.Kind}");
                if (fault.Kind == SimulationFaultKind.Leave)
                {
                    node.Leave(NowNs, Boards[fault.Board]);
                }

                Boards[fault.Board].Stop(NowNs);
                History?.Add(fault.Kind == SimulationFaultKind.Kill ? HistoryKind.Killed : HistoryKind.Left, fault.Board);
                Checks.OnStop(Boards[fault.Board]);
                break;
            case SimulationFaultKind.Start:
                StartBoard(Boards[fault.Board]);
                break;
            case SimulationFaultKind.Pause:
                Note($"board {fault.Board} pauses for {fault.DurationNs / 1_000_000} ms");
                Boards[fault.Board].PausedUntilNs = NowNs + fault.DurationNs;
                Checks.OnPause(fault);
                break;
            case SimulationFaultKind.Cut or SimulationFaultKind.Mend:
                Note($"{fault.Kind} {fault.Board} to {fault.Other}");
                wires.Cut(fault.Board, fault.Other, fault.Kind == SimulationFaultKind.Cut);
                History?.Add(fault.Kind == SimulationFaultKind.Cut ? HistoryKind.Cut : HistoryKind.Mended, fault.Board,
                    fault.Other);
                Checks.OnLink(fault.Board, fault.Other, NowNs);
                break;
            case SimulationFaultKind.Clog:
                Note($"clog {fault.Board} to {fault.Other} for {fault.DurationNs / 1_000_000} ms");
                wires.Clog(fault.Board, fault.Other, NowNs + fault.DurationNs);
                Checks.OnLink(fault.Board, fault.Other, NowNs + fault.DurationNs);
                break;
            case SimulationFaultKind.Slow:
                Note($"board {fault.Board} is slow");
                Boards[fault.Board].SlowFactor = 10;
                History?.Add(HistoryKind.Slowed, fault.Board);
                Checks.OnOtherFault(long.MaxValue);
                break;
            case SimulationFaultKind.Unplug or SimulationFaultKind.Plug:
                Note($"{fault.Kind} {fault.Board}");
                wires.Plug(fault.Board, fault.Kind == SimulationFaultKind.Plug);
                History?.Add(fault.Kind == SimulationFaultKind.Plug ? HistoryKind.Plugged : HistoryKind.Unplugged, fault.Board);
                Checks.OnPlug(fault.Board, fault.Kind == SimulationFaultKind.Plug);
                break;
            case SimulationFaultKind.Heal:
                Heal();
                break;
        }
    }

    private void Heal()
    {
        Note("heal");
        wires.HealAll();
        wires.Faults = new NetworkFaults
        {
            Loss = Math.Min(wires.Faults.Loss, 50),
            Duplicate = wires.Faults.Duplicate,
            Corrupt = Math.Min(wires.Faults.Corrupt, 10),
            DelayNs = Math.Min(wires.Faults.DelayNs, 5_000_000),
            JitterNs = Math.Min(wires.Faults.JitterNs, 20_000_000),
        };
        foreach (SimulatedBoard board in Boards)
        {
            board.SlowFactor = 1;
            StartBoard(board);
        }
    }

    private void Enqueue(long atNs, in Happening happening) => queue.Enqueue(happening, (atNs, order++));

    private enum HappeningKind : byte
    {
        Datagram,
        Timer,
        Action,
        Tick,
    }

    private readonly record struct Happening(
        HappeningKind Kind, int Node, Delivery Delivery, Action<long>? Action, long TimerNs);
}
