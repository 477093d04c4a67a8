using System.Collections.Immutable;
using FpgaEdge.Cluster.Simulation;
using FpgaEdge.Planning;

namespace FpgaEdge.Cluster.Tests;

/// <summary>Two boards, a client, and a clock that jumps to the next thing to do.</summary>
internal sealed class Lab
{
    private readonly Queue<(int From, int To, byte[] Buffer, int Length)> wire = new(4096);
    private readonly Stack<byte[]> spare = new();
    private readonly LabBoard[] boards;
    private readonly byte[] input;
    private readonly uint request;
    private long nowNs = 1;
    private int submitted;

    public Lab(bool asks = true)
    {
        Network = ModelledNetwork.RandomChain(4, 6, 5000, 2_000_000);
        boards = [new LabBoard(this, 0), new LabBoard(this, 1)];
        Client = new LabClient(this, 2);
        input = Network.Input(0);
        for (int i = 0; i < 1000; i++)
        {
            spare.Push(new byte[WireCapacity]);
        }

        foreach (LabBoard board in boards)
        {
            board.Node.Start(nowNs, board);
        }

        boards[0].Node.OnPackage(nowNs, Network.Package, boards[0]);
        Client.Node.Start(nowNs, Client);
        request = asks ? Client.Node.OpenRequest(nowNs, Network.Hash, Client) : 0;
    }

    public const int WireCapacity = 1500;

    public ModelledNetwork Network { get; }

    public LabClient Client { get; }

    /// <summary>The boards' nodes with their sinks.</summary>
    public LabBoard[] Boards => boards;

    public void Carry(int from, int to, ReadOnlySpan<byte> datagram)
    {
        byte[] buffer = spare.TryPop(out byte[]? reused) ? reused : new byte[WireCapacity];
        datagram.CopyTo(buffer);
        wire.Enqueue((from, to, buffer, datagram.Length));
    }

    public void Run(int frames)
    {
        int goal = submitted + frames;
        for (int steps = 0; Client.Results < goal; steps++)
        {
            if (steps > 100_000_000)
            {
                throw new InvalidOperationException("the frames do not flow");
            }

            while (submitted < goal
                && Client.Node.TrySubmit(nowNs, request, input, nowNs + 60_000_000_000, Client, out _))
            {
                submitted++;
            }

            Step();
        }
    }

    /// <summary>Lets the cluster do whatever it does for so many steps.</summary>
    public void Wait(int steps)
    {
        for (; steps > 0; steps--)
        {
            Step();
        }
    }

    /// <summary>Lets so much time go by.</summary>
    public void WaitFor(long ns)
    {
        for (long untilNs = nowNs + ns; nowNs < untilNs;)
        {
            Step();
        }
    }

    /// <summary>Submits a frame of a request; false when its window is full.</summary>
    public bool TrySubmit(uint number) =>
        Client.Node.TrySubmit(nowNs, number, input, nowNs + 60_000_000_000, Client, out _);

    /// <summary>Opens another request of the same client.</summary>
    public uint OpenRequest() => Client.Node.OpenRequest(nowNs, Network.Hash, Client);

    /// <summary>Ends a request in the middle.</summary>
    public void Cancel(uint number) => Client.Node.CancelRequest(nowNs, number, Client);

    private void Step()
    {
        foreach (LabBoard board in boards)
        {
            board.Work(nowNs);
        }

        if (wire.TryDequeue(out (int From, int To, byte[] Buffer, int Length) item))
        {
            PeerAddress from = PeerAddress.FromIPv4(0x0a000001u + (uint)item.From, 4000);
            if (item.To == 2)
            {
                Client.Node.OnDatagram(nowNs, from, item.Buffer.AsSpan(0, item.Length), Client);
            }
            else
            {
                boards[item.To].Node.OnDatagram(nowNs, from, item.Buffer.AsSpan(0, item.Length), boards[item.To]);
            }

            spare.Push(item.Buffer);
            nowNs += 1000;
            return;
        }

        nowNs = Math.Max(nowNs + 1000, Math.Min(Client.Node.NextTimerNs,
            Math.Min(boards[0].Node.NextTimerNs, boards[1].Node.NextTimerNs)));
        Client.Node.OnTimer(nowNs, Client);
        boards[0].Node.OnTimer(nowNs, boards[0]);
        boards[1].Node.OnTimer(nowNs, boards[1]);
    }
}

