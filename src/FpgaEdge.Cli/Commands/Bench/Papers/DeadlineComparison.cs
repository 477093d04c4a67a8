using System.Collections.Immutable;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The baseline, the same with stopped clocks, and the low-power assignment, at one rate.</summary>
internal sealed record DeadlineComparison(
    DeadlineWorkload Workload, DeadlineRun Fastest, DeadlineRun Stopped, DeadlineRun Frugal, LayerAssignment Assignment)
{
    /// <summary>All three played out.</summary>
    public static DeadlineComparison Of(DeadlineWorkload workload)
    {
        LayerAssignment fastest = LayerAssignment.Fastest(workload);
        LayerAssignment frugal = LowPowerAssigner.Assign(workload);
        return new DeadlineComparison(
            workload, DeadlineSimulation.Run(workload, fastest), DeadlineSimulation.Run(workload, fastest.WithStoppedClocks()),
            DeadlineSimulation.Run(workload, frugal), frugal);
    }

    /// <summary>What a core that polls while the accelerator runs and a core is free adds to the baseline.</summary>
    public long WatchingMicrowatts =>
        (long)((Int128)Fastest.WatchedNs * Workload.Resources[1].BusyMilliwatts * 1000 / Fastest.HorizonNs);

    /// <summary>The baseline with such a core.</summary>
    public long PollingMicrowatts => Fastest.AverageMicrowatts + WatchingMicrowatts;

    /// <summary>Saved of the baseline whose core polls.</summary>
    public double ToPolling => 1 - ((double)Frugal.AverageMicrowatts / PollingMicrowatts);

    /// <summary>Saved of the baseline whose driver sleeps.</summary>
    public double ToSleeping => 1 - ((double)Frugal.AverageMicrowatts / Fastest.AverageMicrowatts);

    /// <summary>Drawn by the board besides its units.</summary>
    public long OwnMicrowatts => Workload.IdleMilliwatts * 1000L;

    /// <summary>Per resource, in the schedule of least energy that could be.</summary>
    public ImmutableArray<long> Least => PowerBound.LeastMicrowatts(Workload);

    /// <summary>The most that any schedule can save of the baseline whose driver sleeps.</summary>
    public double MostPossible => 1 - ((OwnMicrowatts + Least.Sum()) / (double)Fastest.AverageMicrowatts);

    /// <summary>The same of what its units draw, the board's own power left out.</summary>
    public double MostPossibleOfUnits => 1 - (Least.Sum() / (double)(Fastest.AverageMicrowatts - OwnMicrowatts));
}
