using System.Collections.Immutable;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>A board of the simulation: the real node, with modelled compute behind it.</summary>
internal sealed class SimulatedBoard(ClusterSimulation simulation, int index, Member description) : IBoardEffects
{
    private readonly Queue<FrameWork> queue = new();
    private readonly Dictionary<(PlanHash, FrameKey), int> executions = [];
    private readonly Dictionary<PackageHash, ReadOnlyMemory<byte>> card = [];
    private readonly Dictionary<PackageHash, byte[]> partials = [];
    private bool executing;

    public int Index { get; } = index;

    public BoardNode? Node { get; private set; }

    /// <summary>Grows with each start, so that what was scheduled for an earlier life is dropped.</summary>
    public int Life { get; private set; }

    public Member Description { get; private set; } = description;

    public long StartedNs { get; private set; }

    public long StoppedNs { get; set; } = -1;

    public long PausedUntilNs { get; set; }

    public long TimerNs { get; set; } = long.MaxValue;

    /// <summary>Compute takes this many times as long as modelled.</summary>
    public int SlowFactor { get; set; } = 1;

    public int LongestQueue { get; private set; }

    public NodeCounters? LastCounters { get; private set; }

    public bool IsRunning => Node is not null;

    public void Start(long nowNs)
    {
        Life++;
        Description = Description with { Incarnation = Description.Incarnation + 1 };
        Node = new BoardNode(new BoardOptions
        {
            ClusterName = ClusterSimulation.ClusterName,
            Self = Description,
            Planner = simulation.Planner,
            Seed = simulation.Random.Next(),
            SlotsPerStage = simulation.Options.SlotsPerStage,
            StaticPeers = simulation.StaticPeersOf(Index),
            Seal = simulation.SealOf(Description.Id.Value, Description.Incarnation),
            PlantedBug = simulation.Options.PlantedBug,
        });
        LastCounters = Node.Counters;
        StartedNs = nowNs;
        StoppedNs = -1;
        PausedUntilNs = 0;
        TimerNs = long.MaxValue;
        executing = false;
        queue.Clear();
        executions.Clear();
        Node.Start(nowNs, this);
        foreach ((PackageHash package, byte[] bytes) in partials)
        {
            Node.OnPartialPackage(nowNs, package, (byte[])bytes.Clone());
        }

        foreach (ReadOnlyMemory<byte> package in card.Values)
        {
            Node.OnPackage(nowNs, package, this);
        }
    }

    public void Insert(ReadOnlyMemory<byte> package) => card[Convert.HashOf(package.Span)] = package;

    public void Stop(long nowNs)
    {
        Node = null;
        Life++;
        StoppedNs = nowNs;
        TimerNs = long.MaxValue;
    }

    public int ExecutionsOf(PlanHash plan, FrameKey key) => executions.GetValueOrDefault((plan, key));

    public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) => simulation.Send(Index, to, datagram);

    public void Multicast(ReadOnlySpan<byte> datagram) => simulation.Multicast(Index, datagram);

    public void Log(in ClusterEvent entry) => simulation.OnBoardEvent(this, entry);

    public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes)
    {
        card[package] = bytes;
        partials.Remove(package);
        simulation.History?.Add(HistoryKind.PackageWhole, Index, -1, simulation.IndexOf(package));
    }

    public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
    {
        if (!partials.TryGetValue(package, out byte[]? partial))
        {
            partials.Add(package, partial = new byte[packageBytes]);
        }

        bytes.CopyTo(partial.AsSpan(offset));
    }

    public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds) =>
        simulation.After(this, simulation.Options.CostsNs, now =>
        {
            if (simulation.NetworkOf(package) is { } network)
            {
                Node!.OnCosts(now, network.Costs(kinds), this);
            }
        });

    public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes) =>
        simulation.After(this, simulation.Random.Between(simulation.Options.CompileAtLeastNs, simulation.Options.CompileNs),
            now =>
            {
                Node!.OnStageReady(now, plan.Hash, this);
                simulation.History?.Add(HistoryKind.StageReady, Index, -1, simulation.IndexOf(plan.Package), plan);
            });

    public void StageReleased(PlanHash plan, int stage)
    {
        if (simulation.History is { } history && simulation.PlanByHash(plan) is { } released)
        {
            history.Add(HistoryKind.StageReleased, Index, -1, simulation.IndexOf(released.Package), released);
        }
    }

    public void FrameReady(in FrameWork work)
    {
        (PlanHash, FrameKey) key = (work.Plan, work.Key);
        executions[key] = executions.GetValueOrDefault(key) + 1;
        simulation.Checks.OnExecution(this, work, executions[key]);
        queue.Enqueue(work);
        LongestQueue = Math.Max(LongestQueue, queue.Count);
        ExecuteNext();
    }

    public void CommandGiven(in CommandToken token, string command) => simulation.Commands.OnGiven(this, token, command);

    private void ExecuteNext()
    {
        if (executing || !queue.TryDequeue(out FrameWork work))
        {
            return;
        }

        executing = true;
        Plan? plan = simulation.PlanByHash(work.Plan);
        PlanStage? stage = plan?.Stages[work.Stage];
        long takesNs = Math.Max(1000, (stage?.ComputeNs ?? 1000) * SlowFactor);
        long startNs = simulation.NowNs;
        simulation.After(this, takesNs, now =>
        {
            executing = false;
            if (stage is not null && simulation.NetworkOf(work.Package) is { } network)
            {
                byte[] output = network.Run(stage.FirstNode, stage.LastNode, work.Input.Span);
                output.CopyTo(work.Output);
            }

            simulation.History?.OnExecuted(this, work, startNs);
            Node!.OnFrameExecuted(now, work.Token, new FrameExecution(takesNs, takesNs), this);
            ExecuteNext();
        });
    }
}
