using System.Collections.Immutable;

namespace FpgaEdge.Planning;

/// <summary>
/// One network's costs, checked, with what is live at every cut. Cut c lies before node c; cut 0 is the client's
/// input and cut n the result.
/// </summary>
internal sealed class NetworkProfile
{
    /// <summary>Largest single time or size accepted; a million of them still fit a long.</summary>
    private const long LargestFigure = 1_000_000_000_000;

    public NetworkProfile(NetworkCosts costs)
    {
        Costs = costs;
        Check(costs);
        NodeCount = costs.Nodes.Length;
        CutTensors = LiveTensors(costs);
        CutBytes = [.. CutTensors.Select(cut => cut.Sum(tensor => costs.Tensors[tensor].Bytes))];
    }

    public NetworkCosts Costs { get; }

    public int NodeCount { get; }

    /// <summary>For each of the n + 1 cuts, the tensors that cross it, ascending.</summary>
    public ImmutableArray<ImmutableArray<int>> CutTensors { get; }

    /// <summary>For each cut, the bytes that cross it.</summary>
    public long[] CutBytes { get; }

    /// <summary>Weights of one node and the activation it writes.</summary>
    public long NodeBytes(int node) => Costs.Nodes[node].WeightBytes + Costs.Tensors[Costs.Nodes[node].Output].Bytes;

    /// <summary>
    /// A tensor is live from the cut after its writer to the cut before its last reader; results stay live to the
    /// end.
    /// </summary>
    public static ImmutableArray<ImmutableArray<int>> LiveTensors(NetworkCosts costs)
    {
        int nodeCount = costs.Nodes.Length;
        var firstCut = new int[costs.Tensors.Length];
        var lastCut = new int[costs.Tensors.Length];
        Array.Fill(lastCut, -1);
        for (int node = 0; node < nodeCount; node++)
        {
            firstCut[costs.Nodes[node].Output] = node + 1;
            foreach (int tensor in costs.Nodes[node].Inputs)
            {
                lastCut[tensor] = node;
            }
        }
        foreach (int tensor in costs.OutputTensors)
        {
            lastCut[tensor] = nodeCount;
        }
        var cuts = ImmutableArray.CreateBuilder<ImmutableArray<int>>(nodeCount + 1);
        cuts.Add(costs.InputTensors);
        for (int cut = 1; cut < nodeCount; cut++)
        {
            cuts.Add([.. Enumerable.Range(0, firstCut.Length).Where(t => firstCut[t] <= cut && cut <= lastCut[t])]);
        }
        cuts.Add(costs.OutputTensors);
        return cuts.MoveToImmutable();
    }

    private static void Check(NetworkCosts costs)
    {
        Require(costs.Nodes.Length > 0, "a network without nodes cannot be planned: compile the package again");
        var written = new bool[costs.Tensors.Length];
        foreach (int tensor in costs.InputTensors)
        {
            Require(tensor >= 0 && tensor < written.Length, $"input tensor {tensor} is not one of {written.Length}");
            written[tensor] = true;
        }
        for (int node = 0; node < costs.Nodes.Length; node++)
        {
            CheckNode(costs.Nodes[node], node, written);
        }
        foreach (int tensor in costs.OutputTensors)
        {
            Require(
                tensor >= 0 && tensor < written.Length && written[tensor], $"nothing writes output tensor {tensor}");
        }
        foreach (TensorCost tensor in costs.Tensors)
        {
            Require(tensor.Bytes is >= 0 and <= LargestFigure, $"a tensor of {tensor.Bytes} bytes is out of range");
        }
        Require(Ascending(costs.InputTensors) && Ascending(costs.OutputTensors),
            "the network's input and output tensors must be ascending");
    }

    private static void CheckNode(NodeCost cost, int node, bool[] written)
    {
        foreach (int tensor in cost.Inputs)
        {
            Require(tensor >= 0 && tensor < written.Length && written[tensor],
                $"node {node} reads tensor {tensor} before it is written: nodes must be in topological order");
        }
        Require(cost.Output >= 0 && cost.Output < written.Length && !written[cost.Output],
            $"node {node} writes tensor {cost.Output}, which is unknown or already written");
        written[cost.Output] = true;
        Require(
            cost.WeightBytes is >= 0 and <= LargestFigure,
            $"node {node}: {cost.WeightBytes} weight bytes are out of range");
        foreach (long time in cost.TimeNs.Values)
        {
            Require(time is >= 0 and <= LargestFigure, $"node {node}: a time of {time} ns is out of range");
        }
    }

    private static bool Ascending(ImmutableArray<int> tensors)
    {
        for (int index = 1; index < tensors.Length; index++)
        {
            if (tensors[index] <= tensors[index - 1])
            {
                return false;
            }
        }
        return true;
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new PlanningException(message);
        }
    }
}
