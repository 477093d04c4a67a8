using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Simulation;

/// <summary>
/// A client of the simulation: submits frames as fast as it may and hands what comes back to the checkers.
/// </summary>
internal sealed class SimulatedClient(
    ClusterSimulation simulation, int number, ModelledNetwork network, int frames) : IClientEffects
{
    private readonly List<(long SubmittedNs, long DeadlineNs)> submitted = [];

    /// <summary>Number among the clients.</summary>
    public int Number { get; } = number;

    /// <summary>Number among the nodes: clients come after the boards.</summary>
    public int Index { get; } = simulation.Boards.Length + number;

    public ClientNode Node { get; } = new(new ClientOptions
    {
        ClusterName = ClusterSimulation.ClusterName,
        ClientId = 0xC000 + (ulong)(simulation.Boards.Length + number),
        Seed = simulation.Random.Next(),
        StaticPeers = simulation.StaticPeersOf(simulation.Boards.Length + number),
        Seal = simulation.SealOf(0xC000 + (ulong)(simulation.Boards.Length + number), 1),
        PlantedBug = simulation.Options.PlantedBug,
    });

    public uint Request { get; private set; }

    public ModelledNetwork Network => network;

    /// <summary>Frames that it submits: so far, when nobody said how many.</summary>
    public int Frames => simulation.Options.StreamUntilNs > 0 ? submitted.Count : frames;

    public uint Submitted => (uint)submitted.Count;

    public uint Ended { get; set; }

    public int Completed { get; set; }

    public int Failed { get; set; }

    public long LastResultNs => ResultsNs.Count > 0 ? ResultsNs[^1] : -1;

    public List<long> ResultsNs { get; } = [];

    public long TimerNs { get; set; } = long.MaxValue;

    public long PausedUntilNs { get; set; }

    public bool IsFinished => Ended == (uint)Frames && !HasMore(simulation.NowNs);

    public (long SubmittedNs, long DeadlineNs) TimesOf(uint frame) => submitted[(int)frame];

    public void Start(long nowNs)
    {
        Node.Start(nowNs, this);
        simulation.Commands.Start(this);
        Node.OfferPackage(nowNs, network.Package, this);
        Request = Node.OpenRequest(nowNs, network.Hash, this);
        Submit(nowNs);
    }

    public void Submit(long nowNs)
    {
        while (HasMore(nowNs))
        {
            long deadlineNs = nowNs + simulation.Options.DeadlineNs;
            if (!Node.TrySubmit(nowNs, Request, network.Input((uint)submitted.Count), deadlineNs, this, out _))
            {
                return;
            }

            submitted.Add((nowNs, deadlineNs));
        }
    }

    private bool HasMore(long nowNs) => simulation.Options.StreamUntilNs > 0
        ? nowNs < simulation.Options.StreamUntilNs : submitted.Count < frames;

    public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) => simulation.Send(Index, to, datagram);

    public void Multicast(ReadOnlySpan<byte> datagram) => simulation.Multicast(Index, datagram);

    public void Log(in ClusterEvent entry) => simulation.OnClientEvent(this, entry);

    public void ViewChanged(ClusterView view)
    {
    }

    public void PlanChanged(ClientPlan plan) =>
        simulation.Note($"client {Index}: plan {plan.Hash} of {plan.Stages.Length} stages");

    public void FrameCompleted(in FrameResult result) => simulation.Checks.OnResult(this, result);

    public void FrameFailed(FrameKey key, FrameErrorCode code, string text) =>
        simulation.Checks.OnFailure(this, key, code);

    public void CommandEnded(uint number, ReadOnlySpan<byte> answer) =>
        simulation.Commands.OnEnded(this, number, answer);

    public void RequestWritable(uint request) => simulation.Soon(Index, now => Submit(now));
}
