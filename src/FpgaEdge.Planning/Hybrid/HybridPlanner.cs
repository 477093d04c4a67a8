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
/// are tried: a run of whole steps fused on the FPGA; one step with some filters of each of its branches on the FPGA
/// beside the GPU; some inner channels of a point-wise, depth-wise, point-wise chain beside the GPU; a side chain beside
/// the GPU. Pixels stream over the link through the mapped layers and back, so the slowest of the three sets the pace;
/// the start of both transfers is part of every figure. The best is the split of least energy that is not slower than
/// the GPU alone.
/// </summary>
public sealed class HybridPlanner(AssumptionSet assume)
{
    private const int FilterSteps = 16;

    /// <summary>Logic cells are shared out in portions of this many.</summary>
    private const int Portion = 200;

    /// <summary>The figures it plans with.</summary>
    public AssumptionSet Assume => assume;

    /// <summary>The best split of one module that has the FPGA for itself.</summary>
    public HybridResult Plan(HybridModule module)
    {
        HybridFigures gpu = OnGpu(module);
        HybridFigures best = Usable(module, gpu, assume["fpga memory"] * 1000)
            .Append(gpu).MinBy(found => (found.EnergyNanojoules, found.LatencyNs))!;
        return new HybridResult(module, gpu, best);
    }

    /// <summary>
    /// A network's modules sharing one FPGA: of all ways to give each module a split or the GPU that fit the device
    /// together, the one of least energy. The FPGA is powered all the time, so modules on the GPU pay for it too.
    /// </summary>
    public HybridResult PlanNetwork(string name, ImmutableArray<HybridModule> modules)
    {
        HybridModule[] all = [.. modules.SelectMany(module => Enumerable.Repeat(module, module.Repeats))];
        HybridFigures[] gpus = [.. all.Select(OnGpu)];
        int portions = (int)(DirectHardware.DeviceAlms(assume) / Portion);
        long memoryBits = assume["fpga memory"] * 1000 / all.Length;
        // least[p]: energy of the modules so far on at most p portions; chosen: the splits that give it.
        var least = new long[portions + 1];
        var chosen = new HybridFigures[all.Length, portions + 1];
        for (int index = 0; index < all.Length; index++)
        {
            HybridFigures gpu = gpus[index];
            long idle = gpu.EnergyNanojoules + (gpu.LatencyNs * assume["fpga static power"] / 1000);
            HybridFigures[] splits = [.. Usable(all[index], gpu, memoryBits)];
            for (int free = portions; free >= 0; free--)
            {
                (long energy, HybridFigures best) = (least[free] + idle, gpu);
                foreach (HybridFigures split in splits)
                {
                    int rest = free - Portions(split);
                    if (rest >= 0 && least[rest] + split.EnergyNanojoules < energy)
                    {
                        (energy, best) = (least[rest] + split.EnergyNanojoules, split);
                    }
                }
                (least[free], chosen[index, free]) = (energy, best);
            }
        }
        var onGpu = new HybridFigures("GPU", gpus.Sum(gpu => gpu.LatencyNs), gpus.Sum(gpu => gpu.EnergyNanojoules), 0);
        bool pays = least[portions] < onGpu.EnergyNanojoules;
        HybridFigures hybrid = pays ? Trace(all, chosen, portions, least[portions]) : onGpu;
        return new HybridResult(new HybridModule(name, 1, []), onGpu, hybrid);
    }

    private static HybridFigures Trace(HybridModule[] all, HybridFigures[,] chosen, int portions, long energy)
    {
        long latency = 0, alms = 0;
        var mapped = new List<string>();
        for (int index = all.Length - 1; index >= 0; index--)
        {
            HybridFigures split = chosen[index, portions];
            latency += split.LatencyNs;
            alms += split.Alms;
            portions -= Portions(split);
            if (split.Alms > 0)
            {
                mapped.Add(all[index].Name);
            }
        }
        mapped.Reverse();
        IEnumerable<string> counted = mapped.GroupBy(name => name)
            .Select(group => group.Count() == 1 ? group.Key : $"{group.Count()} x {group.Key}");
        return new HybridFigures(string.Join(", ", counted), latency, energy, alms);
    }

    private static int Portions(HybridFigures split) => (int)((split.Alms + Portion - 1) / Portion);

