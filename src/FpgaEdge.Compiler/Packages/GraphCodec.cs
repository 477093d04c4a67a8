using FpgaEdge.Model;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Compiler.Packages;

/// <summary>The section with the integer graph: tensors, nodes in order, inputs, outputs.</summary>
internal static class GraphCodec
{
    private const int MinimumTensorBytes = 29;
    private const int MinimumNodeBytes = 13;

    public static byte[] Write(IntegerGraph graph)
    {
        var writer = new PackageWriter();
        writer.Text(graph.Name);
        writer.Boolean(graph.FinalSoftmax);
        writer.Int32s([.. graph.Inputs]);
        writer.Int32s([.. graph.Outputs]);
        writer.Int32(graph.Tensors.Count);
        foreach (IntegerTensor tensor in graph.Tensors)
        {
            WriteTensor(writer, tensor);
        }
        writer.Int32(graph.Nodes.Count);
        foreach (IntegerNode node in graph.Nodes)
        {
            NodeWriter.Write(writer, node);
        }
        return writer.ToArray();
    }

    public static IntegerGraph Read(ref PackageReader reader)
    {
        long start = reader.Offset;
        string name = reader.Text();
        bool finalSoftmax = reader.Boolean();
        int[] inputs = reader.Int32s();
        int[] outputs = reader.Int32s();
        var tensors = new IntegerTensor[reader.Count(MinimumTensorBytes)];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = ReadTensor(ref reader);
        }
        var nodes = new IntegerNode[reader.Count(MinimumNodeBytes)];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = NodeReader.Read(ref reader);
        }
        if (!reader.AtEnd)
        {
            throw new PackageFormatException(reader.Offset, "expected the end of the section, found more bytes");
        }
        var graph = new IntegerGraph
        {
            Name = name, FinalSoftmax = finalSoftmax, Tensors = tensors, Nodes = nodes, Inputs = inputs,
                Outputs = outputs,
        };
        Validate(graph, start);
        return graph;
    }

    private static void Validate(IntegerGraph graph, long start)
    {
        try
        {
            IntegerGraphValidator.Validate(graph);
        }
        catch (ModelFormatException e)
        {
            throw new PackageFormatException(start, $"the graph is not valid: {e.Message}");
        }
    }

    private static void WriteTensor(PackageWriter writer, IntegerTensor tensor)
    {
        writer.Text(tensor.Name);
        writer.Int32(tensor.Height);
        writer.Int32(tensor.Width);
        writer.Int32(tensor.Channels);
        writer.Byte((byte)tensor.Type);
        writer.Double(tensor.Scale);
        writer.Int32(tensor.ZeroPoint);
    }

    private static IntegerTensor ReadTensor(ref PackageReader reader) => new(
        reader.Text(), reader.Int32(), reader.Int32(), reader.Int32(),
        (IntegerType)reader.Limited(reader.Byte(), (byte)IntegerType.Int32, "an element type"), reader.Double(),
            reader.Int32());
}
