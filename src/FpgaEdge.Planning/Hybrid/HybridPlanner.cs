using System.Collections.Immutable;

namespace FpgaEdge.Planning.Hybrid;

/// <summary>Modelled figures of one module, batch of one.</summary>
/// <param name="Partition">What runs on the FPGA, in words.</param>
/// <param name="LatencyNs">Time of the module, transfers included.</param>
/// <param name="EnergyNanojoules">Energy of GPU and FPGA together; without the FPGA when nothing runs there.</param>
/// <param name="Alms">Logic used on the FPGA.</param>
public sealed record HybridFigures(string Partition, long LatencyNs, long EnergyNanojoules, long Alms);

/// <summary>A module on the GPU alone and at its best split; reductions in thousandths.</summary>
public sealed record HybridResult(HybridModule Module, HybridFigures GpuOnly, HybridFigures Hybrid)
{
    /// <summary>Energy saved by the split, in thousandths.</summary>
    public long EnergyReductionPermille => Reduction(GpuOnly.EnergyNanojoules, Hybrid.EnergyNanojoules);

    /// <summary>Latency saved by the split, in thousandths.</summary>
    public long LatencyReductionPermille => Reduction(GpuOnly.LatencyNs, Hybrid.LatencyNs);

    private static long Reduction(long before, long after) => (before - after) * 1000 / before;
}

/// <summary>
/// Splits modules between an embedded GPU and direct hardware mapping. The paper's partitions are not public; these
/// are tried: a run of whole steps fused on the FPGA; one step with some filters of one of its branches on the FPGA
/// beside the GPU; some inner channels of a point-wise, depth-wise, point-wise chain beside the GPU. Transfers both
/// ways are part of every figure. The best is the one of least energy that is not slower than the GPU alone.
/// </summary>
public sealed class HybridPlanner(HybridAssumptions assume)
{
    private const int FilterSteps = 8;

    /// <summary>The best split of one module that has the FPGA for itself.</summary>
    public HybridResult Plan(HybridModule module)
    {
        HybridFigures gpu = OnGpu(module);
        HybridFigures best = Candidates(module).Where(found => found.LatencyNs <= gpu.LatencyNs)
            .Append(gpu).MinBy(found => (found.EnergyNanojoules, found.LatencyNs))!;
        return new HybridResult(module, gpu, best);
    }

    /// <summary>
    /// A network's modules sharing one FPGA: the splits that save most energy per logic cell are kept until it is
    /// full. The FPGA is powered all the time, so modules on the GPU pay for it too.
    /// </summary>
    public HybridResult PlanNetwork(string name, ImmutableArray<HybridModule> modules)
    {
        HybridResult[] alone = [.. modules.Select(Plan)];
        long left = assume["fpga ALMs"];
        long latency = 0, energy = 0, alms = 0, gpuLatency = 0, gpuEnergy = 0;
        var mapped = new List<string>();
        foreach (HybridResult result in alone.OrderByDescending(SavedPerCell))
        {
            bool onFpga = result.Hybrid.Alms > 0 && result.Hybrid.Alms <= left;
            HybridFigures used = onFpga ? result.Hybrid : result.GpuOnly;
            left -= used.Alms;
            alms += used.Alms;
            latency += used.LatencyNs;
            energy += used.EnergyNanojoules + (onFpga ? 0 : used.LatencyNs * assume["fpga static power"] / 1000);
            gpuLatency += result.GpuOnly.LatencyNs;
            gpuEnergy += result.GpuOnly.EnergyNanojoules;
            if (onFpga)
            {
                mapped.Add(result.Module.Name);
            }
        }
        var gpu = new HybridFigures("GPU", gpuLatency, gpuEnergy, 0);
        bool pays = mapped.Count > 0 && energy < gpuEnergy;
        HybridFigures hybrid = pays ? new HybridFigures(string.Join(", ", mapped), latency, energy, alms) : gpu;
        return new HybridResult(new HybridModule(name, []), gpu, hybrid);
    }

    private static long SavedPerCell(HybridResult found) =>
        (found.GpuOnly.EnergyNanojoules - found.Hybrid.EnergyNanojoules) * 1000 / Math.Max(1, found.Hybrid.Alms);

    /// <summary>
    /// Time of a layer on the GPU: operations or memory, whichever is slower, and the start of a kernel.
    /// </summary>
    public long GpuNs(HybridLayer layer)
    {
        const int BytesPerValue = 2;
        long rate = assume[layer.IsDepthwise ? "gpu depthwise rate" : "gpu rate"];
        long values = ((long)layer.Size * layer.Size * layer.Inputs) + layer.Weights
            + ((long)layer.OutputSize * layer.OutputSize * layer.Outputs);
        long memoryNs = values * BytesPerValue * 1000 / assume["gpu memory"];
        return assume["gpu kernel start"] + Math.Max(2 * layer.Macs * 1000 / rate, memoryNs);
    }

    /// <summary>Time to move 8-bit activations over the link.</summary>
    public long LinkNs(long bytes) => assume["link start"] + (bytes * 1000 / assume["link rate"]);

    private HybridFigures OnGpu(HybridModule module)
    {
        long busy = module.Steps.Sum(GpuNs);
        return new HybridFigures("GPU", busy, busy * assume["gpu busy power"] / 1000, 0);
    }

    private long GpuNs(HybridStep step) => step.Branches.Sum(GpuNs);

    private IEnumerable<HybridFigures> Candidates(HybridModule module)
    {
        for (int first = 0; first < module.Steps.Length; first++)
        {
            for (int last = first + 1; last <= module.Steps.Length; last++)
            {
                if (Fused(module, first, last) is { } fused)
                {
                    yield return fused;
                }
            }
            foreach (HybridFigures split in Splits(module, first))
            {
                yield return split;
            }
        }
        foreach (HybridFigures grouped in Grouped(module))
        {
            yield return grouped;
        }
    }

