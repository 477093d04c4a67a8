using System.Runtime.InteropServices;

namespace FpgaEdge.Model.Onnx;

/// <summary>
/// Reads an ONNX ModelProto into a <see cref="Graph"/>. Only the fields that matter for inference are kept; field
/// numbers are those of the public <c>onnx.proto</c>.
/// </summary>
internal sealed class OnnxReader
{
    private readonly string file;
    private readonly Dictionary<string, long> opsets = [];
    private readonly List<RawNode> nodes = [];
    private readonly Dictionary<string, Tensor> initializers = [];
    private readonly List<TensorInfo> inputs = [];
    private readonly List<TensorInfo> outputs = [];
    private string graphName = "";

    private OnnxReader(string file) => this.file = file;

    /// <summary>The graph in <paramref name="bytes"/>; <paramref name="file"/> names it in error messages.</summary>
    public static Graph Read(ReadOnlySpan<byte> bytes, string file)
    {
        OnnxReader reader = new(file);
        reader.ReadModel(new ProtobufReader(bytes, file, "ModelProto", 0));
        return reader.Build();
    }

    private void ReadModel(ProtobufReader reader)
    {
        bool hasGraph = false;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 7 when !hasGraph:
                    ReadGraph(reader.Message("GraphProto"));
                    hasGraph = true;
                    break;
                case 7:
                    throw reader.Error("one graph", "a second one");
                case 8:
                    ReadOpset(reader.Message("OperatorSetIdProto"));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (!hasGraph || opsets.Count == 0)
        {
            throw reader.Error("a graph and the operator sets it uses", hasGraph ? "no operator set" : "no graph");
        }
    }

