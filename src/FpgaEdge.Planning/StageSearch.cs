namespace FpgaEdge.Planning;

/// <summary>One stage of a found partition.</summary>
internal readonly record struct FoundStage(int FirstNode, int LastNode, BoardGroup Group);

/// <summary>
/// Exact search over contiguous partitions and board groups by dynamic programming from the network's end: the state
/// is (first node not yet placed, boards left). The idea of states over multisets of device types is PipeEdge's (Hu
/// et al., 2022); replicated groups, the two passes and the tie rules are ours.
/// </summary>
/// <remarks>
/// Least interval first, least latency among those second: a minimum of maxima cannot carry a second criterion
/// through one pass, so the first pass finds the least interval and the second the least latency among plans that
/// keep it. The boards' ends of a transfer bound the interval separately, so only the second pass needs the previous
/// link.
/// </remarks>
internal sealed class StageSearch
{
    /// <summary>Larger than any cost of a valid network; the sum of a few does not overflow.</summary>
    public const long Unreachable = long.MaxValue / 8;

    private readonly NetworkProfile profile;
    private readonly BoardPool pool;
    private readonly BoardGroup[] groups;
    private readonly BoardGroup[][] groupsOfState;
    private readonly int client;

    public StageSearch(NetworkProfile profile, BoardPool pool, IEnumerable<BoardGroup> groups)
    {
        this.profile = profile;
        this.pool = pool;
        this.groups = [.. groups];
        client = pool.LinkSpeeds.Length - 1;
        groupsOfState = new BoardGroup[pool.StateCount][];
        for (int state = 0; state < pool.StateCount; state++)
        {
            groupsOfState[state] = [.. this.groups.Where(group => pool.Holds(state, group))];
        }
    }

    /// <summary>Steps of work of one pass; the caller compares it with a limit before it starts one.</summary>
    public static long Work(NetworkProfile profile, BoardPool pool, int groupCount) =>
        (long)profile.NodeCount * profile.NodeCount / 2 * pool.StateCount * groupCount;

    /// <summary>Least possible interval, or <see cref="Unreachable"/>.</summary>
    public long LeastIntervalNs()
    {
        int nodes = profile.NodeCount;
        var best = new long[nodes + 1][];
        best[nodes] = new long[pool.StateCount];
        for (int first = nodes - 1; first >= 0; first--)
        {
            best[first] = new long[pool.StateCount];
            for (int state = 0; state < pool.StateCount; state++)
            {
                best[first][state] = LeastIntervalNs(first, state, best);
            }
        }
        return best[0][pool.Full];
    }

    /// <summary>
    /// The plan of least latency, and of least interval among those, whose interval is at most the given one;
    /// null when there is none.
    /// </summary>
    public List<FoundStage>? LeastLatency(long maximumIntervalNs)
    {
        int nodes = profile.NodeCount;
        var best = new Cost[nodes + 1][];
        best[nodes] = EndCosts();
        for (int first = nodes - 1; first >= 0; first--)
        {
            best[first] = new Cost[pool.StateCount * pool.LinkSpeeds.Length];
            for (int index = 0; index < best[first].Length; index++)
            {
                best[first][index] = Best(first, index, maximumIntervalNs, best, out _);
            }
        }
        return best[0][Index(pool.Full, client)].LatencyNs >= Unreachable ? null : Trace(maximumIntervalNs, best);
    }

    private long LeastIntervalNs(int first, int state, long[][] best)
    {
        long least = Unreachable;
        foreach (BoardGroup group in groupsOfState[state])
        {
            for (int last = first + 1; last <= profile.NodeCount; last++)
            {
                if (group.ComputeIntervalNs(first, last) >= least || !group.CanExecute(first, last))
                {
                    break;
                }
                long rest = best[last][state - group.Code];
                if (rest < least && group.CanRun(first, last))
                {
                    least = Math.Min(least, Math.Max(rest, group.IntervalNs(first, last)));
                }
            }
        }
        return least;
    }

    private Cost[] EndCosts()
    {
        var costs = new Cost[pool.StateCount * pool.LinkSpeeds.Length];
        for (int index = 0; index < costs.Length; index++)
        {
            costs[index] = new Cost(TransferNs(profile.NodeCount, index % pool.LinkSpeeds.Length, client), 0);
        }
        return costs;
    }

    private Cost Best(int first, int index, long maximumIntervalNs, Cost[][] best, out FoundStage choice)
    {
        int state = index / pool.LinkSpeeds.Length;
        int link = index % pool.LinkSpeeds.Length;
        Cost least = new(Unreachable, Unreachable);
        choice = default;
        foreach (BoardGroup group in groupsOfState[state])
        {
            long receiveNs = TransferNs(first, link, group.LinkIndex);
            for (int last = first + 1; last <= profile.NodeCount; last++)
            {
                if (group.ComputeIntervalNs(first, last) > maximumIntervalNs || !group.CanExecute(first, last))
                {
                    break;
                }
                Cost rest = best[last][Index(state - group.Code, group.LinkIndex)];
                long latencyNs = receiveNs + group.ComputeNs(first, last) + rest.LatencyNs;
                long intervalNs = Math.Max(group.IntervalNs(first, last), rest.IntervalNs);
                Cost cost = new(latencyNs, intervalNs);
                if (cost.CompareTo(least) < 0 && intervalNs <= maximumIntervalNs && group.CanRun(first, last))
                {
                    least = cost;
                    choice = new FoundStage(first, last, group);
                }
            }
        }
        return least;
    }

    /// <summary>Walks from the first node along the choices that gave each state its cost.</summary>
    private List<FoundStage> Trace(long maximumIntervalNs, Cost[][] best)
    {
        var stages = new List<FoundStage>();
        int state = pool.Full;
        int link = client;
        for (int first = 0; first < profile.NodeCount;)
        {
            Best(first, Index(state, link), maximumIntervalNs, best, out FoundStage choice);
            stages.Add(choice);
            first = choice.LastNode;
            state -= choice.Group.Code;
            link = choice.Group.LinkIndex;
        }
        return stages;
    }

    /// <summary>The client is taken to be at least as fast as the fastest board, so the board's end counts.</summary>
    private long TransferNs(int cut, int fromLink, int toLink) =>
        LinkCosts.TransferNs(profile.CutBytes[cut], pool.LinkSpeeds[Math.Min(fromLink, toLink)]);

    private int Index(int state, int link) => (state * pool.LinkSpeeds.Length) + link;

    private readonly record struct Cost(long LatencyNs, long IntervalNs)
    {
        public int CompareTo(Cost other) =>
            LatencyNs != other.LatencyNs
                ? LatencyNs.CompareTo(other.LatencyNs)
                : IntervalNs.CompareTo(other.IntervalNs);
    }
}