    /// <summary>
    /// Point-wise, depth-wise, point-wise: some of the inner channels go through all three on the FPGA, the others
    /// on the GPU at the same time. The last layer then has two partial sums of 16 bits, which the GPU adds.
    /// </summary>
    private IEnumerable<HybridFigures> Grouped(HybridModule module)
    {
        if (module.Steps.Length != 3 || !module.Steps[1].Branches[0].IsDepthwise)
        {
            yield break;
        }
        HybridLayer[] chain = [.. module.Steps.Select(step => step.Branches[0])];
        for (int eighths = 1; eighths < FilterSteps; eighths++)
        {
            int moved = chain[1].Outputs * eighths / FilterSteps;
            HybridLayer[] onFpga = InnerChannels(chain, moved);
            long outputs = 2 * Bytes(chain[2].OutputSize, chain[2].Outputs);
            long addition = assume["gpu kernel start"] + (3 * outputs * 1000 / assume["gpu memory"]);
            long beside = InnerChannels(chain, chain[1].Outputs - moved).Sum(GpuNs);
            long fpga = DirectHardware.FrameNs(chain[0], assume)
                + onFpga.Sum(layer => DirectHardware.FillNs(layer, assume));
            long link = LinkNs(Bytes(chain[0].Size, chain[0].Inputs)) + LinkNs(outputs);
            string name = $"{moved} of {chain[1].Outputs} inner channels";
            if (moved > 0 && Figures(name, onFpga, addition, beside, fpga, link) is { } found)
            {
                yield return found;
            }
        }
    }

    private static HybridLayer[] InnerChannels(HybridLayer[] chain, int channels) =>
        [chain[0].Part(channels), chain[1].Part(channels), chain[2] with { Inputs = channels }];

    /// <summary>Whole steps on the FPGA, pixels streaming from one to the next; the GPU waits.</summary>
    private HybridFigures? Fused(HybridModule module, int first, int last)
    {
        HybridLayer[] layers = [.. module.Steps[first..last].SelectMany(step => step.Branches)];
        HybridStep end = module.Steps[last - 1];
        long inputs = Bytes(layers[0].Size, module.Steps[first].Inputs);
        long outputs = Bytes(end.Branches[0].OutputSize, end.Outputs);
        long fpga = layers.Max(layer => DirectHardware.FrameNs(layer, assume))
            + module.Steps[first..last].Sum(step => step.Branches.Max(layer => DirectHardware.FillNs(layer, assume)));
        long gpu = module.Steps.Sum(GpuNs) - module.Steps[first..last].Sum(GpuNs);
        string name = string.Join(" + ", layers.Select(layer => layer.Name));
        return Figures(name, layers, gpu, 0, fpga, LinkNs(inputs) + LinkNs(outputs));
    }

    /// <summary>
    /// Some filters of one branch on the FPGA, everything else of the step on the GPU at the same time.
    /// </summary>
    private IEnumerable<HybridFigures> Splits(HybridModule module, int at)
    {
        HybridStep step = module.Steps[at];
        long others = module.Steps.Sum(GpuNs) - GpuNs(step);
        foreach (HybridLayer layer in step.Branches)
        {
            for (int eighths = 1; eighths <= FilterSteps; eighths++)
            {
                int moved = layer.Outputs * eighths / FilterSteps;
                bool whole = moved == layer.Outputs;
                if (moved == 0 || (whole && step.Branches.Length == 1))
                {
                    continue;
                }
                HybridLayer part = layer.Part(moved);
                long beside = GpuNs(step) - GpuNs(layer) + (whole ? 0 : GpuNs(layer.Part(layer.Outputs - moved)));
                long link = LinkNs(Bytes(part.Size, part.Inputs)) + LinkNs(Bytes(part.OutputSize, moved));
                long fpga = DirectHardware.FrameNs(part, assume) + DirectHardware.FillNs(part, assume);
                string name = whole ? layer.Name : $"{moved} of {layer.Outputs} filters of {layer.Name}";
                if (Figures(name, [part], others, beside, fpga, link) is { } found)
                {
                    yield return found;
                }
            }
        }
    }

    /// <summary>
    /// GPU work before and after, then GPU and FPGA side by side. Energy: both idle for the whole time, and each its
    /// busy power while it computes.
    /// </summary>
    private HybridFigures? Figures(
        string name, HybridLayer[] onFpga, long gpuAloneNs, long gpuBesideNs, long fpgaNs, long linkNs)
    {
        long dsp = assume["fpga DSP multipliers"];
        long alms = 0;
        foreach (HybridLayer layer in onFpga)
        {
            alms += DirectHardware.Alms(layer, assume, ref dsp);
        }
        bool fits = alms <= assume["fpga ALMs"]
            && onFpga.Sum(DirectHardware.MemoryBits) <= assume["fpga memory"] * 1000;
        long latency = gpuAloneNs + Math.Max(gpuBesideNs, fpgaNs + linkNs);
        long busy = assume["gpu busy power"] - assume["gpu idle power"];
        long picojoules = (latency * (assume["gpu idle power"] + assume["fpga static power"]))
            + ((gpuAloneNs + gpuBesideNs) * busy) + (fpgaNs * assume["fpga busy power"]);
        return fits ? new HybridFigures(name, latency, picojoules / 1000, Math.Max(1, alms)) : null;
    }

    private static long Bytes(int size, int channels) => (long)size * size * channels;
}
