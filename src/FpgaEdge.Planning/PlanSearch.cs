using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>A partition with its figures.</summary>
/// <param name="Stages">In order.</param>
/// <param name="IntervalNs">Time between two results, the client's link included.</param>
/// <param name="LatencyNs">Time of one frame.</param>
/// <param name="EnergyPicojoules">Energy of one frame.</param>
internal sealed record FoundPlan(
    ImmutableArray<FoundStage> Stages, long IntervalNs, long LatencyNs, long EnergyPicojoules);

/// <summary>
/// Finds the best partition of a workload within the limits of one strategy, and how good any could be.
/// </summary>
internal sealed class PlanSearch
{
    /// <summary>Steps of one search for the least interval: about 10 ms on a desktop core.</summary>
    private const long IntervalSteps = 6_000_000;

    private readonly Workload workload;
    private readonly StageTables tables;
    private readonly PriceBound bound;
    private readonly PinTable? pins;
    private readonly GroupShape shape;
    private readonly WholeNetwork whole;
    private readonly SpaceChooser chooser;
    private readonly long clientNs;
    private long leastIntervalNs = -1;
    private bool isProvenLatency;

    public PlanSearch(
        Workload workload, ImmutableArray<Member> members, PinTable? pins, long? clientLinkBitsPerSecond,
        GroupShape shape, WholeNetwork whole)
    {
        this.workload = workload;
        this.pins = pins;
        this.shape = shape;
        this.whole = whole;
        HashSet<BoardId> pinned = pins is null ? [] : [.. pins.Pinned.Select(board => board.Class.Boards[0].Id)];
        Classes = BoardClass.Of(members.Where(member => !pinned.Contains(member.Id)), workload);
        tables = new StageTables(workload, Classes, pins, shape == GroupShape.OneBoard ? 1 : members.Length);
        bound = new PriceBound(workload, Classes, pins);
        chooser = new SpaceChooser(Classes, shape, workload.NodeCount);
        long clientLink = clientLinkBitsPerSecond ?? members.Max(member => member.LinkBitsPerSecond);
        clientNs = LinkCosts.TransferNs(Math.Max(workload.ClientSendsBytes, workload.ClientReceivesBytes), clientLink);
        Space = chooser.ForOneStage();
    }

    /// <summary>Classes of the boards that are not pinned, in canonical order.</summary>
    public ImmutableArray<BoardClass> Classes { get; }

    /// <summary>The space in which the least interval was found.</summary>
    private BoardSpace Space { get; set; }

    /// <summary>No plan of this strategy has a shorter interval; valid after <see cref="LeastIntervalNs"/>.</summary>
    public long IntervalBoundNs { get; private set; }

    /// <summary>The least interval found, or <see cref="StageSearch.Unreachable"/>.</summary>
    public long LeastIntervalNs()
    {
        if (leastIntervalNs >= 0)
        {
            return leastIntervalNs;
        }
        bool complete = whole == WholeNetwork.Only;
        long least = whole == WholeNetwork.Never || shape == GroupShape.OneBoard ? StageSearch.Unreachable : OneStage();
        if (!complete)
        {
            least = SearchSpaces(least, out complete);
        }
        long proven = bound.IntervalNs(0, workload.NodeCount, Classes.Select(board => board.Boards.Length).ToArray());
        IntervalBoundNs = Math.Max(complete ? least : Math.Min(proven, least), clientNs);
        leastIntervalNs = least >= StageSearch.Unreachable ? least : Math.Max(least, clientNs);
        return leastIntervalNs;
    }

    /// <summary>
    /// The plan of least latency among those within the interval, from the space of the least interval.
    /// </summary>
    public FoundPlan? WithinInterval(long intervalNs) => Found(Search(Space).LeastCharge(intervalNs, null));

    /// <summary>The plan of least traffic between boards within the interval, then of least latency.</summary>
    public FoundPlan? LeastTraffic(long intervalNs) =>
        Found(Search(Space).LeastCharge(intervalNs, new TrafficCharge(workload)));

