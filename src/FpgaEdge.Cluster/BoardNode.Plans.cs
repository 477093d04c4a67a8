using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <content>View, plans, and this board's stages of them.</content>
public sealed partial class BoardNode
{
    private const int KeptRuntimes = 4;
    private const long DrainNs = 5_000_000_000;

    /// <summary>The answer to <see cref="IBoardEffects.CostsNeeded"/>.</summary>
    public void OnCosts(long nowNs, NetworkCosts costs, IBoardEffects effects)
    {
        if (packages.Find(costs.Package) is not { Whole: true } entry)
        {
            return;
        }

        PackagePlans decided = PlansOf(entry);
        decided.Costs = costs;
        decided.CoveredKinds = decided.Asked.TryDequeue(out ImmutableArray<BoardKind> asked) ? asked : [];
        if (!costs.Nodes.IsEmpty)
        {
            decided.CoveredKinds = [.. decided.CoveredKinds.Union(costs.Nodes[0].TimeNs.Keys)];
        }

        Replan(nowNs, decided, effects);
    }

    /// <summary>The stage of <see cref="IBoardEffects.StageAssigned"/> can execute frames.</summary>
    public void OnStageReady(long nowNs, PlanHash plan, IBoardEffects effects)
    {
        if (FindRuntime(plan) is { } runtime)
        {
            runtime.IsReady = true;
            effects.Log(new ClusterEvent(
                nowNs, ClusterEventKind.StageReady, options.Self.Id, $"{plan} stage {runtime.Stage}"));
            membership.HelloSoon(nowNs);
            GrantWaiting(nowNs, runtime, effects);
        }
    }

    /// <summary>
    /// The stage cannot be prepared; frames for it fail with <see cref="FrameErrorCode.StageFailed"/>.
    /// </summary>
    public void OnStageFailed(long nowNs, PlanHash plan, string reason, IBoardEffects effects)
    {
        if (FindRuntime(plan) is { } runtime)
        {
            runtime.Failure = reason;
            OnStageReady(nowNs, plan, effects);
        }
    }

    private PackagePlans? FindPlans(PackageHash package)
    {
        foreach (PackagePlans entry in plans)
        {
            if (entry.Package.Hash == package)
            {
                return entry;
            }
        }

        return null;
    }

    private PackagePlans PlansOf(PackageEntry entry)
    {
        PackagePlans? decided = FindPlans(entry.Hash);
        if (decided is null)
        {
            decided = new PackagePlans { Package = entry };
            plans.Add(decided);
        }

        return decided;
    }

    private StageRuntime? FindRuntime(PlanHash plan)
    {
        foreach (PackagePlans decided in plans)
        {
            if (decided.Find(plan) is { } runtime)
            {
                return runtime;
            }
        }

        return null;
    }

    /// <summary>
    /// Something about members or packages changed: makes the view, and plans again if it is another one.
    /// </summary>
    private void OnPackagesChanged(long nowNs, IBoardEffects effects)
    {
        WantPeersPackages(nowNs, effects);
        ImmutableArray<Member> members = membership.Members(options.Self);
        ImmutableArray<PackageHash> known = KnownPackages();
        bool changed = !members.SequenceEqual(View.Members) || !known.SequenceEqual(View.Packages);
        if (changed)
        {
            View = new ClusterView(members, known);
            viewHash = ViewHasher.Hash(View);
            membership.Epoch++;
            membership.HelloSoon(nowNs);
        }

        foreach (PackageEntry entry in packages.Entries)
        {
            if (entry.Whole && !entry.Refused && (changed || FindPlans(entry.Hash) is null))
            {
                Replan(nowNs, PlansOf(entry), effects);
            }
        }
    }

