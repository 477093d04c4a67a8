using System.Collections.Immutable;
using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// One compilation of one stage: decide where each node runs, list the steps with the changes of layout between them,
/// lay out the window, and write the programs.
/// </summary>
internal sealed class StageBuilder
{
    private readonly IntegerGraph graph;
    private readonly int firstNode;
    private readonly int lastNode;
    private readonly StageTarget target;
    private readonly StageCosts costs;
    private readonly NodeChooser chooser;
    private readonly ImageWriter image;
    private readonly ActivationPlacement placement = new();
    private readonly Dictionary<int, AcceleratedNode> accelerated = [];
    private readonly Dictionary<int, string> notes = [];
    private readonly List<PendingStep> pending = [];
    private readonly HashSet<int> dense;
    private readonly HashSet<int> blocked = [];

    public StageBuilder(
        IntegerGraph graph, int firstNode, int lastNode, StageTarget target, ScheduleCache cache,
        IReadOnlySet<int>? onCores = null)
    {
        this.graph = graph;
        this.firstNode = firstNode;
        this.lastNode = lastNode;
        this.target = target;
        costs = new StageCosts(graph, target);
        chooser = new NodeChooser(graph, target, cache, costs, onCores);
        image = new ImageWriter(target.Configuration);
        dense = [.. StageCut.InputTensors(graph, firstNode)];
    }

    /// <summary>What each node costs, without making constants or programs.</summary>
    public ImmutableArray<NodeReport> Estimate()
    {
        AddNodes();
        return Reports();
    }

    /// <summary>The stage.</summary>
    /// <exception cref="CompilerException">It does not fit the window.</exception>
    public CompiledStage Build()
    {
        AddNodes();
        foreach (AcceleratedNode node in accelerated.Values)
        {
            node.Reserve(image);
        }
        var allocator = new WindowAllocator(image.Length, target.Configuration.DramAlignment);
        Dictionary<int, long> places = placement.Place(pending, allocator, costs.ByteCount);
        CheckWindow(allocator.End);
        foreach (AcceleratedNode node in accelerated.Values)
        {
            node.Emit(image, target, places[node.Input], places[node.Output]);
        }
        return Finish(places, allocator.End);
    }

    private void AddNodes()
    {
        for (int node = firstNode; node < lastNode; node++)
        {
            AddNode(node);
        }
        foreach (int tensor in StageCut.InputTensors(graph, lastNode))
        {
            NeedDense(tensor, lastNode - 1);
        }
    }

    private void AddNode(int index)
    {
        if (graph.Nodes[index] is ConcatNode concat && TryConcatenateInPlace(concat))
        {
            notes[index] = "parts are stored in place";
            return;
        }
        if (TryBlockedKernel(index))
        {
            notes[index] = "on blocked activations";
            return;
        }
        AcceleratedNode? fast = chooser.Accelerate(index, dense, blocked, out string reason);
        if (fast is null)
        {
            notes[index] = reason;
            AddKernel(index);
        }
        else
        {
            AddProgram(index, fast);
        }
    }

    private void AddKernel(int index)
    {
        IntegerNode node = graph.Nodes[index];
        foreach (int tensor in node.Inputs)
        {
            NeedDense(tensor, index);
        }
        pending.Add(new PendingStep(StepKind.Kernel, index, null, null, target.Cpu.NodeNs(graph, node)));
        dense.Add(node.Output);
    }

    /// <summary>
    /// Runs a node where its inputs lie, if they are all blocked already and the changes of layout that this saves are
    /// worth more than computing padding channels.
    /// </summary>
    private bool TryBlockedKernel(int index)
    {
        IntegerNode node = graph.Nodes[index];
        if (!BlockedKernel.Supports(graph, node) || !node.Inputs.All(blocked.Contains))
        {
            return false;
        }
        bool blockedReader = Enumerable.Range(index + 1, lastNode - index - 1).Any(reader =>
            graph.Nodes[reader].Inputs.Any(input => input == node.Output) &&
            (BlockedKernel.Supports(graph, graph.Nodes[reader]) ||
                ConvolutionLowering.ReasonAgainst(graph, graph.Nodes[reader], target.Configuration) is null));
        long here = costs.BlockedKernelNs(index);
        long elsewhere = target.Cpu.NodeNs(graph, node) + (blockedReader ? costs.LayoutNs(node.Output) : 0) +
            node.Inputs.Distinct().Where(input => !dense.Contains(input)).Sum(costs.LayoutNs);
        long after = blockedReader ? 0 : costs.LayoutNs(node.Output);
        if (here + after > elsewhere)
        {
            return false;
        }
        pending.Add(new PendingStep(StepKind.BlockedKernel, index, node.Inputs[0], node.Output, here)
        {
            AlsoReads = node.Inputs.Count > 1 ? node.Inputs[1] : null,
        });
        blocked.Add(node.Output);
        return true;
    }