    /// <summary>
    /// The plan of least latency over the richest space affordable for it, with boards that are left over added
    /// where they shorten the interval at no cost in latency.
    /// </summary>
    public FoundPlan? LeastLatency(long maximumIntervalNs)
    {
        BoardSpace? space = whole == WholeNetwork.Only ? null : chooser.ForSum();
        (List<FoundStage> Stages, PassCost Cost)? found =
            IsComplete(space) ? null : LeastLatencyOfEndless(maximumIntervalNs);
        found ??= Search(space ?? Space).LeastCharge(maximumIntervalNs, null);
        if (found is { } plan && pins is null && shape == GroupShape.Any)
        {
            found = (Replicate(plan.Stages), plan.Cost);
        }
        return Found(found);
    }

    /// <summary>
    /// The plan of least energy among those whose interval lies between the two, and a bound below which none of
    /// them is. The bound charges the idle power for the least interval only.
    /// </summary>
    public (FoundPlan Plan, long BoundPicojoules)? LeastEnergy(
        long fromIntervalNs, long toIntervalNs, BoardSpace? space)
    {
        var charge = new EnergyCharge(Classes, pins, fromIntervalNs);
        (List<FoundStage> Stages, PassCost Cost)? found = Search(space ?? Space).LeastCharge(toIntervalNs, charge);
        return found is null ? null : (Found(found)!, found.Value.Cost.Charge);
    }

    /// <summary>The richest complete space for passes that nothing prunes, or null.</summary>
    public BoardSpace? SpaceForSums() => chooser.ForSum();

    /// <summary>Whether the last plan of least latency is known to have the least there is.</summary>
    public bool IsProvenLatency => isProvenLatency;

    /// <summary>Whether that space holds every plan of the strategy.</summary>
    public bool IsComplete(BoardSpace? space) => space is not null && chooser.IsComplete(space.Shape);

    /// <summary>
    /// No plan has less latency: every node on its fastest kind, the client's transfers on the fastest link.
    /// </summary>
    public long LatencyBoundNs()
    {
        long sum = tables.CrossingNs(0, tables.ClientLink, tables.ClientLink)
            + tables.CrossingNs(workload.NodeCount, tables.ClientLink, tables.ClientLink);
        for (int node = 0; node < workload.NodeCount; node++)
        {
            sum += AllClasses().Where(board => board.CanExecute(node, node + 1))
                .Min(board => board.ComputeNs(node, node + 1));
        }
        return sum;
    }

    /// <summary>
    /// No plan takes less energy: a stage's boards idle for at least as long as they compute, so every node costs at
    /// least idle and busy power for its time on the board that draws least for it.
    /// </summary>
    public long EnergyBoundPicojoules()
    {
        long sum = 0;
        for (int node = 0; node < workload.NodeCount; node++)
        {
            sum += AllClasses().Where(board => board.CanExecute(node, node + 1)).Min(board =>
                board.ComputeNs(node, node + 1) * (board.Power.IdleMilliwatts + board.Power.BusyMilliwatts));
        }
        return sum;
    }

    /// <summary>One stage for everything on every number of boards of every single class.</summary>
    public IEnumerable<FoundPlan> OneClassPlans()
    {
        if (whole == WholeNetwork.Never || pins is not null)
        {
            yield break;
        }
        for (int index = 0; index < Classes.Length; index++)
        {
            for (int count = 1; count <= Math.Min(tables.MostBoards, Classes[index].Boards.Length); count++)
            {
                var counts = new int[Classes.Length];
                counts[index] = count;
                var group = new BoardGroup(Classes, counts);
                if (tables.IntervalNs(group, 0, workload.NodeCount) < StageSearch.Unreachable)
                {
                    yield return Measured([new FoundStage(0, workload.NodeCount, group)]);
                }
            }
        }
    }

    private IEnumerable<BoardClass> AllClasses() =>
        pins is null ? Classes : Classes.Concat(pins.Pinned.Select(board => board.Class));

    /// <summary>One stage for everything costs nothing to examine and gives the other searches a bound.</summary>
    private long OneStage()
    {
        var search = new StageSearch(workload, Space, tables, bound, WholeNetwork.Only);
        return search.LeastIntervalNs(StageSearch.Unreachable, new StepBudget(long.MaxValue))!.Value;
    }