    private IEnumerable<HybridFigures> Usable(HybridModule module, HybridFigures gpu, long memoryBits) =>
        Candidates(module, memoryBits).Where(found => found.LatencyNs <= gpu.LatencyNs);

    /// <summary>
    /// Time of a layer on the GPU: operations or memory, whichever is slower, and the start of a kernel.
    /// </summary>
    public long GpuNs(HybridLayer layer)
    {
        const int BytesPerValue = 4;
        long rate = assume[layer.IsDepthwise ? "gpu depthwise rate" : "gpu rate"];
        long values = ((long)layer.Size * layer.Size * layer.Inputs) + layer.Weights
            + ((long)layer.OutputSize * layer.OutputSize * layer.Outputs);
        long memoryNs = values * BytesPerValue * 1000 / assume["gpu memory"];
        return assume["gpu kernel start"] + Math.Max(2 * layer.Macs * 1000 / rate, memoryNs);
    }

    /// <summary>
    /// Time of pixels that stream over the link, through layers that take so long for a frame, and back: both directions
    /// of the link and the layers work at the same time.
    /// </summary>
    public long StreamNs(long bytesIn, long frameNs, long bytesOut) =>
        (2 * assume["link start"]) + Math.Max(frameNs, Math.Max(bytesIn, bytesOut) * 1000 / assume["link rate"]);

    private HybridFigures OnGpu(HybridModule module)
    {
        long busy = module.Steps.Sum(GpuNs) + module.Side.Sum(GpuNs);
        return new HybridFigures("GPU", busy, busy * assume["gpu busy power"] / 1000, 0);
    }

    private long GpuNs(HybridStep step) => step.Branches.Sum(GpuNs);

    private IEnumerable<HybridFigures> Candidates(HybridModule module, long memoryBits)
    {
        IEnumerable<HybridFigures?> all = Enumerable.Range(0, module.Steps.Length)
            .SelectMany(first => Enumerable.Range(first + 1, module.Steps.Length - first)
                .Select(last => Fused(module, first, last, memoryBits))
                .Concat(Splits(module, first, memoryBits)))
            .Concat(Grouped(module, memoryBits))
            .Append(module.Side.IsEmpty ? null : Beside(module, memoryBits));
        return all.OfType<HybridFigures>();
    }

    /// <summary>
    /// Point-wise, depth-wise, point-wise: some of the inner channels go through all three on the FPGA, the others
    /// on the GPU at the same time. The last layer then has two partial sums of 16 bits, which the GPU adds.
    /// </summary>
    private IEnumerable<HybridFigures?> Grouped(HybridModule module, long memoryBits)
    {
        if (module.Steps.Length != 3 || !module.Steps[1].Branches[0].IsDepthwise)
        {
            yield break;
        }
        HybridLayer[] chain = [.. module.Steps.Select(step => step.Branches[0])];
        for (int step = 1; step < FilterSteps; step++)
        {
            int moved = chain[1].Outputs * step / FilterSteps;
            HybridLayer[] onFpga = InnerChannels(chain, moved);
            long outputs = 2 * Bytes(chain[2].OutputSize, chain[2].Outputs);
            long addition = assume["gpu kernel start"] + (3 * outputs * 1000 / assume["gpu memory"]);
            long beside = InnerChannels(chain, chain[1].Outputs - moved).Sum(GpuNs);
            string name = $"{moved} of {chain[1].Outputs} inner channels";
            yield return Figures(
                name, onFpga, addition + module.Side.Sum(GpuNs), beside, onFpga.Sum(layer => DirectHardware.FillNs(layer, assume)),
                Bytes(chain[0].Size, chain[0].Inputs), outputs, memoryBits);
        }
    }

    private static HybridLayer[] InnerChannels(HybridLayer[] chain, int channels) =>
        [chain[0].Part(channels), chain[1].Part(channels), chain[2] with { Inputs = channels }];

    /// <summary>The side chain on the FPGA while the GPU runs the steps.</summary>
    private HybridFigures? Beside(HybridModule module, long memoryBits) => Figures(
        string.Join(" + ", module.Side.Select(layer => layer.Name)), [.. module.Side], 0, module.Steps.Sum(GpuNs),
        module.Side.Sum(layer => DirectHardware.FillNs(layer, assume)), Bytes(module.Side[0].Size, module.Side[0].Inputs),
        Bytes(module.Side[^1].OutputSize, module.Side[^1].Outputs), memoryBits);

