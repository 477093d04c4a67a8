namespace FpgaEdge.Model.Tflite;

/// <summary>
/// Reads a TFLite file (flatbuffer schema version 3): tensors, their constants and quantisation, operators. The first
/// subgraph is the network.
/// </summary>
internal static class TfliteReader
{
    private const int MaxRank = 8;
    private const int CustomOperator = 32;

    /// <summary>True when the file identifier of TFLite stands at offset 4.</summary>
    public static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.Length >= 8 && bytes[4..8].SequenceEqual("TFL3"u8);

    /// <summary>The graph in <paramref name="bytes"/>; <paramref name="file"/> names it in error messages.</summary>
    public static Graph Read(ReadOnlySpan<byte> bytes, string file)
    {
        FlatTable model = new FlatBuffer(bytes, file).Root();
        if (model.Int(0, "Model.version") != 3)
        {
            throw model.Error("Model.version", "3", $"{model.Int(0, "Model.version")}");
        }
        FlatTable[] subgraphs = model.Tables(2, "Model.subgraphs");
        if (subgraphs.Length == 0)
        {
            throw model.Error("Model.subgraphs", "at least one", "none");
        }
        FlatTable subgraph = subgraphs[0];
        TfliteTensor[] tensors = ReadTensors(subgraph, model.Tables(4, "Model.buffers"));
        TfliteOperator[] operators = ReadOperators(subgraph, model.Tables(1, "Model.operator_codes"), tensors.Length);
        int[] inputs = ReadIndices(subgraph, 1, "SubGraph.inputs", tensors.Length, allowOmitted: false);
        int[] outputs = ReadIndices(subgraph, 2, "SubGraph.outputs", tensors.Length, allowOmitted: false);
        string name = subgraph.Text(4, "SubGraph.name");
        return new TfliteImporter(file, tensors).Import(name.Length > 0 ? name : file, inputs, outputs, operators);
    }

    private static TfliteTensor[] ReadTensors(FlatTable subgraph, FlatTable[] buffers)
    {
        FlatTable[] tables = subgraph.Tables(0, "SubGraph.tensors");
        TfliteTensor[] tensors = new TfliteTensor[tables.Length];
        HashSet<string> names = [""];
        for (int i = 0; i < tables.Length; i++)
        {
            string name = tables[i].Text(3, "Tensor.name");
            if (!names.Add(name))
            {
                name = $"{name}#{i}";
                names.Add(name);
            }
            tensors[i] = ReadTensor(tables[i], name, buffers);
        }
        return tensors;
    }

    private static TfliteTensor ReadTensor(FlatTable table, string name, FlatTable[] buffers)
    {
        ElementType type = ReadType(table);
        int[] dims = table.Ints(0, "Tensor.shape");
        int length = Tensor.TryCountElements(dims);
        if (dims.Length > MaxRank || length < 0)
        {
            throw table.Error(
                "Tensor.shape", $"at most {MaxRank} dimensions and {Tensor.MaxElements} elements",
                dims.Length > MaxRank ? $"{dims.Length} dimensions" : Tensor.FormatDims(dims));
        }
        int buffer = table.Int(2, "Tensor.buffer");
        if (buffer < 0 || buffer >= Math.Max(buffers.Length, 1))
        {
            throw table.Error("Tensor.buffer", $"a buffer below {buffers.Length}", $"{buffer}");
        }
        ReadOnlySpan<byte> data = buffer > 0 ? buffers[buffer].Bytes(0, "Buffer.data") : [];
        if (data.Length > 0 && data.Length != (long)length * type.SizeBytes())
        {
            throw table.Error(
                "Buffer.data", $"{(long)length * type.SizeBytes()} bytes for {type} {Tensor.FormatDims(dims)}",
                $"{data.Length} in tensor '{name}'");
        }
        return new TfliteTensor
        {
            Name = name,
            Type = type,
            Dims = dims,
            Data = data.Length > 0 ? Tensor.FromLittleEndian(type, dims, data) : null,
            Quantization = ReadQuantization(table, dims),
        };
    }

