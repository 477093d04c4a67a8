using System.Collections.Immutable;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Planning;
using FpgaEdge.Planning.Deadlines;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The SCALENet paper's claim: deadlines kept at a tenth less power, on nine periodic networks.</summary>
internal static class DeadlineSection
{
    private const double AskedReduction = 0.10;
    private const long MemoryBytes = 256 << 20;
    private const int LeastPermille = 10;
    private const int MostPermille = 20_000;

    /// <summary>Shares of the highest rate at which power is compared, in percent.</summary>
    private static readonly int[] Rates = [100, 75, 50, 25, 10];

    public static PaperSection Of(string folder, Action<string, int, int> progress, CancellationToken cancellation)
    {
        (ImmutableArray<DeadlineNetwork> networks, ImmutableArray<string> missing) = DeadlineNetwork.Read(folder, progress);
        string title = $"Deadlines and power: {networks.Length} periodic networks on one Zynq-7020";
        if (networks.IsEmpty)
        {
            return new PaperSection(title, [], [new("no misses, a tenth less power", "no network found", null)], [], []);
        }
        int permille = HighestRate(networks, cancellation);
        DeadlineComparison here = DeadlineComparison.Of(Workload(networks, permille, DeadlineAssumptions.Default));
        (string, double Low, double High)[] sleeping = Sensitivity(networks, permille, compared => compared.ToSleeping);
        (string, double Low, double High)[] polling = Sensitivity(networks, permille, compared => compared.ToPolling);
        (int equal, int frames) = Execute(networks, here.Assignment, progress, cancellation);
        DeadlineComparison corner = DeadlineComparison.Of(Workload(networks, permille, Corner(sleeping)));
        return new PaperSection(
            title,
            [
                "A layer is a step of the compiled network: programs run on the accelerator or in software, the rest on one of " +
                "two cores. The baseline is earliest deadline first on the fastest resource, clocks never stopped. It is shown " +
                "twice: with a core that polls while the accelerator runs, as the accelerator's published driver does " +
                "(tvm-vta, pynq_driver.cc), and with one that sleeps, as ours does. Ours stops the clocks of waiting units and " +
                "moves layers to the resource of least cost while no deadline is missed. The published description gives " +
                "neither formula, deadlines, idle power nor how its baseline waits; all powers here are assumptions with ranges, none is tuned.",
                .. DeadlineShares.Notes(here, corner, AskedReduction),
                .. missing.Select(file => $"Missing: {file}."),
            ],
            [
                new("no deadline missed at the highest rate at which the baseline misses none",
                    $"{here.Frugal.Misses} of {here.Frugal.Jobs} missed at {1e3 / permille:f3} times the rates below", here.Frugal.Misses == 0),
                new("at least 10 % less average power than the baseline, as its driver is published (a core polls)",
                    Saving(here.PollingMicrowatts, here), here.ToPolling >= AskedReduction),
                new("at least 10 % less average power than a baseline whose driver sleeps",
                    $"{Saving(here.Fastest.AverageMicrowatts, here)}; no schedule can save more than {Percent(here.MostPossible)}",
                    here.ToSleeping >= AskedReduction),
                new("results byte-identical", $"{equal} of {frames} frames, each network run by the assignment on accelerator model " +
                    "and kernels, equal to the golden interpreter", equal == frames),
            ],
            [
                NetworkTable(networks, permille, here),
                DeadlineShares.Table(here),
                RateTable(networks, permille),
                .. Tables(sleeping, polling),
            ],
            [
                Chart.Tornado("Power saved against a baseline whose driver sleeps", "%", 100 * here.ToSleeping, sleeping),
                Chart.Tornado("Power saved against the published driver's baseline", "%", 100 * here.ToPolling, polling),
            ]);
    }

    /// <summary>Shortest common factor on all periods, in thousandths, at which the baseline misses nothing.</summary>
    private static int HighestRate(ImmutableArray<DeadlineNetwork> networks, CancellationToken cancellation)
    {
        (int low, int high) = (LeastPermille, MostPermille);
        while (low < high)
        {
            cancellation.ThrowIfCancellationRequested();
            int middle = (low + high) / 2;
            DeadlineWorkload tried = Workload(networks, middle, DeadlineAssumptions.Default);
            bool kept = DeadlineSimulation.Run(tried, LayerAssignment.Fastest(tried)).Misses == 0;
            (low, high) = kept ? (low, middle) : (middle + 1, high);
        }
        return low;
    }

    private static DeadlineWorkload Workload(ImmutableArray<DeadlineNetwork> networks, int permille, AssumptionSet assume) =>
        new DeadlineWorkload(
            [ComputeResource.Accelerator(assume), ComputeResource.Workers(assume)],
            [.. networks.Select(network => network.Periodic())], (int)assume["board idle power"], MemoryBytes).AtRate(permille);

