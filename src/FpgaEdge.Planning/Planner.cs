using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// Decides which board runs which layers. A pure function: the same view, costs and options give the same bytes on
/// every machine, whatever the order in which members were learned.
/// </summary>
public static class Planner
{
    /// <summary>Work of one search pass beyond which the slowest boards are left out until it fits.</summary>
    private const long WorkLimit = 200_000_000;

    /// <summary>The best plan for one network on the boards of a view.</summary>
    /// <exception cref="PlanningException">
    /// The view is empty, or no arrangement fits the boards or keeps the bounds.
    /// </exception>
    public static Plan Plan(ClusterView view, NetworkCosts costs, PlannerOptions options)
    {
        ImmutableArray<Member> members = CheckedMembers(view);
        var profile = new NetworkProfile(costs);
        BoardPool pool = SearchablePool(members, profile);
        List<FoundStage> found = Search(new StageSearch(profile, pool, pool.SingleBoards()), members, profile, options);
        ImmutableArray<PlanStage> stages = Stages(found, profile, pool);
        byte[] encoded = PlanCodec.Encode(costs.Package, Strategy.Pipeline, stages, options, view);
        return new Plan(costs.Package, Strategy.Pipeline, stages, PlanCodec.Hash(encoded));
    }

    private static ImmutableArray<Member> CheckedMembers(ClusterView view)
    {
        if (view.Members.IsDefaultOrEmpty)
        {
            throw new PlanningException("a plan needs at least one board, the view has none: start a board");
        }
        ImmutableArray<Member> members = [.. view.Members.OrderBy(member => member.Id)];
        for (int index = 0; index < members.Length; index++)
        {
            Member member = members[index];
            if (index > 0 && member.Id == members[index - 1].Id)
            {
                throw new PlanningException($"board {member.Id} is in the view twice: identities must be unique");
            }
            if (member.LinkBitsPerSecond <= 0 || member.MemoryBytes <= 0)
            {
                throw new PlanningException(
                    $"board {member.Id} announces a link of {member.LinkBitsPerSecond} bit/s and {member.MemoryBytes} "
                    + "bytes of memory: both must be positive");
            }
        }
        return members;
    }

    private static BoardPool SearchablePool(ImmutableArray<Member> members, NetworkProfile profile)
    {
        List<Member> fastestFirst =
            [.. members.OrderBy(member => TotalNs(member, profile)).ThenBy(member => member.Id)];
        while (true)
        {
            var pool = new BoardPool(BoardClass.Of(fastestFirst, profile));
            if (StageSearch.Work(profile, pool, pool.Classes.Length) <= WorkLimit || fastestFirst.Count == 1)
            {
                return pool;
            }
            fastestFirst.RemoveAt(fastestFirst.Count - 1);
        }
    }

    private static long TotalNs(Member member, NetworkProfile profile)
    {
        (long[] times, int[] impossible) = profile.TimesOn(BoardKind.Of(member));
        return impossible[^1] == 0 ? times[^1] : long.MaxValue;
    }

    private static List<FoundStage> Search(
        StageSearch search, ImmutableArray<Member> members, NetworkProfile profile, PlannerOptions options)
    {
        long least = search.LeastIntervalNs();
        if (least >= StageSearch.Unreachable)
        {
            throw NothingFits(members, profile);
        }
        if (options.MaximumIntervalNs is { } bound && least > bound)
        {
            throw new PlanningException(
                $"no plan has an interval of at most {bound} ns, the best has {least} ns: add boards");
        }
        long allowed = options.Objective == Objective.Throughput
            ? least
            : options.MaximumIntervalNs ?? StageSearch.Unreachable - 1;
        List<FoundStage> found = search.LeastLatency(allowed) ?? throw NothingFits(members, profile);
        return found;
    }

    private static PlanningException NothingFits(ImmutableArray<Member> members, NetworkProfile profile)
    {
        foreach (BoardKind kind in members.Select(BoardKind.Of).Distinct())
        {
            int[] impossible = profile.TimesOn(kind).Impossible;
            if (impossible[^1] == 0)
            {
                long needed = profile.MemoryBytes(0, profile.NodeCount);
                long held = members.Sum(member => member.MemoryBytes);
                return new PlanningException(
                    $"the network needs about {needed} bytes of board memory, the {members.Length} boards have {held} "
                    + "in all and no split fits: add boards or enlarge the DMA window");
            }
        }
        return new PlanningException(
            $"no arrangement of the {members.Length} boards can run every node: the costs lack times for their kinds");
    }

    private static ImmutableArray<PlanStage> Stages(List<FoundStage> found, NetworkProfile profile, BoardPool pool)
    {
        var handedOut = new int[pool.Classes.Length];
        var stages = ImmutableArray.CreateBuilder<PlanStage>(found.Count);
        int link = pool.LinkSpeeds.Length - 1;
        foreach (FoundStage stage in found)
        {
            long transferNs = LinkCosts.TransferNs(
                profile.CutBytes[stage.FirstNode], pool.LinkSpeeds[Math.Min(link, stage.Group.LinkIndex)]);
            stages.Add(new PlanStage(
                stage.FirstNode, stage.LastNode, Boards(stage.Group, pool, handedOut),
                profile.CutTensors[stage.FirstNode], profile.CutTensors[stage.LastNode],
                stage.Group.ComputeNs(stage.FirstNode, stage.LastNode), transferNs));
            link = stage.Group.LinkIndex;
        }
        return stages.MoveToImmutable();
    }

    private static ImmutableArray<BoardId> Boards(BoardGroup group, BoardPool pool, int[] handedOut)
    {
        var boards = new List<BoardId>();
        for (int index = 0; index < group.Counts.Length; index++)
        {
            for (int count = 0; count < group.Counts[index]; count++)
            {
                boards.Add(pool.Classes[index].Boards[handedOut[index]++].Id);
            }
        }
        boards.Sort();
        return [.. boards];
    }
}
