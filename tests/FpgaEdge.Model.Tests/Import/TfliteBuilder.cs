using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace FpgaEdge.Model.Tests.Import;

/// <summary>
/// Writes small TFLite files for tests: one subgraph, tensors by index, operators with option tables.
/// </summary>
internal sealed class TfliteBuilder
{
    private readonly List<Table> tensors = [];
    private readonly List<Table> buffers = [new Table()];
    private readonly List<Table> codes = [];
    private readonly List<Table> operators = [];

    /// <summary>Adds a tensor; returns its index. Type: 0 float32, 2 int32, 3 uint8, 9 int8.</summary>
    public int Tensor(int type, int[] dims, byte[]? data = null, float scale = 0, long zeroPoint = 0)
    {
        Table tensor = new Table().Vector(0, dims).Byte(1, type).Int(2, data is null ? 0 : buffers.Count);
        tensor.Text(3, $"t{tensors.Count}");
        if (scale != 0)
        {
            tensor.Child(4, new Table().Vector(2, [BitConverter.SingleToInt32Bits(scale)]).Longs(3, [zeroPoint]));
        }
        if (data is not null)
        {
            buffers.Add(new Table().Bytes(0, data));
        }
        tensors.Add(tensor);
        return tensors.Count - 1;
    }

    /// <summary>Adds a constant of int32 values.</summary>
    public int Ints(params int[] values)
    {
        byte[] data = new byte[values.Length * 4];
        Buffer.BlockCopy(values, 0, data, 0, data.Length);
        return Tensor(2, [values.Length], data);
    }

    /// <summary>Adds an operator.</summary>
    public TfliteBuilder Operator(int code, int[] inputs, int[] outputs, Table? options = null)
    {
        Table op = new Table().Int(0, codes.Count).Vector(1, inputs).Vector(2, outputs);
        codes.Add(new Table().Byte(0, Math.Min(code, 127)).Int(3, code));
        operators.Add(options is null ? op : op.Byte(3, 1).Child(4, options));
        return this;
    }

    /// <summary>The file.</summary>
    public byte[] Build(int[] inputs, int[] outputs)
    {
        Table graph = new Table()
            .Children(0, tensors).Vector(1, inputs).Vector(2, outputs).Children(3, operators).Text(4, "test");
        Table model = new Table().Int(0, 3).Children(1, codes).Children(2, [graph]).Children(4, buffers);
        List<byte> file = [0, 0, 0, 0, .. "TFL3"u8];
        int root = model.Write(file);
        BinaryPrimitives.WriteInt32LittleEndian(CollectionsMarshal.AsSpan(file), root);
        return [.. file];
    }

    /// <summary>A flatbuffer table: fields by number, written with their children behind them.</summary>
    public sealed class Table
    {
        private readonly SortedDictionary<int, Field> fields = [];

        public Table Byte(int field, int value) => Add(field, new Field([(byte)value], null));

        public Table Int(int field, int value) => Add(field, new Field(BitConverter.GetBytes(value), null));

        public Table Float(int field, float value) => Add(field, new Field(BitConverter.GetBytes(value), null));

        public Table Vector(int field, int[] values) =>
            AddVector(field, values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);

        public Table Longs(int field, long[] values) =>
            AddVector(field, values.Length, [.. values.SelectMany(BitConverter.GetBytes)]);

        public Table Bytes(int field, byte[] values) => AddVector(field, values.Length, values);

        public Table Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Table Child(int field, Table table) => Add(field, new Field(new byte[4], table.Write));

        public Table Children(int field, IReadOnlyList<Table> tables) => Add(field, new Field(new byte[4], file =>
        {
            int start = file.Count;
            file.AddRange(BitConverter.GetBytes(tables.Count));
            file.AddRange(new byte[4 * tables.Count]);
            for (int i = 0; i < tables.Count; i++)
            {
                Patch(file, start + 4 + (4 * i), tables[i].Write(file));
            }
            return start;
        }));

        /// <summary>Appends field table, table and children; returns where the table starts.</summary>
        public int Write(List<byte> file)
        {
            int count = fields.Count == 0 ? 0 : fields.Keys.Max() + 1;
            int vtable = file.Count;
            int size = 4 + fields.Values.Sum(field => field.Inline.Length);
            file.AddRange(BitConverter.GetBytes((ushort)(4 + (2 * count))));
            file.AddRange(BitConverter.GetBytes((ushort)size));
            file.AddRange(new byte[2 * count]);
            int table = file.Count;
            file.AddRange(BitConverter.GetBytes(table - vtable));
            List<(int At, Func<List<byte>, int> Write)> later = [];
            foreach ((int number, Field field) in fields)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(
                    CollectionsMarshal.AsSpan(file)[(vtable + 4 + (2 * number))..],
                    (ushort)(file.Count - table));
                if (field.Write is not null)
                {
                    later.Add((file.Count, field.Write));
                }
                file.AddRange(field.Inline);
            }
            foreach ((int at, Func<List<byte>, int> write) in later)
            {
                Patch(file, at, write(file));
            }
            return table;
        }

        private Table AddVector(int field, int count, byte[] content) => Add(field, new Field(new byte[4], file =>
        {
            int start = file.Count;
            file.AddRange(BitConverter.GetBytes(count));
            file.AddRange(content);
            return start;
        }));

        private Table Add(int number, Field field)
        {
            fields[number] = field;
            return this;
        }

        private static void Patch(List<byte> file, int at, int target) => BinaryPrimitives.WriteInt32LittleEndian(
            CollectionsMarshal.AsSpan(file)[at..], target - at);

        private sealed record Field(byte[] Inline, Func<List<byte>, int>? Write);
    }
}