internal abstract class LabNode(Lab lab, int index) : IClusterEffects
{
    protected Lab Lab { get; } = lab;

    public void Send(PeerAddress to, ReadOnlySpan<byte> datagram) =>
        Lab.Carry(index, (int)(to.IPv4 - 0x0a000001u), datagram);

    public void Multicast(ReadOnlySpan<byte> datagram)
    {
        for (int to = 0; to < 3; to++)
        {
            if (to != index)
            {
                Lab.Carry(index, to, datagram);
            }
        }
    }

    public void Log(in ClusterEvent entry)
    {
    }
}

internal sealed class LabBoard : LabNode, IBoardEffects
{
    private readonly Queue<FrameWork> ready = new(64);
    private readonly Queue<NetworkCosts> costs = new();
    private readonly Queue<PlanHash> stages = new();

    public LabBoard(Lab lab, int index)
        : base(lab, index) => Node = new BoardNode(new BoardOptions
        {
            ClusterName = "lab",
            Self = ClusterSimulation.Board(index) with { Incarnation = 1 },
            Planner = (view, network) => Planner.Plan(view, network, PlannerOptions.Pipelined),
        });

    public BoardNode Node { get; }

    /// <summary>While true, frames wait for compute.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Frames executed, by request.</summary>
    public Dictionary<uint, int> Executed { get; } = [];

    public void Work(long nowNs)
    {
        while (costs.TryDequeue(out NetworkCosts? network))
        {
            Node.OnCosts(nowNs, network, this);
        }

        while (stages.TryDequeue(out PlanHash plan))
        {
            Node.OnStageReady(nowNs, plan, this);
        }

        while (!IsStuck && ready.TryDequeue(out FrameWork work))
        {
            if (!Node.IsWanted(nowNs, work.Token, this))
            {
                continue;
            }

            Executed[work.Key.Request] = Executed.GetValueOrDefault(work.Key.Request) + 1;
            work.Output.Span.Fill(7);
            Node.OnFrameExecuted(nowNs, work.Token, new FrameExecution(1000, 1000), this);
        }
    }

    public void PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
    {
    }

    public void PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes)
    {
    }

    public void CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds) =>
        costs.Enqueue(Lab.Network.Costs(kinds));

    public void StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes) => stages.Enqueue(plan.Hash);

    public void StageReleased(PlanHash plan, int stage)
    {
    }

    public void FrameReady(in FrameWork work) => ready.Enqueue(work);

    public void CommandGiven(in CommandToken token, string command)
    {
    }
}

internal sealed class LabClient(Lab lab, int index) : LabNode(lab, index), IClientEffects
{
    public ClientNode Node { get; } = new(new ClientOptions { ClusterName = "lab", ClientId = 99 });

    public int Results { get; private set; }

    public void ViewChanged(ClusterView view)
    {
    }

    public void PlanChanged(ClientPlan plan)
    {
    }

    /// <summary>Frames that ended because their request was cancelled.</summary>
    public int Cancelled { get; private set; }

    public void FrameCompleted(in FrameResult result) => Results++;

    public void FrameFailed(FrameKey key, FrameErrorCode code, string text) =>
        Cancelled += code == FrameErrorCode.Cancelled
            ? 1 : throw new InvalidOperationException($"frame {key}: {code} {text}");

    public void CommandEnded(uint number, ReadOnlySpan<byte> answer)
    {
    }

    public void RequestWritable(uint request)
    {
    }
}
