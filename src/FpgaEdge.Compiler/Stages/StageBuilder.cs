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
    }

    /// <summary>A step whose places in the window are not known yet. Tensor is −1 for kernels.</summary>
    private readonly record struct PendingStep(StepKind Kind, int Node, int Tensor, long ModelledNs);

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
            pending.Add(new PendingStep(StepKind.Kernel, index, -1, target.Cpu.NodeNs(graph, node)));
            dense.Add(node.Output);
            return;
        }
        if (blocked.Add(fast.Input))
        {
            pending.Add(new PendingStep(StepKind.ToBlocked, index, fast.Input, LayoutNs(fast.Input)));
        }
        pending.Add(new PendingStep(StepKind.Program, index, fast.Output, ProgramNs(fast)));
        blocked.Add(fast.Output);
        accelerated.Add(index, fast);
    }

    private void NeedDense(int tensor, int node)
    {
        if (dense.Add(tensor))
        {
            pending.Add(new PendingStep(StepKind.ToDense, node, tensor, LayoutNs(tensor)));
        }
    }

    private AcceleratedNode? Accelerate(int index)
    {
        IntegerNode node = graph.Nodes[index];
        string? reason = ConvolutionLowering.ReasonAgainst(graph, node, target.Configuration);
        if (reason is not null)
        {
            reasons[index] = reason;
            return null;
        }
        LoweredConvolution lowered = ConvolutionLowering.Lower(graph, (ConvolutionNode)node, target.Configuration);
        ScheduleChoice? choice = cache.Find(lowered.Problem, target.Configuration, target.Timing);
        if (choice is null)
        {
            reasons[index] = "no tile fits the scratchpads";
            return null;
        }
        var fast = new AcceleratedNode
        {
            Node = index, Input = node.Inputs[0], Output = node.Output, Lowered = lowered, Choice = choice,
        };
        if (IsFaster(fast, node))
        {
            return fast;
        }
        reasons[index] = "faster on the cores";
        return null;
    }

    /// <summary>Compares with the cores, layout changes of the input included.</summary>
    private bool IsFaster(AcceleratedNode fast, IntegerNode node)
    {
        long vta = ProgramNs(fast) + (blocked.Contains(fast.Input) ? 0 : LayoutNs(fast.Input));
        long cores = target.Cpu.NodeNs(graph, node) + (dense.Contains(fast.Input) ? 0 : LayoutNs(fast.Input));
        return vta <= cores;
    }

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
            if (current.Kind is StepKind.Program or StepKind.ToBlocked)
            {
                places[current.Tensor] = allocator.Place(
                    Layout(current.Tensor).ByteCount, step, LastUse(current.Tensor, step));
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

    private int LastUse(int tensor, int from)
    {
        int last = from;
        for (int step = from; step < pending.Count; step++)
        {
            PendingStep current = pending[step];
            bool reads = current.Kind switch
            {
                StepKind.Program => accelerated[current.Node].Input == tensor,
                StepKind.ToDense => current.Tensor == tensor,
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
        StepKind.ToBlocked => new ToBlockedStep(step.Node, step.ModelledNs, step.Tensor, (int)places[step.Tensor]),
        StepKind.ToDense => new ToDenseStep(step.Node, step.ModelledNs, step.Tensor, (int)places[step.Tensor]),
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
        return new NodeReport(node, true, choice.Schedule.ToString(), choice.Cycles, fast.Lowered.Problem.MultiplierSteps,
            choice.AluCycles, choice.DmaCycles, ns, fast.ImageBytes);
    }
}
