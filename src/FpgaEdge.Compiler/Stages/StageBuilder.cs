using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// One compilation of one stage: decide where each node runs, list the steps with the changes of layout between them, lay out the
/// window, and write the programs.
/// </summary>
internal sealed class StageBuilder(
    IntegerGraph graph, int firstNode, int lastNode, StageTarget target, ScheduleCache cache)
{
    private readonly Dictionary<int, AcceleratedNode> accelerated = [];
    private readonly Dictionary<int, string> reasons = [];
    private readonly List<PendingStep> pending = [];
    private readonly HashSet<int> dense = [];
    private readonly HashSet<int> blocked = [];
    private readonly ImageWriter image = new(target.Configuration);

    private enum StepKind
    {
        Program,
        Kernel,
        ToBlocked,
        ToDense,
        Pack,
        Requantize,
    }

    /// <summary>A step whose places in the window are not known yet. Key is a tensor or a packed input; 0 for kernels.</summary>
    private readonly record struct PendingStep(StepKind Kind, int Node, int Key, long ModelledNs);

    public CompiledStage Build()
    {
        dense.UnionWith(StageCut.InputTensors(graph, firstNode));
        for (int node = firstNode; node < lastNode; node++)
        {
            AddNode(node);
        }
        foreach (int tensor in StageCut.InputTensors(graph, lastNode))
        {
            NeedDense(tensor, lastNode - 1);
        }
        foreach (AcceleratedNode node in accelerated.Values)
        {
            node.Reserve(image);
        }
        Dictionary<int, long> places = PlaceActivations(out long windowBytes);
        foreach (AcceleratedNode node in accelerated.Values)
        {
            node.Emit(image, target, places[node.Input], places[node.Output]);
        }
        return Finish(places, windowBytes);
    }

    private void AddNode(int index)
    {
        IntegerNode node = graph.Nodes[index];
        AcceleratedNode? fast = Accelerate(index);
        if (fast is null)
        {
            foreach (int tensor in node.Inputs)
            {
                NeedDense(tensor, index);
            }
            pending.Add(new PendingStep(StepKind.Kernel, index, 0, target.Cpu.NodeNs(graph, node)));
            dense.Add(node.Output);
            return;
        }
        if (fast.IsPacked)
        {
            NeedDense(node.Inputs[0], index);
            pending.Add(new PendingStep(StepKind.Pack, index, fast.Input, PackNs(index)));
        }
        else if (blocked.Add(fast.Input))
        {
            pending.Add(new PendingStep(StepKind.ToBlocked, index, fast.Input, LayoutNs(fast.Input)));
        }
        pending.Add(new PendingStep(StepKind.Program, index, fast.Output, ProgramNs(fast)));
        accelerated.Add(index, fast);
        if (fast.LeavesWhole)
        {
            pending.Add(new PendingStep(StepKind.Requantize, index, fast.Output, RequantizeNs(index)));
            dense.Add(node.Output);
        }
        else
        {
            blocked.Add(fast.Output);
        }
    }

    private void NeedDense(int tensor, int node)
    {
        if (dense.Add(tensor))
        {
            pending.Add(new PendingStep(StepKind.ToDense, node, tensor, LayoutNs(tensor)));
        }
    }

    /// <summary>The fastest way to run a node on the accelerator; null, with the reason noted, when the cores are better.</summary>
    private AcceleratedNode? Accelerate(int index)
    {
        IntegerNode node = graph.Nodes[index];
        string? reason = ConvolutionLowering.ReasonAgainst(graph, node, target.Configuration);
        if (reason is not null)
        {
            reasons[index] = reason;
            return null;
        }
        var convolution = (ConvolutionNode)node;
        AcceleratedNode? best = Try(index, node.Inputs[0], ConvolutionLowering.Lower(graph, convolution, target.Configuration));
        if (convolution.Groups == 1 && Packing(index).Helps)
        {
            AcceleratedNode? packed = Try(index, AcceleratedNode.PackedKey(index),
                ConvolutionLowering.LowerPacked(graph, convolution, target.Configuration));
            best = packed is not null && (best is null || TotalNs(packed) < TotalNs(best)) ? packed : best;
        }
        if (best is null)
        {
            reasons[index] = "no tile fits the scratchpads";
            return null;
        }
        long cores = target.Cpu.NodeNs(graph, node) + (dense.Contains(node.Inputs[0]) ? 0 : LayoutNs(node.Inputs[0]));
        if (TotalNs(best) <= cores)
        {
            return best;
        }
        reasons[index] = "faster on the cores";
        return null;
    }

    private AcceleratedNode? Try(int index, int input, LoweredConvolution lowered)
    {
        ScheduleChoice? choice = cache.Find(lowered.Problem, target.Configuration, target.Timing);
        return choice is null ? null : new AcceleratedNode
        {
            Node = index,
            Input = input,
            Output = lowered.Problem.Epilogue.Planes > 1 ? AcceleratedNode.PlanesKey(index) : graph.Nodes[index].Output,
            Lowered = lowered,
            Choice = choice,
        };
    }

    /// <summary>Program and changes of the input's layout.</summary>
    private long TotalNs(AcceleratedNode node)
    {
        int tensor = graph.Nodes[node.Node].Inputs[0];
        long before = node.IsPacked
            ? PackNs(node.Node) + (dense.Contains(tensor) ? 0 : LayoutNs(tensor))
            : blocked.Contains(tensor) ? 0 : LayoutNs(tensor);
        return before + ProgramNs(node) + (node.LeavesWhole ? RequantizeNs(node.Node) : 0);
    }

    private long RequantizeNs(int node)
    {
        IntegerTensor output = graph.Tensors[graph.Nodes[node].Output];
        return target.Cpu.CopyNs(Planes(node).ByteCount) +
            target.Cpu.ToNanoseconds((long)output.ElementCount * target.Cpu.RequantizeMillicycles);
    }

    private AccumulatorPlanes Planes(int node) => new(graph.Tensors[graph.Nodes[node].Output], target.Configuration);

    private InputPacking Packing(int node) => new(graph, (ConvolutionNode)graph.Nodes[node], target.Configuration);

    private long PackNs(int node) => target.Cpu.CopyNs(Packing(node).ByteCount);

    private long ProgramNs(AcceleratedNode node) => target.Cpu.LaunchNs + target.Timing.ToNanoseconds(node.Choice.Cycles);

    private long LayoutNs(int tensor) => target.Cpu.CopyNs(Layout(tensor).ByteCount);

    private BlockedLayout Layout(int tensor) => new(graph.Tensors[tensor], target.Configuration);

    private Dictionary<int, long> PlaceActivations(out long windowBytes)
    {
        var allocator = new WindowAllocator(image.Length, target.Configuration.DramAlignment);
        var places = new Dictionary<int, long>();
        for (int step = 0; step < pending.Count; step++)
        {
            PendingStep current = pending[step];
            if (current.Kind is StepKind.Program or StepKind.ToBlocked or StepKind.Pack)
            {
                places[current.Key] = allocator.Place(ByteCount(current), step, LastUse(current.Key, step));
            }
        }
        windowBytes = allocator.End;
        if (windowBytes > Math.Min(target.WindowBytes, int.MaxValue))
        {
            throw new CompilerException($"nodes {firstNode} … {lastNode - 1} need a DMA window of {windowBytes} bytes " +
                $"({image.Length} of constants), {target.Board} has {target.WindowBytes}; use more boards");
        }
        return places;
    }

    private long ByteCount(PendingStep step) => step.Kind switch
    {
        StepKind.Pack => Packing(step.Node).ByteCount,
        _ when step.Key < 0 => Planes(step.Node).ByteCount,
        _ => Layout(step.Key).ByteCount,
    };

    private int LastUse(int tensor, int from)
    {
        int last = from;
        for (int step = from; step < pending.Count; step++)
        {
            PendingStep current = pending[step];
            bool reads = current.Kind switch
            {
                StepKind.Program => accelerated[current.Node].Input == tensor,
                StepKind.ToDense or StepKind.Requantize => current.Key == tensor,
                _ => false,
            };
            last = reads ? step : last;
        }
        return last;
    }

    private CompiledStage Finish(Dictionary<int, long> places, long windowBytes) => new()
    {
        Graph = graph,
        FirstNode = firstNode,
        LastNode = lastNode,
        Target = target,
        InputTensors = StageCut.InputTensors(graph, firstNode),
        OutputTensors = StageCut.InputTensors(graph, lastNode),
        Steps = [.. pending.Select(step => Resolve(step, places))],
        Image = image.ToArray(),
        Programs = image.Programs,
        WindowBytes = windowBytes,
        Nodes = [.. Enumerable.Range(firstNode, lastNode - firstNode).Select(Report)],
    };

    private StageStep Resolve(PendingStep step, Dictionary<int, long> places) => step.Kind switch
    {
        StepKind.Program => new ProgramStep(step.Node, step.ModelledNs, accelerated[step.Node].Program.Offset,
            accelerated[step.Node].Program.Count, accelerated[step.Node].Choice.Cycles),
        StepKind.ToBlocked => new ToBlockedStep(step.Node, step.ModelledNs, step.Key, (int)places[step.Key]),
        StepKind.ToDense => new ToDenseStep(step.Node, step.ModelledNs, step.Key, (int)places[step.Key]),
        StepKind.Pack => new PackStep(step.Node, step.ModelledNs, (int)places[step.Key]),
        StepKind.Requantize => new RequantizeStep(step.Node, step.ModelledNs, (int)places[step.Key]),
        _ => new KernelStep(step.Node, step.ModelledNs),
    };

    private NodeReport Report(int node)
    {
        long ns = pending.Where(step => step.Node == node).Sum(step => step.ModelledNs);
        if (!accelerated.TryGetValue(node, out AcceleratedNode? fast))
        {
            return new NodeReport(node, false, reasons[node], 0, 0, 0, 0, ns, 0);
        }
        ScheduleChoice choice = fast.Choice;
        return new NodeReport(node, true, (fast.IsPacked ? "windows gathered, " : "") + (fast.LeavesWhole ? "32-bit results, " : "") + choice.Schedule, choice.Cycles, fast.Lowered.Problem.MultiplierSteps,
            choice.AluCycles, choice.DmaCycles, ns, fast.ImageBytes);
    }
}