    /// <summary>Every package that somebody has whole, sorted.</summary>
    private ImmutableArray<PackageHash> KnownPackages()
    {
        var known = new SortedSet<PackageHash>();
        foreach (PackageEntry entry in packages.Entries)
        {
            if (entry.Whole)
            {
                known.Add(entry.Hash);
            }
        }

        for (int i = 0; i < membership.Peers.Count; i++)
        {
            foreach (ref readonly PackageAnnouncement announced in membership.Peers[i].Packages)
            {
                if (announced.Whole && known.Count < WireLimits.Packages)
                {
                    known.Add(announced.Hash.ToPackage());
                }
            }
        }

        return [.. known];
    }

    private void Replan(long nowNs, PackagePlans decided, IBoardEffects effects)
    {
        ImmutableArray<BoardKind> kinds =
            [.. View.Members.Select(BoardKind.Of).Distinct().Order()];
        if (decided.Costs is null || kinds.Except(decided.CoveredKinds).Any())
        {
            if (!kinds.SequenceEqual(decided.AskedKinds))
            {
                decided.AskedKinds = kinds;
                decided.Asked.Enqueue(kinds);
                effects.CostsNeeded(decided.Package.Hash, decided.Package.Bytes, kinds);
            }

            return;
        }

        Plan? plan;
        try
        {
            plan = options.Planner(View, decided.Costs);
        }
        catch (PlanningException)
        {
            plan = null;
        }

        if (plan?.Hash == decided.Current?.Hash)
        {
            ReleaseBroken(nowNs, decided, effects);
            return;
        }

        Adopt(nowNs, decided, plan, effects);
    }

    private void Adopt(long nowNs, PackagePlans decided, Plan? plan, IBoardEffects effects)
    {
        if (decided.CurrentRuntime is { } replaced)
        {
            replaced.ReplacedNs = nowNs;
        }

        decided.Current = plan;
        effects.Log(new ClusterEvent(nowNs, ClusterEventKind.PlanChanged, options.Self.Id,
            plan is null ? "none" : $"{plan.Hash} {plan.Stages.Length} stages on {View.Members.Length} boards"));
        membership.HelloSoon(nowNs);
        ReleaseBroken(nowNs, decided, effects);
        if (plan is null)
        {
            return;
        }

        if (decided.Find(plan.Hash) is { } again)
        {
            again.ReplacedNs = long.MaxValue;
            return;
        }

        int stage = StageOf(plan);
        if (stage < 0)
        {
            return;
        }

        decided.Runtimes = decided.Runtimes.Add(MakeRuntime(plan, stage, decided.Costs!));
        while (decided.Runtimes.Length > KeptRuntimes)
        {
            StageRuntime oldest = decided.Runtimes.Where(entry => entry.Plan.Hash != plan.Hash)
                .MinBy(entry => entry.DataNs)!;
            Release(nowNs, decided, oldest, effects);
        }

        effects.StageAssigned(plan, stage, decided.Package.Bytes);
    }

    private int StageOf(Plan plan)
    {
        for (int stage = 0; stage < plan.Stages.Length; stage++)
        {
            if (plan.Stages[stage].Boards.Contains(options.Self.Id))
            {
                return stage;
            }
        }

        return -1;
    }

    private StageRuntime MakeRuntime(Plan plan, int stage, NetworkCosts costs)
    {
        var slots = new FrameSlot[options.SlotsPerStage];
        for (int i = 0; i < slots.Length; i++)
        {
            slots[i] = TakeSlot();
        }

        var runtime = new StageRuntime
        {
            Plan = plan,
            Stage = stage,
            InputBytes = BytesOf(plan.Stages[stage].InputTensors, costs),
            OutputBytes = BytesOf(plan.Stages[stage].OutputTensors, costs),
            Slots = slots,
            Boards =
            [
                .. View.Members.Where(member => plan.Stages.Any(part => part.Boards.Contains(member.Id)))
                    .Select(member => (member.Id, member.Incarnation)),
            ],
        };
        foreach (FrameSlot slot in slots)
        {
            slot.Runtime = runtime;
        }

        return runtime;
    }