    private void AddProgram(int index, AcceleratedNode fast)
    {
        int input = graph.Nodes[index].Inputs[0];
        if (fast.IsPacked)
        {
            NeedDense(input, index);
            pending.Add(new PendingStep(StepKind.Pack, index, null, fast.Input, costs.PackNs(index)));
        }
        else if (blocked.Add(input))
        {
            pending.Add(new PendingStep(StepKind.ToBlocked, index, null, input, costs.LayoutNs(input)));
        }
        pending.Add(new PendingStep(StepKind.Program, index, fast.Input, fast.Output, costs.ProgramNs(fast)));
        accelerated.Add(index, fast);
        if (fast.LeavesWhole)
        {
            pending.Add(new PendingStep(StepKind.Requantize, index, fast.Output, null, costs.RequantizeNs(index)));
            dense.Add(graph.Nodes[index].Output);
        }
        else
        {
            blocked.Add(fast.Output);
        }
    }

    /// <summary>
    /// In the blocked layout, the parts of a concatenation lie one after the other when all but the last are whole
    /// blocks: programs then store them where they belong and nothing is left to do.
    /// </summary>
    private bool TryConcatenateInPlace(ConcatNode concat)
    {
        int block = target.Configuration.BlockIn;
        for (int i = 0; i < concat.Inputs.Count; i++)
        {
            int part = concat.Inputs[i];
            bool whole = i == concat.Inputs.Count - 1 || graph.Tensors[part].Channels % block == 0;
            bool twice = concat.Inputs.Count(input => input == part) > 1;
            if (!whole || twice || !blocked.Contains(part) || placement.IsPart(part))
            {
                return false;
            }
        }
        long offset = 0;
        foreach (int part in concat.Inputs)
        {
            placement.MakePart(part, concat.Output, offset);
            offset += costs.ByteCount(part);
        }
        blocked.Add(concat.Output);
        return true;
    }

    private void NeedDense(int tensor, int node)
    {
        if (dense.Add(tensor))
        {
            pending.Add(new PendingStep(StepKind.ToDense, node, tensor, null, costs.LayoutNs(tensor)));
        }
    }

    private void CheckWindow(long bytes)
    {
        if (bytes > Math.Min(target.WindowBytes, int.MaxValue))
        {
            throw new CompilerException($"nodes {firstNode} … {lastNode - 1} need a DMA window of {bytes} bytes " +
                $"({image.Length} of constants), {target.Board} has {target.WindowBytes}; use more boards");
        }
    }

    private CompiledStage Finish(Dictionary<int, long> places, long windowBytes) => new()
    {
        Graph = graph,
        FirstNode = firstNode,
        LastNode = lastNode,
        Target = target,
        InputTensors = StageCut.InputTensors(graph, firstNode),
        OutputTensors = StageCut.InputTensors(graph, lastNode),
        Steps = [.. pending.Select(step => Resolve(step, key => key is int present ? (int)places[present] : 0))],
        Image = image.ToArray(),
        Programs = image.Programs,
        WindowBytes = windowBytes,
        Nodes = Reports(),
    };

    private StageStep Resolve(PendingStep step, Func<int?, int> place) => step.Kind switch
    {
        StepKind.Program => new ProgramStep(step.Node, step.ModelledNs, accelerated[step.Node].Program.Offset,
            accelerated[step.Node].Program.Count, accelerated[step.Node].Choice.Cycles),
        StepKind.ToBlocked => new ToBlockedStep(step.Node, step.ModelledNs, step.Key, place(step.Writes)),
        StepKind.ToDense => new ToDenseStep(step.Node, step.ModelledNs, step.Key, place(step.Reads)),
        StepKind.Pack => new PackStep(step.Node, step.ModelledNs, place(step.Writes)),
        StepKind.Requantize => new RequantizeStep(step.Node, step.ModelledNs, place(step.Reads)),
        StepKind.BlockedKernel => new BlockedKernelStep(
            step.Node, step.ModelledNs, place(step.Reads), place(step.AlsoReads), place(step.Writes)),
        _ => new KernelStep(step.Node, step.ModelledNs),
    };

    private ImmutableArray<NodeReport> Reports() =>
        [.. Enumerable.Range(firstNode, lastNode - firstNode).Select(Report)];

    private NodeReport Report(int node)
    {
        long ns = pending.Where(step => step.Node == node).Sum(step => step.ModelledNs);
        if (!accelerated.TryGetValue(node, out AcceleratedNode? fast))
        {
            return new NodeReport(node, false, notes[node], 0, 0, 0, 0, ns, 0);
        }
        ScheduleChoice choice = fast.Choice;
        string schedule = (fast.IsPacked ? "windows gathered, " : "") +
            (fast.LeavesWhole ? "32-bit results, " : "") + choice.Schedule;
        return new NodeReport(node, true, schedule, choice.Cycles,
            fast.Lowered.Problem.Products(choice.Schedule.SkipPadding),
            choice.AluCycles, choice.DmaCycles, ns, fast.ConstantBytes(target.Configuration));
    }
}
