namespace FpgaEdge.Planning;

/// <summary>
/// Least energy per frame. The idle power of a plan's boards is spent for as long as its interval, so energy is no
/// sum over stages; but for plans whose interval lies in [a, b], charging idle power for a only gives a bound that
/// is a sum. Branch and bound over ranges of the interval: halve the range of least bound until no range can hold a
/// better plan.
/// </summary>
/// <remarks>
/// Balanced plans of equal boards all take the same energy but for rounding, so plans within a thousandth of the
/// best count as equal, and the one of least interval is taken.
/// </remarks>
internal sealed class EnergySearch(PlanSearch search, Func<FoundPlan, bool> isAllowed)
{
    /// <summary>Energies that differ by less than one part in this are equal.</summary>
    public const long Tolerance = 1000;

    private const int MostPasses = 16;

    private readonly BoardSpace? space = search.SpaceForSums();
    private readonly List<Range> open = [];
    private readonly List<FoundPlan> plans = [];
    private long best = long.MaxValue;

    /// <summary>The plan found, and an energy that none is below.</summary>
    public (FoundPlan? Plan, long BoundPicojoules) Run(long leastIntervalNs, long mostIntervalNs)
    {
        foreach (FoundPlan plan in search.OneClassPlans())
        {
            Consider(plan);
        }
        Consider(search.WithinInterval(leastIntervalNs));
        Consider(search.LeastLatency(mostIntervalNs));
        long bound = search.EnergyBoundPicojoules();
        if (!IsMet(bound))
        {
            bound = Math.Max(bound, Branch(leastIntervalNs, mostIntervalNs));
        }
        long allowed = best == long.MaxValue ? best : best + (best / Tolerance);
        FoundPlan? found = plans.Where(plan => plan.EnergyPicojoules <= allowed)
            .OrderBy(plan => plan.IntervalNs).ThenBy(plan => plan.EnergyPicojoules).FirstOrDefault();
        return (found, Math.Min(bound, best));
    }

    private long Branch(long leastIntervalNs, long mostIntervalNs)
    {
        Examine(leastIntervalNs, mostIntervalNs);
        for (int pass = 1; pass < MostPasses && open.Count > 0; pass += 2)
        {
            Range range = open.MinBy(range => range.Bound);
            open.Remove(range);
            long middle = range.To / 4 > range.From ? range.From * 2 : range.From + ((range.To - range.From) / 2);
            Examine(range.From, middle);
            Examine(middle + 1, range.To);
            open.RemoveAll(range => IsMet(range.Bound));
        }
        return search.IsComplete(space) ? (open.Count == 0 ? best : open.Min(range => range.Bound)) : 0;
    }

    /// <summary>
    /// Finds the best plan of a range; the range stays open when its bound leaves room for a better one.
    /// </summary>
    private void Examine(long from, long to)
    {
        if (from > to || search.LeastEnergy(from, to, space) is not { } found)
        {
            return;
        }
        Consider(found.Plan);
        if (from < to && !IsMet(found.BoundPicojoules))
        {
            open.Add(new Range(from, to, found.BoundPicojoules));
        }
    }

    private void Consider(FoundPlan? plan)
    {
        if (plan is not null && isAllowed(plan))
        {
            plans.Add(plan);
            best = Math.Min(best, plan.EnergyPicojoules);
        }
    }

    private bool IsMet(long bound) => best != long.MaxValue && best - (best / Tolerance) <= bound;

    private readonly record struct Range(long From, long To, long Bound);
}
