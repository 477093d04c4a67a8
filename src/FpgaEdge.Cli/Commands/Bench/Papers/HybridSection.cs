using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Planning.Hybrid;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The hybrid paper's table: an FPGA with mapped layers beside an embedded GPU.</summary>
internal static class HybridSection
{
    /// <summary>What the paper's abstract says of a network, in percent saved.</summary>
    private sealed record Paper(
        string Name, ImmutableArray<HybridModule> Modules, int LeastEnergy, int MostEnergy, int LeastLatency, int MostLatency)
    {
        public string Energy => Range(LeastEnergy, MostEnergy);

        public string Latency => Range(LeastLatency, MostLatency);

        /// <summary>Whether a module saves what the paper saves at least.</summary>
        public bool IsReachedBy(HybridResult module) =>
            module.EnergyReductionPermille >= 10 * LeastEnergy && module.LatencyReductionPermille >= 10 * LeastLatency;

        private static string Range(int least, int most) => least == most ? $"{least} %" : $"{least} to {most} %";
    }

    private static readonly Paper[] Papers =
    [
        new("SqueezeNet", HybridNetworks.SqueezeNet, 21, 28, 0, 0),
        new("MobileNetV2", HybridNetworks.MobileNetV2, 12, 30, 4, 26),
        new("ShuffleNetV2", HybridNetworks.ShuffleNetV2, 25, 25, 21, 21),
    ];

    public static PaperSection Of()
    {
        AssumptionSet assume = HybridAssumptions.Default;
        var planner = new HybridPlanner(assume);
        var sensitivities = Papers.ToDictionary(paper => paper.Name, Sensitivity);
        return new PaperSection(
            "GPU beside mapped hardware: modules with an FPGA against the GPU alone",
            [
                "Modelled throughout: Jetson TX2 class GPU in single precision, Cyclone 10 GX class FPGA with layers mapped one pixel " +
                "per clock, 8-bit transfers over PCIe Gen2 x4 in every figure. The paper's partitions, and whether its figures are of single " +
                "modules or of whole networks, are not public; a range for one network suggests modules. So three readings stand beside " +
                "it: the best module, all modules when each has the device for itself, and all modules sharing one device, whose static " +
                "power all of them pay. Of each module the split of least energy that is not slower than the GPU is taken. Every " +
                "assumption stays within its range.",
                "What limits whole networks is logic, not the choice of splits. Devices of this size that all layers of the modules would " +
                "fill: " + string.Join(", ", Papers.Select(paper => $"{paper.Name} {Devices(paper, assume):n0}")) + ". Figures " +
                "of whole networks near the paper's need fewer bits, sparser weights or a larger device than is assumed here.",
            ],
            [
                .. Papers.Select(paper => new PaperClaim(
                    $"{paper.Name}, {paper.Energy} energy and {paper.Latency} latency in the paper: a module saves the lower ends at least",
                    Finding(paper, planner), paper.Modules.Select(planner.Plan).Any(paper.IsReachedBy))),
            ],
            [
                NetworkTable(planner),
                ModuleTable(planner),
                AssumptionTable(sensitivities),
            ],
            [
                .. Papers.Select(paper => Chart.Tornado(
                    $"{paper.Name}: energy saved, a device for each module", "%", EnergySaved(paper, assume), sensitivities[paper.Name])),
            ]);
    }

    private static string Finding(Paper paper, HybridPlanner planner)
    {
        HybridResult[] modules = [.. paper.Modules.Select(planner.Plan)];
        HybridResult whole = planner.PlanNetwork(paper.Name, paper.Modules);
        return $"{modules.Count(paper.IsReachedBy)} of {modules.Length} modules, the best {Saved(Best(modules))}; all modules with a device " +
            $"each {Apart(paper, planner).Energy:f1} % / {Apart(paper, planner).Latency:f1} %, sharing one {Saved(whole)}";
    }

    private static HybridResult Best(IEnumerable<HybridResult> modules) => modules.MaxBy(module => module.EnergyReductionPermille)!;

    private static string Saved(HybridResult result) =>
        $"{Percent(result.EnergyReductionPermille)} / {Percent(result.LatencyReductionPermille)}";

