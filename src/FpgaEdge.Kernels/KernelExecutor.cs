using FpgaEdge.Model;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Kernels;

/// <summary>
/// Runs nodes of an integer graph on this processor, byte for byte as <see cref="GoldenInterpreter"/> would. Weights
/// are packed when a node first runs and kept; after that no call allocates. One executor serves one thread at a time.
/// </summary>
public sealed class KernelExecutor
{
    private readonly KernelInstructions instructions;
    private readonly PackedConvolution?[] convolutions;
    private readonly byte[]?[] pairTables;
    private readonly int[] rows;
    private short[] scratch = [];

    /// <summary>An executor for one graph.</summary>
    /// <param name="graph">A valid graph (see <see cref="IntegerGraphValidator"/>).</param>
    /// <param name="instructions">A supported instruction set; null for the best.</param>
    public KernelExecutor(IntegerGraph graph, KernelInstructions? instructions = null)
    {
        Graph = graph;
        this.instructions = instructions ?? KernelInstructionSets.Best;
        convolutions = new PackedConvolution?[graph.Nodes.Count];
        pairTables = new byte[]?[graph.Nodes.Count];
        rows = new int[2 * graph.Tensors.Max(tensor => tensor.Channels)];
    }

    /// <summary>The graph.</summary>
    public IntegerGraph Graph { get; }

    /// <summary>Runs a whole network once; keep an executor instead when there are many frames.</summary>
    public static IReadOnlyList<byte[]> Run(IntegerGraph graph, IReadOnlyList<byte[]> inputs) =>
        new KernelExecutor(graph).Run(inputs);

    /// <summary>Runs the whole network on one frame.</summary>
    /// <param name="inputs">One buffer per graph input.</param>
    /// <returns>One buffer per graph output.</returns>
    /// <exception cref="ModelFormatException">The inputs do not fit the graph.</exception>
    public IReadOnlyList<byte[]> Run(IReadOnlyList<byte[]> inputs)
    {
        byte[]?[] tensors = GoldenInterpreter.PlaceInputs(Graph, inputs);
        RunRange(0, Graph.Nodes.Count, tensors);
        return Graph.Outputs.Select(index => tensors[index]!).ToArray();
    }

    /// <summary>Runs nodes [firstNode, lastNode); output tensors that have no buffer yet get one.</summary>
    /// <exception cref="ModelFormatException">A tensor that the range reads is missing or has the wrong
    /// length.</exception>
    public void RunRange(int firstNode, int lastNode, byte[]?[] tensors)
    {
        for (int node = firstNode; node < lastNode; node++)
        {
            Execute(node, tensors);
        }
    }

    /// <summary>Runs one node on the tensors of a frame; its output gets a buffer when it has none.</summary>
    /// <param name="node">Index of the node.</param>
    /// <param name="tensors">One slot per tensor of the graph.</param>
    /// <exception cref="ModelFormatException">A tensor that the node reads is missing or has the wrong
    /// length.</exception>
    public void Execute(int node, byte[]?[] tensors)
    {
        IntegerNode operation = Graph.Nodes[node];
        byte[] output = tensors[operation.Output] ??= new byte[Graph.Tensors[operation.Output].ByteCount];
        Require(operation.Output, output);
        if (operation is ConcatNode)
        {
            Concatenate(operation, tensors, output);
            return;
        }
        byte[] first = Require(operation.Inputs[0], tensors[operation.Inputs[0]]);
        byte[] second = operation.Inputs.Count > 1 ? Require(operation.Inputs[1], tensors[operation.Inputs[1]]) : [];
        Execute(node, first, second, output);
    }

    /// <summary>Runs one node with one or two inputs; anything but a <see cref="ConcatNode"/>.</summary>
    /// <param name="node">Index of the node.</param>
    /// <param name="first">Bytes of its first input.</param>
    /// <param name="second">Bytes of its second input, or empty.</param>
    /// <param name="output">Bytes of its output; all are written.</param>
    public void Execute(int node, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        IntegerNode operation = Graph.Nodes[node];
        IntegerTensor from = Graph.Tensors[operation.Inputs[0]];
        IntegerTensor to = Graph.Tensors[operation.Output];
        switch (operation)
        {
            case ConvolutionNode: Convolve(node, first, output); break;
            case PoolNode pool: PoolKernel.Execute(pool, from, to, first, output, rows); break;
            case AddNode or TfliteAddNode or RealAddNode or MultiplyNode:
                ElementKernels.Combine(PairTable(node), first, second, output);
                break;
            case PairLookupNode pair: ElementKernels.Combine(pair.Table, first, second, output); break;
            case LookupNode lookup: ElementKernels.LookUp(lookup, from, first, output); break;
            case ReshapeNode: first.CopyTo(output); break;
            case SliceNode slice: ElementKernels.Slice(slice, from, to, first, output); break;
            case TransposeNode transpose: ElementKernels.Transpose(transpose, from, to, first, output); break;
            case SoftmaxNode softmax:
                ElementKernels.Softmax(softmax, from, to, first, output, rows, rows.AsSpan(rows.Length / 2));
                break;
            default: throw new ModelFormatException(
                $"node {operation.Name} of kind {operation.GetType().Name} has no kernel for two inputs");
        }
    }

    private void Convolve(int node, ReadOnlySpan<byte> input, Span<byte> output)
    {
        PackedConvolution? packed = convolutions[node];
        if (packed is null)
        {
            var operation = (ConvolutionNode)Graph.Nodes[node];
            packed = convolutions[node] = new PackedConvolution(
                operation, Graph.Tensors[operation.Inputs[0]], Graph.Tensors[operation.Output], instructions);
            if (scratch.Length < packed.ScratchLength)
            {
                scratch = new short[packed.ScratchLength];
            }
        }
        packed.Execute(input, output, scratch);
    }

    private byte[] PairTable(int node)
    {
        IntegerNode operation = Graph.Nodes[node];
        return pairTables[node] ??= ElementKernels.PairTable(operation, Graph.Tensors[operation.Inputs[0]],
            Graph.Tensors[operation.Inputs[1]], Graph.Tensors[operation.Output]);
    }

    private void Concatenate(IntegerNode node, byte[]?[] tensors, byte[] output)
    {
        IntegerTensor to = Graph.Tensors[node.Output];
        int size = to.ByteCount / to.ElementCount;
        int offset = 0;
        foreach (int input in node.Inputs)
        {
            int bytes = Graph.Tensors[input].Channels * size;
            ElementKernels.Place(Require(input, tensors[input]), bytes, output, to.Channels * size, offset);
            offset += bytes;
        }
    }

    private byte[] Require(int index, byte[]? bytes)
    {
        IntegerTensor tensor = Graph.Tensors[index];
        return bytes?.Length == tensor.ByteCount ? bytes : throw new ModelFormatException(
            $"tensor {index} ({tensor.Name}) takes {tensor.ByteCount} bytes, " +
            (bytes is null ? "it has not been computed" : $"{bytes.Length} were given"));
    }
}
