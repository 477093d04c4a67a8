using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Where the power of the deadline study goes, and how much of it any schedule could save.</summary>
internal static class DeadlineShares
{
    /// <summary>The bound in words.</summary>
    /// <param name="here">At the assumed values.</param>
    /// <param name="corner">With each assumption at the end of its range that saves more.</param>
    /// <param name="asked">Share that was asked for.</param>
    public static IEnumerable<string> Notes(DeadlineComparison here, DeadlineComparison corner, double asked)
    {
        yield return
            $"What bounds the saving against the sleeping baseline: {Share(here.OwnMicrowatts, here)} of its power is the board's own, " +
            "which no schedule touches. To serve every request takes at least each layer's energy on the resource where that is least; " +
            "if waiting and waking took nothing, no unit were ever in the way of another and there were no deadlines, " +
            $"{Percent(here.MostPossible)} less would be drawn, and {Percent(corner.MostPossible)} with every assumption at the better end " +
            $"of its range. Of what the units draw it is {Percent(here.MostPossibleOfUnits)} and {Percent(corner.MostPossibleOfUnits)}: " +
            "the accelerator is the fastest resource for most of the work and the cheapest as well. A core's lower clock would not help " +
            "by these figures: both settings (650 and 325 MHz) run at one voltage, so a layer takes the same energy; nor would the " +
            "accelerator's, whose voltage is fixed too. Frames of one network cannot share a load of its weights, as each is due before " +
            "the next arrives.";
        DeadlineRun run = here.Frugal;
        double idle = (double)run.IdleNs / run.HorizonNs;
        double missing = (asked * here.Fastest.AverageMicrowatts) - (here.Fastest.AverageMicrowatts - run.AverageMicrowatts);
        yield return
            $"Putting the whole board to sleep is not in the model: nothing executes for {idle:p0} of the time, in gaps of " +
            $"{run.IdleNs / Math.Max(1.0, run.IdleGaps) / 1e6:f2} ms on average. For {asked:p0} less, the board's own " +
            $"{DeadlineSection.Watts(here.OwnMicrowatts)} W would have to fall by {missing / idle / 1e6:f2} W in every one of them, while " +
            "its memory is refreshed and frames arrive.";
    }

    /// <summary>Power by what draws it: baseline, ours, and the least of any schedule.</summary>
    public static PaperTable Table(DeadlineComparison here)
    {
        ComputeResource accelerator = here.Workload.Resources[0];
        long[] baseline = [here.OwnMicrowatts, Busy(here.Fastest, 0), Waiting(here.Fastest), Busy(here.Fastest, 1)];
        long[] ours = [here.OwnMicrowatts, Busy(here.Frugal, 0), 0, Busy(here.Frugal, 1)];
        long[] least = [here.OwnMicrowatts, here.Least[0], 0, here.Least[1]];
        string[] parts = ["the board's own", "accelerator, executing", "accelerator, waiting with its clock on", "cores, executing"];
        return new PaperTable(
            "Where the power goes at the highest rate (modelled, W)",
            ["part", "baseline, core sleeps", "share", "low power", "least of any schedule"],
            [
                .. parts.Select((part, at) => (string[])
                [
                    part, DeadlineSection.Watts(baseline[at]), Share(baseline[at], here), DeadlineSection.Watts(ours[at]),
                    DeadlineSection.Watts(least[at]),
                ]),
                [
                    "together", DeadlineSection.Watts(here.Fastest.AverageMicrowatts), "100 %",
                    DeadlineSection.Watts(here.Frugal.AverageMicrowatts), DeadlineSection.Watts(least.Sum()),
                ],
                ["a core that polls for the accelerator, on top", DeadlineSection.Watts(here.WatchingMicrowatts), "", "", ""],
            ]);

        long Busy(DeadlineRun run, int resource) => Mean(run, run.BusyNs[resource], here.Workload.Resources[resource].BusyMilliwatts);

        long Waiting(DeadlineRun run) => Mean(run, run.HorizonNs - run.BusyNs[0], accelerator.ReadyMilliwatts);
    }

    private static long Mean(DeadlineRun run, long timeNs, int milliwatts) => (long)((Int128)timeNs * milliwatts * 1000 / run.HorizonNs);

    private static string Share(long microwatts, DeadlineComparison here) => $"{(double)microwatts / here.Fastest.AverageMicrowatts:p0}";

    private static string Percent(double share) => DeadlineSection.Percent(share);
}
