namespace FpgaEdge.Planning.Deadlines;

/// <summary>What a frame would take of one resource of a board.</summary>
/// <param name="TimeNs">Modelled time; negative where it cannot run.</param>
/// <param name="EnergyPicojoules">Modelled energy beyond idling.</param>
/// <param name="MemoryBytes">Memory it holds meanwhile.</param>
public readonly record struct FrameCost(long TimeNs, long EnergyPicojoules, long MemoryBytes);

/// <summary>
/// The frames that wait on one board, for workers that each serve one resource: earliest deadline first, and each on the
/// resource of least cost as long as it would be in time there, otherwise on the one that ends it sooner. Without
/// threads and clocks; a worker asks when it is free, and frames never move once they were taken.
/// </summary>
/// <typeparam name="T">What the board knows a frame by.</typeparam>
/// <param name="resources">How many resources the board has; costs are given in their order.</param>
/// <param name="boardMemoryBytes">Memory that frames share.</param>
/// <param name="weights">Weights of the cost; null for the usual ones.</param>
public sealed class FrameQueue<T>(int resources, long boardMemoryBytes, AssignmentWeights? weights = null)
{
    private readonly AssignmentWeights weights = weights ?? new AssignmentWeights();
    private readonly List<Waiting> waiting = [];
    private readonly long[] busyUntilNs = new long[resources];
    private long arrivals;

    /// <summary>Frames that nobody has taken.</summary>
    public int Count => waiting.Count;

    /// <summary>A frame arrived.</summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="item">The frame.</param>
    /// <param name="deadlineNs">When it should be done; long.MaxValue where nobody said.</param>
    /// <param name="costs">One per resource, at least one of them possible.</param>
    public void Add(long nowNs, T item, long deadlineNs, ReadOnlySpan<FrameCost> costs)
    {
        if (costs.Length != resources)
        {
            throw new ArgumentException($"expected {resources} costs, found {costs.Length}", nameof(costs));
        }
        var arrived = new Waiting(item, deadlineNs, arrivals++, Preferred(nowNs, deadlineNs, costs), costs.ToArray());
        int place = waiting.BinarySearch(arrived, arrived);
        waiting.Insert(~place, arrived);
    }

    /// <summary>The frame that a free resource should execute now; false when it should wait.</summary>
    public bool TryTake(long nowNs, int resource, out T item)
    {
        Span<long> backlogNs = stackalloc long[resources];
        for (int index = 0; index < resources; index++)
        {
            backlogNs[index] = index == resource ? 0 : Math.Max(0, busyUntilNs[index] - nowNs);
        }
        for (int index = 0; index < waiting.Count; index++)
        {
            Waiting frame = waiting[index];
            if (frame.Preferred == resource || IsHelped(nowNs, frame, resource, backlogNs))
            {
                waiting.RemoveAt(index);
                busyUntilNs[resource] = nowNs + frame.Costs[resource].TimeNs;
                item = frame.Item;
                return true;
            }
            backlogNs[frame.Preferred] += frame.Costs[frame.Preferred].TimeNs;
        }
        item = default!;
        return false;
    }

    /// <summary>Late behind what its own resource has to do first, and done sooner on the one that is free.</summary>
    private static bool IsHelped(long nowNs, Waiting frame, int resource, ReadOnlySpan<long> backlogNs)
    {
        long here = frame.Costs[resource].TimeNs;
        long there = backlogNs[frame.Preferred] + frame.Costs[frame.Preferred].TimeNs;
        return here >= 0 && here < there && nowNs + there > frame.DeadlineNs;
    }

    /// <summary>The resource of least cost α t/D + β E/E_ref + γ m/M, in units of the weights.</summary>
    private int Preferred(long nowNs, long deadlineNs, ReadOnlySpan<FrameCost> costs)
    {
        double dearest = 1;
        foreach (FrameCost cost in costs)
        {
            dearest = Math.Max(dearest, cost.TimeNs < 0 ? 0 : cost.EnergyPicojoules);
        }
        double slackNs = Math.Max(1.0, (double)deadlineNs - nowNs);
        (int best, double least) = (-1, double.MaxValue);
        for (int index = 0; index < costs.Length; index++)
        {
            double value = (weights.Time * (costs[index].TimeNs / slackNs)) + (weights.Energy * (costs[index].EnergyPicojoules / dearest))
                + (weights.Memory * (costs[index].MemoryBytes / Math.Max(1.0, boardMemoryBytes)));
            if (costs[index].TimeNs >= 0 && value < least)
            {
                (best, least) = (index, value);
            }
        }
        return best >= 0 ? best : throw new ArgumentException("expected a resource that can run the frame, found none", nameof(costs));
    }

    private sealed record Waiting(T Item, long DeadlineNs, long Arrival, int Preferred, FrameCost[] Costs) : IComparer<Waiting>
    {
        public int Compare(Waiting? left, Waiting? right)
        {
            int order = left!.DeadlineNs.CompareTo(right!.DeadlineNs);
            return order != 0 ? order : left.Arrival.CompareTo(right.Arrival);
        }
    }
}