    /// <summary>Percent saved over all modules when each has the device for itself.</summary>
    private static (double Energy, double Latency) Apart(Paper paper, HybridPlanner planner)
    {
        (double gpuEnergy, double gpuLatency, double energy, double latency) = (0, 0, 0, 0);
        foreach (HybridModule module in paper.Modules)
        {
            HybridResult result = planner.Plan(module);
            gpuEnergy += module.Repeats * result.GpuOnly.EnergyNanojoules;
            gpuLatency += module.Repeats * result.GpuOnly.LatencyNs;
            energy += module.Repeats * result.Hybrid.EnergyNanojoules;
            latency += module.Repeats * result.Hybrid.LatencyNs;
        }
        return (100 * (1 - (energy / gpuEnergy)), 100 * (1 - (latency / gpuLatency)));
    }

    /// <summary>Devices' logic that all layers of all modules would take.</summary>
    private static double Devices(Paper paper, AssumptionSet assume) => paper.Modules.Sum(module => module.Repeats
        * module.Steps.SelectMany(step => step.Branches).Concat(module.Side).Sum(layer => (double)DirectHardware.Alms(layer, assume)))
        / DirectHardware.DeviceAlms(assume);

    private static PaperTable NetworkTable(HybridPlanner planner) => new(
        "Energy / latency saved",
        [
            "network", "paper", "best module", "modules that gain", "a device for each module", "one device", "its logic used",
            "modules on it",
        ],
        [
            .. Papers.Select(paper =>
            {
                HybridResult whole = planner.PlanNetwork(paper.Name, paper.Modules);
                HybridResult[] modules = [.. paper.Modules.Select(planner.Plan)];
                return (string[])
                [
                    paper.Name, $"{paper.Energy} / {paper.Latency}",
                    Saved(Best(modules)), $"{modules.Count(module => module.Hybrid.Alms > 0)} of {modules.Length}",
                    $"{Apart(paper, planner).Energy:f1} % / {Apart(paper, planner).Latency:f1} %",
                    Saved(whole),
                    $"{100 * whole.Hybrid.Alms / DirectHardware.DeviceAlms(planner.Assume)} %", whole.Hybrid.Partition,
                ];
            }),
        ]);

    private static PaperTable ModuleTable(HybridPlanner planner) => new(
        "Module by module, each with the device for itself",
        ["network", "module", "on the FPGA", "GPU ms", "hybrid ms", "latency", "GPU mJ", "hybrid mJ", "energy", "ALMs"],
        [
            .. Papers.SelectMany(paper => paper.Modules.Select(planner.Plan).Select(result => (string[])
            [
                paper.Name, result.Module.Name, result.Hybrid.Partition, $"{result.GpuOnly.LatencyNs / 1e6:f3}",
                $"{result.Hybrid.LatencyNs / 1e6:f3}", Percent(result.LatencyReductionPermille),
                $"{result.GpuOnly.EnergyNanojoules / 1e6:f3}", $"{result.Hybrid.EnergyNanojoules / 1e6:f3}",
                Percent(result.EnergyReductionPermille), $"{result.Hybrid.Alms}",
            ])),
        ]);

    private static PaperTable AssumptionTable(
        Dictionary<string, (string Name, double Low, double High)[]> sensitivities) => new(
        "Assumptions, and the energy saved (%, a device for each module) with one of them at an end of its range: low / high",
        ["assumption", "unit", "low", "value", "high", .. Papers.Select(paper => paper.Name), "source"],
        [
            .. HybridAssumptions.Default.All.Select(at => (string[])
            [
                at.Name, at.Unit, $"{at.Low}", $"{at.Value}", $"{at.High}",
                .. Papers.Select(paper => sensitivities[paper.Name].First(row => row.Name == at.Name))
                    .Select(row => $"{row.Low:f1} / {row.High:f1}"),
                at.Source,
            ]),
        ]);

    /// <summary>The energy saved with each assumption at either end of its range, the strongest first.</summary>
    private static (string Name, double Low, double High)[] Sensitivity(Paper paper)
    {
        AssumptionSet assume = HybridAssumptions.Default;
        return
        [
            .. assume.All.Where(at => at.Low < at.High)
                .Select(at => (at.Name, EnergySaved(paper, assume.With(at.Name, at.Low)), EnergySaved(paper, assume.With(at.Name, at.High))))
                .OrderByDescending(row => Math.Abs(row.Item3 - row.Item2)),
            .. assume.All.Where(at => at.Low == at.High).Select(at => (at.Name, EnergySaved(paper, assume), EnergySaved(paper, assume))),
        ];
    }

    private static double EnergySaved(Paper paper, AssumptionSet assume) =>
        Apart(paper, new HybridPlanner(assume)).Energy;

    private static string Percent(long permille) => $"{permille / 10.0:f1} %";
}
