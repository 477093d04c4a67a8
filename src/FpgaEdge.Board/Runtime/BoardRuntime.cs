using System.Collections.Immutable;
using FpgaEdge.Cluster;
using FpgaEdge.Hardware;
using FpgaEdge.Planning;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>
/// A running board: the cluster's step machine between its socket, the worker that compiles and the thread that
/// computes.
/// </summary>
internal sealed partial class BoardRuntime : IBoardEffects, ISteppedNode, IDisposable
{
    private readonly BoardNode node;
    private readonly ClusterSocket socket;
    private readonly NodeLoop loop;
    private readonly StageLoader loader;
    private readonly Worker worker;
    private readonly Worker questions;
    private readonly ComputeThreads compute;
    private readonly long[] missed = new long[2];
    private readonly PackageFolder packages;
    private readonly BoardLog log;
    private readonly EnergyMeter? meter;
    private readonly bool logFrames;

    /// <summary>Puts the parts together; nothing happens before <see cref="Start"/>.</summary>
    public BoardRuntime(
        BoardNode node, ClusterSocket socket, StageLoader loader, PackageFolder packages, EnergyMeter? meter, BoardLog log,
        Action<Exception> defect, bool logFrames = false)
    {
        this.node = node;
        this.socket = socket;
        this.loader = loader;
        this.packages = packages;
        this.log = log;
        this.meter = meter;
        this.logFrames = logFrames;
        loop = new NodeLoop(socket, this);
        loop.Failed += defect;
        worker = new Worker(defect);
        questions = new Worker(defect);
        compute = new ComputeThreads(loader.MemoryBytes, Execute, stage => worker.Post(() => loader.Free(stage)));
    }

    /// <inheritdoc />
    public long NextTimerNs => node.NextTimerNs;

    /// <summary>Joins the cluster and gives it the packages that this board keeps.</summary>
    public void Start()
    {
        loop.Call(now => node.Start(now, this));
        loop.Start();
        worker.Post(() =>
        {
            foreach (byte[] package in packages.ReadAll(log))
            {
                loop.Call(now => node.OnPackage(now, package, this));
            }
            foreach ((PackageHash package, byte[] bytes) in packages.ReadPartial())
            {
                loop.Call(now => node.OnPartialPackage(now, package, bytes));
            }
        });
    }

    /// <summary>Returns when the node has been entered and left: it neither hangs nor has it ended.</summary>
    public void ProveLife() => loop.Call(_ => { });

    /// <summary>Does something while the node does nothing.</summary>
    public void Call(Action step) => loop.Call(_ => step());

    /// <summary>Says goodbye.</summary>
    public void Leave() => loop.Call(now => node.Leave(now, this));

    /// <inheritdoc />
    public void Dispose()
    {
        loop.Dispose();
        compute.Dispose();
        loader.Close();
        worker.Dispose();
        questions.Dispose();
        NodeCounters counters = node.Counters;
        log.Write("stopped", ("received", counters.Received), ("sent", counters.Sent), ("frames", counters.FramesExecuted),
            ("missedByAccelerator", missed[0]), ("missedBySoftware", missed[1]),
            ("ignoredDamaged", counters.IgnoredDamaged), ("ignoredMalformed", counters.IgnoredMalformed),
            ("ignoredOtherCluster", counters.IgnoredOtherCluster), ("ignoredForged", counters.IgnoredForged),
            ("ignoredOtherSeal", counters.IgnoredOtherSeal), ("ignoredReplayed", counters.IgnoredReplayed),
            ("sendFailures", socket.SendFailures));
    }

    void ISteppedNode.OnDatagram(long nowNs, PeerAddress from, ReadOnlySpan<byte> datagram) =>
        node.OnDatagram(nowNs, from, datagram, this);

    void ISteppedNode.OnTimer(long nowNs) => node.OnTimer(nowNs, this);

    void IClusterEffects.Send(PeerAddress to, ReadOnlySpan<byte> datagram) => loop.Send(to, datagram);

    void IClusterEffects.Multicast(ReadOnlySpan<byte> datagram) => socket.Announce(datagram);

    void IClusterEffects.Log(in ClusterEvent entry)
    {
        string what = EventName(entry.Kind);
        if (entry.Board == default)
        {
            log.Write(what, ("text", entry.Text));
        }
        else
        {
            log.Write(what, ("board", entry.Board), ("text", entry.Text));
        }
    }

    void IBoardEffects.PackageComplete(PackageHash package, ReadOnlyMemory<byte> bytes)
    {
        log.Write("package fetched", ("package", package), ("bytes", bytes.Length));
        worker.Post(() => packages.Keep(package, bytes, log));
    }

    void IBoardEffects.PackageBlock(PackageHash package, int packageBytes, int offset, ReadOnlySpan<byte> bytes)
    {
        byte[] part = bytes.ToArray();
        worker.Post(() => packages.KeepPart(package, packageBytes, offset, part));
    }