    private long SearchSpaces(long least, out bool complete)
    {
        complete = false;
        bool searched = false;
        foreach (BoardSpace space in chooser.ForInterval())
        {
            if (Search(space).LeastIntervalNs(least, new StepBudget(IntervalSteps)) is not { } found)
            {
                break;
            }
            searched = true;
            complete = chooser.IsComplete(space.Shape);
            Space = found < least || complete ? space : Space;
            least = found;
        }
        return searched && complete ? least : TryOrders(least);
    }

    private StageSearch Search(BoardSpace space) => new(workload, space, tables, bound, whole);

    /// <summary>
    /// More boards in a stage never make one frame faster, so when any interval will do, single boards are enough; and
    /// mostly the best plan uses so few that counting them is not needed.
    /// </summary>
    private (List<FoundStage> Stages, PassCost Cost)? LeastLatencyOfEndless(long maximumIntervalNs)
    {
        if (pins is not null || maximumIntervalNs < StageSearch.Unreachable - 1 || whole == WholeNetwork.Never)
        {
            return null;
        }
        var found = Search(BoardSpace.Endless(Classes)).LeastCharge(maximumIntervalNs, null);
        bool isReal = found is { } plan && Enumerable.Range(0, Classes.Length).All(index =>
            plan.Stages.Sum(stage => stage.Group.Counts[index]) <= Classes[index].Boards.Length);
        isProvenLatency |= isReal;
        return isReal ? found : null;
    }

    /// <summary>Gives the slowest stage one more board of its own class as long as there is one and it helps.</summary>
    private List<FoundStage> Replicate(List<FoundStage> stages)
    {
        int[] left = [.. Classes.Select((board, index) =>
            board.Boards.Length - stages.Sum(stage => stage.Group.Counts[index]))];
        while (true)
        {
            int slowest = Enumerable.Range(0, stages.Count).MaxBy(index => IntervalNs(stages[index]));
            BoardGroup group = stages[slowest].Group;
            if (group.Used.Length != 1 || left[group.Used[0]] == 0)
            {
                return stages;
            }
            int[] counts = [.. group.Counts];
            counts[group.Used[0]]++;
            left[group.Used[0]]--;
            stages[slowest] = stages[slowest] with { Group = new BoardGroup(Classes, counts) };
        }
    }

    private long IntervalNs(FoundStage stage) => tables.IntervalNs(stage.Group, stage.FirstNode, stage.LastNode);

    private long TryOrders(long least)
    {
        bool improved = false;
        var budget = new StepBudget(least < StageSearch.Unreachable ? IntervalSteps / 4 : long.MaxValue);
        foreach (BoardSpace space in chooser.ForTrials(() => improved))
        {
            if (Search(space).LeastIntervalNs(least, budget) is not { } found)
            {
                break;
            }
            improved = found < least;
            Space = improved ? space : Space;
            least = found;
            // When there is no plan yet the first order gives one whatever it costs; the others share the budget.
            budget = budget.Left > IntervalSteps ? new StepBudget(IntervalSteps) : budget;
        }
        return least;
    }

    private FoundPlan? Found((List<FoundStage> Stages, PassCost Cost)? found) =>
        found is null ? null : Measured([.. found.Value.Stages]);

    private FoundPlan Measured(ImmutableArray<FoundStage> stages)
    {
        long intervalNs = Math.Max(stages.Max(IntervalNs), clientNs);
        var charge = new EnergyCharge(Classes, pins, intervalNs);
        long latencyNs = 0;
        int link = tables.ClientLink;
        foreach (FoundStage stage in stages)
        {
            int next = tables.LinkOf(stage.Group, stage.FirstNode, stage.LastNode);
            latencyNs += tables.CrossingNs(stage.FirstNode, link, next)
                + tables.LatencyNs(stage.Group, stage.FirstNode, stage.LastNode);
            link = next;
        }
        latencyNs += tables.CrossingNs(workload.NodeCount, link, tables.ClientLink);
        long energy = stages.Sum(stage => charge.Of(stage.Group, stage.FirstNode, stage.LastNode));
        return new FoundPlan(stages, intervalNs, latencyNs, energy);
    }
}
