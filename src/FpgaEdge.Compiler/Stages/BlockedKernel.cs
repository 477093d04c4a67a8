using FpgaEdge.Compiler.Lowering;
using FpgaEdge.Kernels;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Compiler.Stages;

/// <summary>
/// A node that the cores run on blocked activations in the DMA window, so that no layout changes. Element-wise nodes do
/// not care about order; pooling sees each channel block as an image of its own. What they compute from padding
/// channels nobody reads.
/// </summary>
internal sealed class BlockedKernel
{
    private readonly KernelExecutor kernels;
    private readonly int pieces;

    /// <summary>Prepares a node that <see cref="Supports"/>.</summary>
    public BlockedKernel(IntegerGraph graph, IntegerNode node, VtaConfiguration configuration)
    {
        int output = node.Inputs.Count;
        var layout = new BlockedLayout(graph.Tensors[node.Inputs[0]], configuration);
        bool pool = node is PoolNode;
        pieces = pool ? layout.Blocks : 1;
        IntegerTensor Blocked(int tensor) => graph.Tensors[tensor] with
        {
            Height = graph.Tensors[tensor].Height * (pool ? 1 : layout.Blocks),
            Channels = layout.LineBytes,
        };
        kernels = new KernelExecutor(new IntegerGraph
        {
            Name = node.Name,
            Tensors = [.. node.Inputs.Select(Blocked), Blocked(node.Output)],
            Nodes = [node with { Inputs = [.. Enumerable.Range(0, output)], Output = output }],
            Inputs = [.. Enumerable.Range(0, output)],
            Outputs = [output],
        });
    }

    /// <summary>Whether a node can run on blocked activations.</summary>
    public static bool Supports(IntegerGraph graph, IntegerNode node)
    {
        bool elementwise = node is AddNode or TfliteAddNode or RealAddNode or MultiplyNode or PairLookupNode or LookupNode;
        IntegerTensor output = graph.Tensors[node.Output];
        return (elementwise || node is PoolNode) && output.Type == IntegerType.Int8 && node.Inputs.All(input =>
            graph.Tensors[input].Type == IntegerType.Int8 &&
            (!elementwise || (graph.Tensors[input].ElementCount == output.ElementCount &&
                graph.Tensors[input].Channels == output.Channels)));
    }

    /// <summary>Computes the node.</summary>
    /// <param name="window">The DMA window.</param>
    /// <param name="first">Byte offset of the first input.</param>
    /// <param name="second">Byte offset of the second input; ignored when there is none.</param>
    /// <param name="output">Byte offset of the output.</param>
    public void Execute(Span<byte> window, int first, int second, int output)
    {
        IReadOnlyList<IntegerTensor> tensors = kernels.Graph.Tensors;
        int inputBytes = tensors[0].ByteCount;
        int outputBytes = tensors[^1].ByteCount;
        for (int piece = 0; piece < pieces; piece++)
        {
            kernels.Execute(0,
                window.Slice(first + (piece * inputBytes), inputBytes),
                tensors.Count > 2 ? window.Slice(second + (piece * inputBytes), inputBytes) : [],
                window.Slice(output + (piece * outputBytes), outputBytes));
        }
    }
}