    private static int BytesOf(ImmutableArray<int> tensors, NetworkCosts costs)
    {
        long bytes = 0;
        foreach (int tensor in tensors)
        {
            bytes += costs.Tensors[tensor].Bytes;
        }

        return (int)Math.Min(bytes, WireLimits.FrameBytes);
    }

    /// <summary>Drops earlier plans whose boards are no longer all there, as they were.</summary>
    private void ReleaseBroken(long nowNs, PackagePlans decided, IBoardEffects effects)
    {
        foreach (StageRuntime runtime in decided.Runtimes)
        {
            if (runtime.ReplacedNs != long.MaxValue && !runtime.StillWhole(View))
            {
                Release(nowNs, decided, runtime, effects);
            }
        }
    }

    private void ReleaseDrained(long nowNs, IBoardEffects effects)
    {
        foreach (PackagePlans decided in plans)
        {
            foreach (StageRuntime runtime in decided.Runtimes)
            {
                if (runtime.ReplacedNs != long.MaxValue && runtime.IsIdle()
                    && nowNs - Math.Max(runtime.ReplacedNs, runtime.DataNs) >= DrainNs)
                {
                    Release(nowNs, decided, runtime, effects);
                }
            }
        }
    }

    private void Release(long nowNs, PackagePlans decided, StageRuntime runtime, IBoardEffects effects)
    {
        decided.Runtimes = decided.Runtimes.Remove(runtime);

        // Its slots go to others: nobody may be granted one of them through this stage any more.
        runtime.IsReady = false;
        foreach (FrameSlot slot in runtime.Slots)
        {
            if (slot.State != SlotState.Free)
            {
                Counters.FramesDropped++;
                Free(slot);
            }

            ReturnSlot(slot);
        }

        effects.Log(new ClusterEvent(
            nowNs, ClusterEventKind.StageReleased, options.Self.Id, $"{runtime.Plan.Hash} stage {runtime.Stage}"));
        effects.StageReleased(runtime.Plan.Hash, runtime.Stage);
        membership.HelloSoon(nowNs);
    }

    private bool OnPlanQuery(PeerAddress from, ref MessagePackReader reader, int elements, IBoardEffects effects)
    {
        if (!PlanQueryMessage.TryRead(ref reader, elements, out PlanQueryMessage query) || !reader.End)
        {
            return false;
        }

        PackagePlans? decided = FindPlans(query.Package.ToPackage());
        if (decided is { Current: { } plan, Costs: { } costs } && query.FirstStage < plan.Stages.Length)
        {
            SendPlan(plan, (int)query.FirstStage, costs, from, effects);
        }

        return true;
    }

    private void SendPlan(Plan plan, int first, NetworkCosts costs, PeerAddress to, IBoardEffects effects)
    {
        // A stage takes at most 50 bytes and 9 for each of its boards; the rest of the message at most 120.
        int room = WireLimits.MessageBytes - 120;
        int count = 0;
        for (int i = first; i < plan.Stages.Length; i++)
        {
            room -= 50 + (9 * plan.Stages[i].Boards.Length);
            if (room < 0)
            {
                break;
            }

            count++;
        }

        MessagePackWriter writer = port.Begin();
        new PlanInfoMessage
        {
            Package = plan.Package.ToWire(),
            Plan = plan.Hash.ToWire(),
            Strategy = (byte)plan.Strategy,
            StageCount = plan.Stages.Length,
            FirstStage = first,
            StagesHere = count,
        }.Begin(ref writer, port.Header(MessageKind.PlanInfo));
        for (int i = first; i < first + count; i++)
        {
            PlanStage stage = plan.Stages[i];
            PlanInfoMessage.BeginStage(ref writer, new PlanStageInfo(stage.FirstNode, stage.LastNode,
                BytesOf(stage.InputTensors, costs), BytesOf(stage.OutputTensors, costs), stage.ComputeNs,
                stage.TransferNs, stage.Boards.Length));
            foreach (BoardId board in stage.Boards)
            {
                writer.Write(board.Value);
            }
        }

        port.Send(writer, to, effects);
    }
}