    private void ReadOpset(ProtobufReader reader)
    {
        string domain = "";
        long version = 1;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: domain = reader.Text(); break;
                case 2: version = reader.Varint(); break;
                default: reader.Skip(); break;
            }
        }
        opsets[Domain(domain)] = version;
    }

    private void ReadGraph(ProtobufReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: nodes.Add(ReadNode(reader.Message("NodeProto"))); break;
                case 2: graphName = reader.Text(); break;
                case 5:
                    (string name, Tensor tensor) = OnnxTensorReader.Read(reader.Message("TensorProto"));
                    initializers[name] = tensor;
                    break;
                case 11: inputs.Add(ReadValueInfo(reader.Message("ValueInfoProto"))); break;
                case 12: outputs.Add(ReadValueInfo(reader.Message("ValueInfoProto"))); break;
                case 15: throw reader.Error("dense initializers", "a sparse one");
                default: reader.Skip(); break;
            }
        }
    }

    private static RawNode ReadNode(ProtobufReader reader)
    {
        RawNode node = new();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: node.Inputs.Add(reader.Text()); break;
                case 2: node.Outputs.Add(reader.Text()); break;
                case 3: node.Name = reader.Text(); break;
                case 4: node.Operator = reader.Text(); break;
                case 5:
                    (string name, AttributeValue value) = ReadAttribute(reader.Message("AttributeProto"));
                    node.Attributes[name] = value;
                    break;
                case 7: node.Domain = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }
        return node;
    }

    private static (string Name, AttributeValue Value) ReadAttribute(ProtobufReader reader)
    {
        string name = "";
        int type = 0;
        AttributeValue? value = null;
        List<long> ints = [];
        List<float> floats = [];
        List<string> strings = [];
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.Text(); break;
                case 2: value = AttributeValue.Of(reader.Float()); break;
                case 3: value = AttributeValue.Of(reader.Varint()); break;
                case 4: value = AttributeValue.Of(reader.Text()); break;
                case 5: value = AttributeValue.Of(OnnxTensorReader.Read(reader.Message("TensorProto")).Tensor); break;
                case 7: reader.Floats(floats); break;
                case 8: reader.Varints(ints); break;
                case 9: strings.Add(reader.Text()); break;
                case 20: type = reader.Int32(); break;
                default: reader.Skip(); break;
            }
        }
        // Zero values and empty lists are not on the wire, so the declared type decides when nothing was found.
        return (name, type switch
        {
            1 => value ?? AttributeValue.Of(0f),
            2 => value ?? AttributeValue.Of(0L),
            3 => value ?? AttributeValue.Of(""),
            6 => AttributeValue.Of(floats.ToArray()),
            7 => AttributeValue.Of(ints.ToArray()),
            8 => AttributeValue.Of(strings.ToArray()),
            _ => value
                ?? (ints.Count > 0 ? AttributeValue.Of(ints.ToArray())
                : floats.Count > 0 ? AttributeValue.Of(floats.ToArray())
                : AttributeValue.Other($"attribute type {type}")),
        });
    }

    private static TensorInfo ReadValueInfo(ProtobufReader reader)
    {
        string name = "";
        TensorInfo? info = null;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = reader.Text(); break;
                case 2: info = ReadType(reader.Message("TypeProto")); break;
                default: reader.Skip(); break;
            }
        }
        return new TensorInfo(name, info?.Type ?? ElementType.Float32, info is null ? [] : info.Dims);
    }

    private static TensorInfo ReadType(ProtobufReader reader)
    {
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                return ReadTensorType(reader.Message("TypeProto.Tensor"));
            }
            reader.Skip();
        }
        throw reader.Error("a tensor type", "another type");
    }

    private static TensorInfo ReadTensorType(ProtobufReader reader)
    {
        int type = 0;
        List<int> dims = [];
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = reader.Int32(); break;
                case 2: ReadShape(reader.Message("TensorShapeProto"), dims); break;
                default: reader.Skip(); break;
            }
        }
        ElementType element = OnnxTensorReader.ElementTypeOf(type)
            ?? throw reader.Error("a numeric element type", $"type {type}");
        return new TensorInfo("", element, CollectionsMarshal.AsSpan(dims));
    }

    private static void ReadShape(ProtobufReader reader, List<int> dims)
    {
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                dims.Add(ReadDimension(reader.Message("TensorShapeProto.Dimension")));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static int ReadDimension(ProtobufReader reader)
    {
        int dim = -1;
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                long value = reader.Varint();
                // Exporters write 0 and negative numbers for an open extent.
                dim = value is > 0 and <= int.MaxValue ? (int)value : -1;
            }
            else
            {
                reader.Skip();
            }
        }
        return dim;
    }

    private Graph Build()
    {
        // Before IR version 4 every initializer was also listed as an input.
        inputs.RemoveAll(input => initializers.ContainsKey(input.Name));
        List<GraphNode> built = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            RawNode node = nodes[i];
            string domain = Domain(node.Domain);
            long version = opsets.TryGetValue(domain, out long value) ? value : 1;
            built.Add(new GraphNode
            {
                Name = node.Name.Length > 0 ? node.Name : $"{node.Operator}_{i}",
                Operator = node.Operator,
                Domain = domain,
                Version = (int)Math.Clamp(version, 0, int.MaxValue),
                Inputs = node.Inputs,
                Outputs = node.Outputs,
                Attributes = node.Attributes,
            });
        }
        return new Graph
        {
            Name = graphName.Length > 0 ? graphName : file,
            Format = ModelFormat.Onnx,
            Inputs = inputs,
            Outputs = outputs,
            Nodes = GraphOrder.Sort(file, built, inputs, outputs, initializers),
            Initializers = initializers,
        };
    }

    private static string Domain(string domain) => domain == "ai.onnx" ? GraphNode.OnnxDomain : domain;

    private sealed class RawNode
    {
        public string Name { get; set; } = "";

        public string Operator { get; set; } = "";

        public string Domain { get; set; } = "";

        public List<string> Inputs { get; } = [];

        public List<string> Outputs { get; } = [];

        public Dictionary<string, AttributeValue> Attributes { get; } = [];
    }
}
