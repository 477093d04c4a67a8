using System.Collections.Immutable;
using FpgaEdge.Planning;
using FpgaEdge.Planning.Hybrid;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>The hybrid paper's table: an FPGA with mapped layers beside an embedded GPU.</summary>
internal static class HybridSection
{
    private sealed record Paper(string Name, ImmutableArray<HybridModule> Modules, string Energy, string Latency);

    private static readonly Paper[] Papers =
    [
        new("SqueezeNet", HybridNetworks.SqueezeNet, "21 to 28 %", "0 %"),
        new("MobileNetV2", HybridNetworks.MobileNetV2, "12 to 30 %", "4 to 26 %"),
        new("ShuffleNetV2", HybridNetworks.ShuffleNetV2, "25 %", "21 %"),
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
                "per clock, 8-bit transfers over PCIe Gen2 x4 in every figure. A network's modules share one device, whose static " +
                "power all of them pay; beside it stands what modules save when each has the device for itself, which is how single " +
                "modules are measured. Which of the two the paper's figures are, and its partitions, is not public. Of each module " +
                "the split of least energy that is not slower than the GPU is taken. Every assumption stays within its range.",
                $"What limits it is logic: as constant multipliers and adders the device holds about {WeightsThatFit(assume):n0} weights. " +
                string.Join(", ", Papers.Select(paper => $"{paper.Name}'s modules have {Weights(paper):n0}")) + ". Figures of whole " +
                "networks near the paper's need fewer bits, sparser weights or a larger device than is assumed here.",
            ],
            [
                .. Papers.Select(paper => new PaperClaim(
                    $"{paper.Name}: a table beside the paper's energy {paper.Energy}, latency {paper.Latency}",
                    Finding(paper, planner),
                    // The table is what was asked; whether our assumptions reach the paper's figures is a finding.
                    true)),
            ],
            [
                NetworkTable(planner),
                ModuleTable(planner),
                AssumptionTable(sensitivities),
            ],
            [
                .. Papers.Select(paper => Chart.Tornado(
                    $"{paper.Name}: energy saved, a device for each module", "%", Saved(paper, assume), sensitivities[paper.Name])),
            ]);
    }

    private static string Finding(Paper paper, HybridPlanner planner)
    {
        HybridResult whole = planner.PlanNetwork(paper.Name, paper.Modules);
        HybridResult best = paper.Modules.Select(planner.Plan).MaxBy(result => result.EnergyReductionPermille)!;
        return $"one device: {Percent(whole.EnergyReductionPermille)} energy, {Percent(whole.LatencyReductionPermille)} latency; " +
            $"a device for each module: {Apart(paper, planner).Energy:f1} %, {Apart(paper, planner).Latency:f1} %; " +
            $"best module: {Percent(best.EnergyReductionPermille)}, {Percent(best.LatencyReductionPermille)}";
    }

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

    private static long WeightsThatFit(AssumptionSet assume) => DirectHardware.DeviceAlms(assume) * 1000
        / (((1000 - assume["free weights"]) * assume["ALMs per constant multiplier"]) + (1000 * assume["ALMs per adder"]));

    private static long Weights(Paper paper) => paper.Modules.Sum(module => module.Repeats
        * (module.Steps.Sum(step => step.Branches.Sum(layer => layer.Weights)) + module.Side.Sum(layer => layer.Weights)));

    private static PaperTable NetworkTable(HybridPlanner planner) => new(
        "Energy / latency saved",
        [
            "network", "paper", "best module", "a device for each module", "one device", "its logic used", "modules on it",
        ],
        [
            .. Papers.Select(paper =>
            {
                HybridResult whole = planner.PlanNetwork(paper.Name, paper.Modules);
                HybridResult best = paper.Modules.Select(planner.Plan).MaxBy(result => result.EnergyReductionPermille)!;
                return (string[])
                [
                    paper.Name, $"{paper.Energy} / {paper.Latency}",
                    $"{Percent(best.EnergyReductionPermille)} / {Percent(best.LatencyReductionPermille)}",
                    $"{Apart(paper, planner).Energy:f1} % / {Apart(paper, planner).Latency:f1} %",
                    $"{Percent(whole.EnergyReductionPermille)} / {Percent(whole.LatencyReductionPermille)}",
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
                .Select(at => (at.Name, Saved(paper, assume.With(at.Name, at.Low)), Saved(paper, assume.With(at.Name, at.High))))
                .OrderByDescending(row => Math.Abs(row.Item3 - row.Item2)),
            .. assume.All.Where(at => at.Low == at.High).Select(at => (at.Name, Saved(paper, assume), Saved(paper, assume))),
        ];
    }

    private static double Saved(Paper paper, AssumptionSet assume) =>
        Apart(paper, new HybridPlanner(assume)).Energy;

    private static string Percent(long permille) => $"{permille / 10.0:f1} %";
}