    /// <summary>Whole steps on the FPGA, pixels streaming from one to the next; the GPU runs a side chain meanwhile.</summary>
    private HybridFigures? Fused(HybridModule module, int first, int last, long memoryBits)
    {
        HybridLayer[] layers = [.. module.Steps[first..last].SelectMany(step => step.Branches)];
        HybridStep end = module.Steps[last - 1];
        long fill = module.Steps[first..last].Sum(step => step.Branches.Max(layer => DirectHardware.FillNs(layer, assume)));
        long gpu = module.Steps.Sum(GpuNs) - module.Steps[first..last].Sum(GpuNs);
        string name = string.Join(" + ", layers.Select(layer => layer.Name));
        return Figures(
            name, layers, gpu, module.Side.Sum(GpuNs), fill, Bytes(layers[0].Size, module.Steps[first].Inputs),
            Bytes(end.Branches[0].OutputSize, end.Outputs), memoryBits);
    }

    /// <summary>
    /// Some filters of a step's branches on the FPGA, the others on the GPU at the same time.
    /// </summary>
    private IEnumerable<HybridFigures?> Splits(HybridModule module, int at, long memoryBits)
    {
        HybridStep step = module.Steps[at];
        long others = module.Steps.Sum(GpuNs) - GpuNs(step);
        foreach (ImmutableArray<int> moved in Shares(step.Branches))
        {
            HybridLayer[] onFpga = [.. step.Branches.Zip(moved, (layer, filters) => layer.Part(filters)).Where(part => part.Outputs > 0)];
            long beside = module.Side.Sum(GpuNs) + step.Branches.Zip(moved, (layer, filters) => layer.Part(layer.Outputs - filters))
                .Where(part => part.Outputs > 0).Sum(GpuNs);
            IEnumerable<string> names = step.Branches.Zip(moved).Where(pair => pair.Second > 0).Select(pair =>
                (pair.Second == pair.First.Outputs ? "" : $"{pair.Second} of {pair.First.Outputs} filters of ") + pair.First.Name);
            yield return Figures(
                string.Join(" + ", names), onFpga, others, beside, onFpga.Max(part => DirectHardware.FillNs(part, assume)),
                onFpga.Max(part => Bytes(part.Size, part.Inputs)), onFpga.Sum(part => Bytes(part.OutputSize, part.Outputs)), memoryBits);
        }
    }

    /// <summary>Every choice of filters per branch, in steps, but for none at all and for the whole step.</summary>
    private static IEnumerable<ImmutableArray<int>> Shares(ImmutableArray<HybridLayer> branches)
    {
        IEnumerable<ImmutableArray<int>> shares = [[]];
        foreach (HybridLayer layer in branches)
        {
            shares = shares.SelectMany(chosen => Enumerable.Range(0, FilterSteps + 1)
                .Select(step => chosen.Add(layer.Outputs * step / FilterSteps)));
        }
        return shares.Where(chosen => chosen.Any(filters => filters > 0) && chosen.Zip(branches).Any(at => at.First < at.Second.Outputs));
    }

    /// <summary>
    /// GPU work before and after, then GPU and FPGA side by side. Energy: both idle for the whole time, and each its
    /// busy power while it computes. Null when the layers do not fit the device.
    /// </summary>
    private HybridFigures? Figures(
        string name, HybridLayer[] onFpga, long gpuAloneNs, long gpuBesideNs, long fillNs, long bytesIn, long bytesOut,
        long memoryBits)
    {
        long alms = onFpga.Sum(layer => DirectHardware.Alms(layer, assume));
        if (alms > DirectHardware.DeviceAlms(assume) || onFpga.Sum(DirectHardware.MemoryBits) > memoryBits)
        {
            return null;
        }
        long frameNs = onFpga.Max(layer => DirectHardware.FrameNs(layer, assume));
        long latency = gpuAloneNs + Math.Max(gpuBesideNs, StreamNs(bytesIn, frameNs, bytesOut) + fillNs);
        long busy = assume["gpu busy power"] - assume["gpu idle power"];
        long picojoules = (latency * (assume["gpu idle power"] + assume["fpga static power"]))
            + ((gpuAloneNs + gpuBesideNs) * busy) + ((frameNs + fillNs) * assume["fpga busy power"]);
        return new HybridFigures(name, latency, picojoules / 1000, Math.Max(1, alms));
    }

    private static long Bytes(int size, int channels) => (long)size * size * channels;
}
