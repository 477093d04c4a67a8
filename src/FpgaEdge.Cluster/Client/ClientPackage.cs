using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Wire;

namespace FpgaEdge.Cluster;

/// <summary>The plans a client has heard of for one package, and the one new frames follow.</summary>
internal sealed class ClientPackage(PackageHash hash)
{
    private const int KnownPlans = 8;
    private const long QueryNs = 50_000_000;
    private readonly List<ClientPlan> plans = new(KnownPlans);
    private readonly ImmutableArray<ClientStage>.Builder pages = ImmutableArray.CreateBuilder<ClientStage>();
    private Hash128 pagesOf;

    public PackageHash Hash { get; } = hash;

    public ClientPlan? Active { get; private set; }

    /// <summary>When plans should be asked for again, or long.MaxValue. At once for a package that nobody asked about
    /// before: the boards may have announced everything already, and have no reason to do so again.</summary>
    public long NextQueryNs { get; private set; } = long.MinValue;

    private long queriedNs = long.MinValue / 2;

    public ClientPlan? Find(PlanHash plan)
    {
        foreach (ClientPlan known in plans)
        {
            if (known.Hash == plan)
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>A known plan by its tag, or null.</summary>
    public ClientPlan? Find(ulong tag)
    {
        foreach (ClientPlan known in plans)
        {
            if (known.Hash.Tag() == tag)
            {
                return known;
            }
        }

        return null;
    }

    /// <summary>True while every board of the plan still follows it, or still finishes it.</summary>
    public bool IsAlive(ClientPlan plan, PeerTable peers) => EveryBoard(plan, peers, false);

    /// <summary>Chooses the plan for new frames. True when it is another one than before.</summary>
    public bool Evaluate(PeerTable peers)
    {
        if (Active is not null && EveryBoard(Active, peers, true))
        {
            return false;
        }

        ClientPlan? best = null;
        foreach (ClientPlan plan in plans)
        {
            if (EveryBoard(plan, peers, true) && (best is null || BoardsOf(plan) > BoardsOf(best)))
            {
                best = plan;
            }
        }

        if (best is null && Active is not null && !IsAlive(Active, peers))
        {
            Active = null;
        }

        if (best is null || best == Active)
        {
            return false;
        }

        Active = best;
        return true;
    }

    /// <summary>Asks a board for a plan that is announced but not known.</summary>
    public void Query(long nowNs, NodePort port, PeerTable peers, IClusterEffects effects)
    {
        NextQueryNs = long.MaxValue;
        for (int i = 0; i < peers.Count; i++)
        {
            if (!peers[i].TryGetPackage(Hash, out PackageAnnouncement announced) || announced.PlanTag == 0
                || Find(announced.PlanTag) is not null)
            {
                continue;
            }

            if (nowNs - queriedNs < QueryNs)
            {
                NextQueryNs = queriedNs + QueryNs;
                return;
            }

            queriedNs = nowNs;
            NextQueryNs = nowNs + QueryNs;
            SendQuery(port, peers[i].Address, announced.PlanTag, effects);
            return;
        }
    }

    /// <summary>
    /// Takes in a page of a plan; asks for the next one, or knows the plan. False when it is malformed.
    /// </summary>
    public bool OnPlanInfo(
        in PlanInfoMessage info, ref MessagePackReader reader, NodePort port, PeerAddress from, IClusterEffects effects)
    {
        if (info.FirstStage == 0 || info.Plan != pagesOf)
        {
            pages.Clear();
            pagesOf = info.Plan;
        }

        bool wanted = info.FirstStage == pages.Count && Find(info.Plan.ToPlan()) is null;
        for (int i = 0; i < info.StagesHere; i++)
        {
            if (!PlanInfoMessage.TryBeginStage(ref reader, out PlanStageInfo stage))
            {
                return false;
            }

            ImmutableArray<BoardId>.Builder boards = ImmutableArray.CreateBuilder<BoardId>(stage.BoardCount);
            for (int j = 0; j < stage.BoardCount; j++)
            {
                if (!reader.TryReadUInt64(out ulong board))
                {
                    return false;
                }

                boards.Add(new BoardId(board));
            }

            if (wanted)
            {
                pages.Add(new ClientStage(stage.FirstNode, stage.LastNode, boards.DrainToImmutable(),
                    stage.InputBytes, stage.OutputBytes, stage.ComputeNs, stage.TransferNs));
            }
        }

        if (!reader.End || !wanted)
        {
            return reader.End;
        }

        if (pages.Count < info.StageCount)
        {
            SendQuery(port, from, info.Plan.ToPlan().Tag(), effects);
            return true;
        }

        if (plans.Count >= KnownPlans)
        {
            plans.RemoveAt(plans[0] == Active ? 1 : 0);
        }

        plans.Add(new ClientPlan(Hash, info.Plan.ToPlan(), (Strategy)info.Strategy, pages.ToImmutable()));
        pages.Clear();
        return true;
    }

    private static int BoardsOf(ClientPlan plan)
    {
        int count = 0;
        foreach (ClientStage stage in plan.Stages)
        {
            count += stage.Boards.Length;
        }

        return count;
    }

    private bool EveryBoard(ClientPlan plan, PeerTable peers, bool ready)
    {
        ulong tag = plan.Hash.Tag();
        foreach (ClientStage stage in plan.Stages)
        {
            foreach (BoardId board in stage.Boards)
            {
                if (peers.Find(board.Value) is not { } peer
                    || !peer.TryGetPackage(Hash, out PackageAnnouncement announced)
                    || (ready ? announced.PlanTag != tag || !announced.Ready
                        : announced.PlanTag != tag && announced.DrainingTag != tag))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private void SendQuery(NodePort port, PeerAddress to, ulong tag, IClusterEffects effects)
    {
        uint first = pagesOf.ToPlan().Tag() == tag ? (uint)pages.Count : 0;
        MessagePackWriter writer = port.Begin();
        new PlanQueryMessage(Hash.ToWire(), first).Write(ref writer, port.Header(MessageKind.PlanQuery));
        port.Send(writer, to, effects);
    }
}