    void IBoardEffects.CostsNeeded(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds) =>
        worker.Post(() => EstimateCosts(package, bytes, kinds));

    void IBoardEffects.StageAssigned(Plan plan, int stage, ReadOnlyMemory<byte> packageBytes)
    {
        var key = new StageKey(plan.Hash, stage);
        log.Write("plan", ("plan", plan.Hash), ("stage", $"{stage + 1} of {plan.Stages.Length}"),
            ("nodes", $"{plan.Stages[stage].FirstNode}..{plan.Stages[stage].LastNode - 1}"));
        loader.Want(key);
        meter?.StayActive();
        worker.Post(() => loader.Load(new StageRequest(plan, stage, packageBytes,
            () => loop.Call(now => node.OnStageReady(now, plan.Hash, this)),
            reason => loop.Call(now => node.OnStageFailed(now, plan.Hash, reason, this)))));
    }

    void IBoardEffects.StageReleased(PlanHash plan, int stage)
    {
        if (loader.Release(new StageKey(plan, stage)) is LoadedStage released)
        {
            compute.Retire(released);
        }
    }

    void IBoardEffects.FrameReady(in FrameWork work)
    {
        if (loader.Find(new StageKey(work.Plan, work.Stage)) is LoadedStage stage)
        {
            compute.Submit(stage, work);
            return;
        }
        // The node must not be entered from inside its own step.
        FrameToken token = work.Token;
        worker.Post(() => loop.Call(now => node.OnFrameFailed(now, token, "the stage is no longer loaded", this)));
    }

    private static string EventName(ClusterEventKind kind)
    {
        // "BoardJoined" becomes "board joined".
        string name = kind.ToString();
        return string.Concat(name.Select((c, i) =>
            (i > 0 && char.IsUpper(c) ? " " : "") + char.ToLowerInvariant(c)));
    }

    private void EstimateCosts(PackageHash package, ReadOnlyMemory<byte> bytes, ImmutableArray<BoardKind> kinds)
    {
        try
        {
            NetworkCosts costs = loader.Costs(package, bytes, kinds);
            loop.Call(now => node.OnCosts(now, costs, this));
        }
        catch (Compiler.Packages.PackageFormatException e)
        {
            log.Write("package refused", ("package", package), ("reason", e.Message));
            loop.Call(now => node.OnPackageRefused(now, package, e.Message, this));
        }
    }

    private void Execute(LoadedStage stage, FrameWork work, ComputeResourceKind resource)
    {
        bool isWanted = false;
        loop.Call(now => isWanted = node.IsWanted(now, work.Token, this));
        if (!isWanted)
        {
            return;
        }
        meter?.StayActive();
        long start = NodeLoop.NowNs;
        if (start > work.DeadlineNs)
        {
            // The client gave up on it: the time goes to frames that can still be in time.
            CountMiss(work, resource, start);
            loop.Call(now => node.OnFrameFailed(
                now, work.Token, "its deadline passed while it waited on this board", this, FrameErrorCode.DeadlineExceeded));
            return;
        }
        string? failure = null;
        try
        {
            stage.Execute(resource, work);
        }
        catch (Exception e) when (e is VtaException or HardwareException)
        {
            failure = e.Message;
        }
        catch (Exception e)
        {
            failure = $"defect of the board program: {e.GetType().Name}: {e.Message}";
        }
        long end = NodeLoop.NowNs;
        if (failure is null)
        {
            if (end > work.DeadlineNs)
            {
                CountMiss(work, resource, end);
            }
            long nanojoules = meter?.Nanojoules(start, end) ?? -1;
            if (logFrames)
            {
                log.Write("frame executed", ("frame", work.Key), ("stage", work.Stage + 1), ("plan", work.Plan), ("startNs", start),
                    ("endNs", end), ("nanojoules", nanojoules < 0 ? "n/a" : nanojoules));
            }
            var execution = new FrameExecution(end - start, stage.ModelledNs(resource), nanojoules);
            loop.Call(now => node.OnFrameExecuted(now, work.Token, execution, this));
        }
        else
        {
            log.Write("frame failed", ("frame", work.Key), ("reason", failure));
            loop.Call(now => node.OnFrameFailed(now, work.Token, failure, this));
        }
    }

    /// <summary>The frame was late when it left this board's hands; earlier boards passed it on in time.</summary>
    private void CountMiss(FrameWork work, ComputeResourceKind resource, long nowNs)
    {
        Interlocked.Increment(ref missed[(int)resource]);
        log.Write("deadline missed", ("frame", work.Key), ("stage", work.Stage + 1), ("by", resource.ToString().ToLowerInvariant()),
            ("lateUs", (nowNs - work.DeadlineNs) / 1000));
    }
}