    private static ElementType ReadType(FlatTable table) => table.Byte(1, "Tensor.type") switch
    {
        0 => ElementType.Float32,
        1 => ElementType.Float16,
        2 => ElementType.Int32,
        3 => ElementType.UInt8,
        4 => ElementType.Int64,
        6 => ElementType.Bool,
        7 => ElementType.Int16,
        9 => ElementType.Int8,
        10 => ElementType.Double,
        12 => ElementType.UInt64,
        15 => ElementType.UInt32,
        16 => ElementType.UInt16,
        int type => throw table.Error("Tensor.type", "a numeric type", $"type {type}"),
    };

    private static QuantizationParameters? ReadQuantization(FlatTable tensor, int[] dims)
    {
        if (tensor.Table(4, "Tensor.quantization") is not { } table)
        {
            return null;
        }
        int[] scaleBits = table.Ints(2, "QuantizationParameters.scale");
        if (scaleBits.Length == 0)
        {
            return null;
        }
        float[] scales = Array.ConvertAll(scaleBits, BitConverter.Int32BitsToSingle);
        long[] zeroPoints = table.Longs(3, "QuantizationParameters.zero_point");
        int axis = table.Int(6, "QuantizationParameters.quantized_dimension");
        if (zeroPoints.Length == 0)
        {
            zeroPoints = new long[scales.Length];
        }
        bool perAxis = scales.Length > 1;
        if (zeroPoints.Length != scales.Length
            || (perAxis && (axis < 0 || axis >= dims.Length || dims[axis] != scales.Length)))
        {
            throw table.Error(
                "QuantizationParameters", "one scale and zero point per tensor or per slice",
                $"{scales.Length} scales, {zeroPoints.Length} zero points, axis {axis} of {Tensor.FormatDims(dims)}");
        }
        if (Array.Exists(scales, scale => !float.IsFinite(scale) || scale < 0)
            || Array.Exists(zeroPoints, zero => zero is < short.MinValue or > ushort.MaxValue))
        {
            throw table.Error(
                "QuantizationParameters", "finite scales of 0 or more and zero points in range", "another value");
        }
        return new QuantizationParameters(scales, Array.ConvertAll(zeroPoints, zero => (int)zero), axis);
    }

    private static TfliteOperator[] ReadOperators(FlatTable subgraph, FlatTable[] codes, int tensorCount)
    {
        FlatTable[] tables = subgraph.Tables(3, "SubGraph.operators");
        TfliteOperator[] operators = new TfliteOperator[tables.Length];
        for (int i = 0; i < tables.Length; i++)
        {
            FlatTable table = tables[i];
            int index = table.Int(0, "Operator.opcode_index");
            if (index < 0 || index >= codes.Length)
            {
                throw table.Error("Operator.opcode_index", $"an index below {codes.Length}", $"{index}");
            }
            FlatTable code = codes[index];
            // Old files have only the 8-bit field; new ones fill both, and the 32-bit one has the numbers above 127.
            int builtin = Math.Max(code.Byte(0, "OperatorCode.code"), code.Int(3, "OperatorCode.builtin_code"));
            operators[i] = new TfliteOperator(
                builtin,
                builtin == CustomOperator ? code.Text(1, "OperatorCode.custom_code") : "",
                code.Int(2, "OperatorCode.version", 1),
                ReadIndices(table, 1, "Operator.inputs", tensorCount, allowOmitted: true),
                ReadIndices(table, 2, "Operator.outputs", tensorCount, allowOmitted: false),
                table.Table(4, "Operator.builtin_options"));
        }
        return operators;
    }

    private static int[] ReadIndices(FlatTable table, int field, string name, int count, bool allowOmitted)
    {
        int[] indices = table.Ints(field, name);
        foreach (int index in indices)
        {
            if (index >= count || index < (allowOmitted ? -1 : 0))
            {
                throw table.Error(name, $"tensor indices below {count}", $"{index}");
            }
        }
        return indices;
    }
}
