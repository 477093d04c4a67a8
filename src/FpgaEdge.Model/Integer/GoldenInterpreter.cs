using System.Buffers.Binary;

namespace FpgaEdge.Model.Integer;

/// <summary>
/// The definition of every integer result: one plain loop per node kind, element by element, nothing fused, nothing
/// vectorised. Whatever else computes a network (kernels, simulator, gateware, many boards) is right when it gives
/// these bytes.
/// </summary>
/// <remarks>
/// Graphs that come from outside must pass <see cref="IntegerGraphValidator.Validate"/> first; on an invalid graph the
/// behaviour is an exception of some kind.
/// </remarks>
public static partial class GoldenInterpreter
{
    /// <summary>Runs the whole network on one frame.</summary>
    /// <param name="graph">A valid graph.</param>
    /// <param name="inputs">One buffer per <see cref="IntegerGraph.Inputs"/> entry, of exactly the tensor's byte
    /// count.</param>
    /// <returns>One buffer per <see cref="IntegerGraph.Outputs"/> entry.</returns>
    /// <exception cref="ModelFormatException">The inputs do not fit the graph.</exception>
    public static IReadOnlyList<byte[]> Run(IntegerGraph graph, IReadOnlyList<byte[]> inputs)
    {
        byte[]?[] tensors = PlaceInputs(graph, inputs);
        RunRange(graph, 0, graph.Nodes.Count, tensors);
        return graph.Outputs.Select(index => tensors[index]!).ToArray();
    }

    /// <summary>
    /// Runs nodes [firstNode, lastNode) on tensors that are already there and leaves every tensor they write in place.
    /// </summary>
    /// <param name="graph">A valid graph.</param>
    /// <param name="firstNode">Index of the first node.</param>
    /// <param name="lastNode">One past the last node.</param>
    /// <param name="tensors">One slot per tensor of the graph; those that the range reads and does not write are
    /// filled.</param>
    /// <exception cref="ModelFormatException">A tensor that the range reads is missing or has the wrong
    /// length.</exception>
    public static void RunRange(IntegerGraph graph, int firstNode, int lastNode, byte[]?[] tensors)
    {
        for (int index = firstNode; index < lastNode; index++)
        {
            IntegerNode node = graph.Nodes[index];
            foreach (int input in node.Inputs)
            {
                RequireTensor(graph, node, input, tensors[input]);
            }
            tensors[node.Output] = RunNode(graph, node, tensors);
        }
    }

    /// <summary>One slot per tensor, the graph's inputs filled.</summary>
    /// <exception cref="ModelFormatException">The inputs do not fit the graph.</exception>
    public static byte[]?[] PlaceInputs(IntegerGraph graph, IReadOnlyList<byte[]> inputs)
    {
        if (inputs.Count != graph.Inputs.Count)
        {
            throw new ModelFormatException(
                $"network {graph.Name} takes {graph.Inputs.Count} inputs, {inputs.Count} were given");
        }
        var tensors = new byte[]?[graph.Tensors.Count];
        for (int i = 0; i < inputs.Count; i++)
        {
            IntegerTensor tensor = graph.Tensors[graph.Inputs[i]];
            if (inputs[i].Length != tensor.ByteCount)
            {
                throw new ModelFormatException($"input {tensor.Name} takes {tensor.ByteCount} bytes " +
                    $"({tensor.Height} × {tensor.Width} × {tensor.Channels} {tensor.Type}), " +
                    $"{inputs[i].Length} were given");
            }
            tensors[graph.Inputs[i]] = inputs[i];
        }
        return tensors;
    }

    private static void RequireTensor(IntegerGraph graph, IntegerNode node, int index, byte[]? bytes)
    {
        IntegerTensor tensor = graph.Tensors[index];
        if (bytes is null || bytes.Length != tensor.ByteCount)
        {
            throw new ModelFormatException(
                $"node {node.Name} reads tensor {index} ({tensor.Name}, {tensor.ByteCount} bytes), " +
                (bytes is null ? "which has not been computed" : $"which has {bytes.Length} bytes"));
        }
    }

    private static byte[] RunNode(IntegerGraph graph, IntegerNode node, byte[]?[] tensors)
    {
        var output = new Operand(graph.Tensors[node.Output], new byte[graph.Tensors[node.Output].ByteCount]);
        Operand[] inputs = node.Inputs.Select(i => new Operand(graph.Tensors[i], tensors[i]!)).ToArray();
        switch (node)
        {
            case ConvolutionNode convolution: Convolve(convolution, inputs[0], output); break;
            case PoolNode pool: Pool(pool, inputs[0], output); break;
            case AddNode or TfliteAddNode or RealAddNode or MultiplyNode:
                Combine(node, inputs[0], inputs[1], output);
                break;
            case PairLookupNode lookup: LookUp(lookup, inputs[0], inputs[1], output); break;
            case ConcatNode: Concatenate(inputs, output); break;
            case LookupNode lookup: LookUp(lookup, inputs[0], output); break;
            case ReshapeNode: inputs[0].Bytes.CopyTo(output.Bytes, 0); break;
            case SliceNode slice: Slice(slice, inputs[0], output); break;
            case TransposeNode transpose: Transpose(transpose, inputs[0], output); break;
            case SoftmaxNode softmax: Softmax(softmax, inputs[0], output); break;
            default: throw new ModelFormatException($"node {node.Name} has the unknown kind {node.GetType().Name}");
        }
        return output.Bytes;
    }

    /// <summary>A tensor and its bytes, read and written as integers.</summary>
    private sealed record Operand(IntegerTensor Tensor, byte[] Bytes)
    {
        public int Height => Tensor.Height;

        public int Width => Tensor.Width;

        public int Channels => Tensor.Channels;

        public int ZeroPoint => Tensor.ZeroPoint;

        public int Count => Tensor.ElementCount;

        public int this[int index]
        {
            get => Tensor.Type switch
            {
                IntegerType.Int8 => (sbyte)Bytes[index],
                IntegerType.UInt8 => Bytes[index],
                _ => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(index * 4)),
            };
            set
            {
                if (Tensor.Type == IntegerType.Int32)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(Bytes.AsSpan(index * 4), value);
                }
                else
                {
                    Bytes[index] = unchecked((byte)value);
                }
            }
        }

        public int this[int y, int x, int c]
        {
            get => this[Offset(y, x, c)];
            set => this[Offset(y, x, c)] = value;
        }

        public bool Contains(int y, int x) => y >= 0 && y < Height && x >= 0 && x < Width;

        private int Offset(int y, int x, int c) => (((y * Width) + x) * Channels) + c;
    }
}
