using System.Collections.Immutable;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Stages;

/// <summary>One compilation of one stage.</summary>
internal sealed class StageBuilder(IntegerGraph graph, int firstNode, int lastNode, StageTarget target)
{
    private readonly List<StageStep> steps = [];
    private readonly List<NodeReport> reports = [];

    public CompiledStage Build()
    {
        for (int node = firstNode; node < lastNode; node++)
        {
            long ns = target.Cpu.NodeNs(graph, graph.Nodes[node]);
            steps.Add(new KernelStep(node, ns));
            reports.Add(new NodeReport(node, false, "kernel", 0, 0, 0, 0, ns, 0));
        }
        return new CompiledStage
        {
            Graph = graph,
            FirstNode = firstNode,
            LastNode = lastNode,
            Target = target,
            InputTensors = StageCut.InputTensors(graph, firstNode),
            OutputTensors = StageCut.InputTensors(graph, lastNode),
            Steps = [.. steps],
            Image = ReadOnlyMemory<byte>.Empty,
            Programs = [],
            WindowBytes = 0,
            Nodes = [.. reports],
        };
    }
}