    /// <summary>The saving in percent with each assumption at either end of its range, the strongest first.</summary>
    private static (string Name, double Low, double High)[] Sensitivity(
        ImmutableArray<DeadlineNetwork> networks, int permille, Func<DeadlineComparison, double> saving)
    {
        AssumptionSet assume = DeadlineAssumptions.Default;
        return
        [
            .. assume.All.Select(at => (at.Name, At(at.Name, at.Low), At(at.Name, at.High)))
                .OrderByDescending(row => Math.Abs(row.Item3 - row.Item2)),
        ];

        double At(string name, long value) => 100 * saving(DeadlineComparison.Of(Workload(networks, permille, assume.With(name, value))));
    }

    private static AssumptionSet Corner((string Name, double Low, double High)[] sensitivity)
    {
        AssumptionSet assume = DeadlineAssumptions.Default;
        foreach ((string name, double low, double high) in sensitivity)
        {
            Assumption at = assume.All.First(assumption => assumption.Name == name);
            assume = assume.With(name, high > low ? at.High : at.Low);
        }
        return assume;
    }

    private static (int Equal, int Frames) Execute(
        ImmutableArray<DeadlineNetwork> networks, LayerAssignment assignment, Action<string, int, int> progress,
        CancellationToken cancellation)
    {
        int equal = 0;
        for (int index = 0; index < networks.Length; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            progress($"executing {networks[index].Name}", index, networks.Length);
            equal += networks[index].IsExact(MovedNodes(networks[index], index, assignment)) ? 1 : 0;
        }
        return (equal, networks.Length);
    }

    /// <summary>Nodes whose programs the assignment leaves to the cores.</summary>
    private static ImmutableHashSet<int> MovedNodes(DeadlineNetwork network, int index, LayerAssignment assignment) =>
        [.. network.Stage.Steps.Where((step, layer) => step is ProgramStep && assignment.Resource(index, layer) != 0)
            .Select(step => step.Node)];

    private static PaperTable NetworkTable(ImmutableArray<DeadlineNetwork> networks, int permille, DeadlineComparison here) => new(
        "The networks at the highest rate (modelled)",
        ["network", "requests/s at factor 1", "period = deadline, ms", "accelerator ms", "cores ms", "programs", "moved to the cores"],
        [
            .. networks.Select((network, index) => (string[])
            [
                network.Name, $"{network.FramesPerSecond}", $"{here.Workload.Networks[index].PeriodNs / 1e6:f2}",
                $"{network.Stage.Steps.Where(step => step is ProgramStep).Sum(step => step.ModelledNs) / 1e6:f2}",
                $"{network.Stage.Steps.Where(step => step is not ProgramStep).Sum(step => step.ModelledNs) / 1e6:f2}",
                $"{network.Stage.Steps.Count(step => step is ProgramStep)}", $"{MovedNodes(network, index, here.Assignment).Count}",
            ]),
        ]);

    private static PaperTable RateTable(ImmutableArray<DeadlineNetwork> networks, int permille) => new(
        "Average power by rate (modelled, W)",
        [
            "rate", "accelerator busy", "cores busy", "baseline, core polls", "baseline, core sleeps", "clocks stopped",
            "low power", "less than polling", "less than sleeping", "missed",
        ],
        [
            .. Rates.Select(rate =>
            {
                DeadlineComparison at = DeadlineComparison.Of(Workload(networks, permille * 100 / rate, DeadlineAssumptions.Default));
                return (string[])
                [
                    $"{rate} %", $"{(double)at.Fastest.BusyNs[0] / at.Fastest.HorizonNs:p0}",
                    $"{(double)at.Fastest.BusyNs[1] / at.Fastest.HorizonNs / at.Workload.Resources[1].Units:p0}",
                    Watts(at.PollingMicrowatts), Watts(at.Fastest.AverageMicrowatts), Watts(at.Stopped.AverageMicrowatts),
                    Watts(at.Frugal.AverageMicrowatts), Percent(at.ToPolling), Percent(at.ToSleeping), $"{at.Frugal.Misses}",
                ];
            }),
        ]);

    private static IEnumerable<PaperTable> Tables(
        (string Name, double Low, double High)[] sleeping, (string Name, double Low, double High)[] polling)
    {
        yield return new PaperTable(
            "Assumptions, and the power saved (against sleeping / polling, %) with one of them at an end of its range",
            ["assumption", "unit", "low", "value", "high", "saved at low", "saved at high", "source"],
            [
                .. DeadlineAssumptions.Default.All.Select(at =>
                {
                    (_, double low, double high) = sleeping.First(row => row.Name == at.Name);
                    (_, double pollingLow, double pollingHigh) = polling.First(row => row.Name == at.Name);
                    return (string[])
                    [
                        at.Name, at.Unit, $"{at.Low}", $"{at.Value}", $"{at.High}", $"{low:f1} / {pollingLow:f1}",
                        $"{high:f1} / {pollingHigh:f1}", at.Source,
                    ];
                }),
            ]);
    }

    private static string Saving(long microwatts, DeadlineComparison here) =>
        $"{Watts(here.Frugal.AverageMicrowatts)} W instead of {Watts(microwatts)} W: " +
        $"{Percent(1 - ((double)here.Frugal.AverageMicrowatts / microwatts))} less";

    internal static string Watts(long microwatts) => $"{microwatts / 1e6:f3}";

    internal static string Percent(double share) => $"{100 * share:f1} %";
}
