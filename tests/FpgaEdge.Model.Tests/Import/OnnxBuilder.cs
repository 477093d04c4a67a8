using System.Text;

namespace FpgaEdge.Model.Tests.Import;

/// <summary>Writes small ONNX files for tests, field by field, so that tests need no stored models.</summary>
internal sealed class OnnxBuilder
{
    private readonly Message graph = new();

    /// <summary>Operator set that the file declares.</summary>
    public int Opset { get; init; } = 13;

    /// <summary>Adds a float input.</summary>
    public OnnxBuilder Input(string name, params int[] dims) => Value(11, name, dims);

    /// <summary>Adds a float output.</summary>
    public OnnxBuilder Output(string name, params int[] dims) => Value(12, name, dims);

    /// <summary>Adds a float initializer as raw data.</summary>
    public OnnxBuilder Constant(string name, float[] values, params int[] dims)
    {
        byte[] raw = new byte[values.Length * 4];
        Buffer.BlockCopy(values, 0, raw, 0, raw.Length);
        return Initializer(name, 1, raw, dims);
    }

    /// <summary>Adds an int64 initializer as raw data.</summary>
    public OnnxBuilder Constant(string name, params long[] values)
    {
        byte[] raw = new byte[values.Length * 8];
        Buffer.BlockCopy(values, 0, raw, 0, raw.Length);
        return Initializer(name, 7, raw, values.Length);
    }

    /// <summary>Adds a node with integer-list attributes.</summary>
    public OnnxBuilder Node(
        string op,
        string[] inputs,
        string[] outputs,
        string domain = "",
        params (string Name, long[] Values)[] attributes)
    {
        Message node = new();
        foreach (string input in inputs)
        {
            node.Text(1, input);
        }
        foreach (string output in outputs)
        {
            node.Text(2, output);
        }
        node.Text(4, op);
        foreach ((string name, long[] values) in attributes)
        {
            Message attribute = new();
            attribute.Text(1, name);
            if (values.Length == 1)
            {
                attribute.Varint(3, values[0]).Varint(20, 2);
            }
            else
            {
                foreach (long value in values)
                {
                    attribute.Varint(8, value);
                }
                attribute.Varint(20, 7);
            }
            node.Nested(5, attribute);
        }
        if (domain.Length > 0)
        {
            node.Text(7, domain);
        }
        graph.Nested(1, node);
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Build()
    {
        Message opset = new Message().Text(1, "").Varint(2, Opset);
        return new Message().Varint(1, 8).Nested(7, graph.Text(2, "test")).Nested(8, opset).ToArray();
    }

    private OnnxBuilder Initializer(string name, int type, byte[] raw, params int[] dims)
    {
        Message tensor = new();
        foreach (int dim in dims)
        {
            tensor.Varint(1, dim);
        }
        graph.Nested(5, tensor.Varint(2, type).Text(8, name).Bytes(9, raw));
        return this;
    }

    private OnnxBuilder Value(int field, string name, int[] dims)
    {
        Message shape = new();
        foreach (int dim in dims)
        {
            shape.Nested(1, new Message().Varint(1, dim));
        }
        Message tensor = new Message().Varint(1, 1).Nested(2, shape);
        graph.Nested(field, new Message().Text(1, name).Nested(2, new Message().Nested(1, tensor)));
        return this;
    }

    /// <summary>One protobuf message in the making.</summary>
    public sealed class Message
    {
        private readonly List<byte> bytes = [];

        public byte[] ToArray() => [.. bytes];

        public Message Varint(int field, long value)
        {
            Raw((ulong)field << 3);
            Raw((ulong)value);
            return this;
        }

        public Message Bytes(int field, byte[] value)
        {
            Raw(((ulong)field << 3) | 2);
            Raw((ulong)value.Length);
            bytes.AddRange(value);
            return this;
        }

        public Message Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Message Nested(int field, Message value) => Bytes(field, value.ToArray());

        private void Raw(ulong value)
        {
            while (value >= 0x80)
            {
                bytes.Add((byte)(value | 0x80));
                value >>= 7;
            }
            bytes.Add((byte)value);
        }
    }
}
