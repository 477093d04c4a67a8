namespace FpgaEdge.Model.Reference;

/// <summary>Operators about constants, shapes and element types.</summary>
internal static class ShapeOperators
{
    /// <summary>ONNX Constant in its numeric forms.</summary>
    public static void Constant(OperatorContext context)
    {
        GraphNode node = context.Node;
        Tensor? value = node.TensorAttribute("value")
            ?? (node.Attributes.ContainsKey("value_float") ? Tensor.Scalar(node.Float("value_float", 0))
            : node.Attributes.ContainsKey("value_int") ? Tensor.Scalar(node.Int("value_int", 0))
            : node.Ints("value_ints") is { } ints ? Tensor.Vector<long>([.. ints])
            : node.Floats("value_floats") is { } floats ? Tensor.Vector<float>([.. floats])
            : null);
        context.Set(0, value ?? throw context.Error("a numeric value", "none"));
    }

    /// <summary>ONNX ConstantOfShape: one value, by default the float 0.</summary>
    public static void ConstantOfShape(OperatorContext context)
    {
        Tensor value = context.Node.TensorAttribute("value") ?? Tensor.Vector(0f);
        int[] dims = Array.ConvertAll(context.Integers(0), dim => (int)Math.Clamp(dim, -1, int.MaxValue));
        if (value.Length != 1)
        {
            throw context.Error("one value", $"{value}");
        }
        Tensor y = context.Output(0, value.Type, dims);
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        // Doubling copies: the first element, then what is there already.
        Span<byte> bytes = y.Bytes;
        int filled = value.Type.SizeBytes();
        value.Bytes.CopyTo(bytes);
        while (filled < bytes.Length)
        {
            int count = Math.Min(filled, bytes.Length - filled);
            bytes[..count].CopyTo(bytes[filled..]);
            filled += count;
        }
    }

    /// <summary>ONNX Shape; known even where the data is not.</summary>
    public static void Shape(OperatorContext context)
    {
        Tensor x = context.Input(0);
        long[] dims = Array.ConvertAll(x.Dims.ToArray(), dim => (long)dim);
        int start = Bound(context.Node.Int("start", 0), dims.Length);
        int end = Bound(context.Node.Int("end", dims.Length), dims.Length);
        context.Set(0, Tensor.Vector<long>(dims[start..Math.Max(start, end)]));
    }

    /// <summary>ONNX Cast between numeric types; real numbers are cut towards 0.</summary>
    public static void Cast(OperatorContext context)
    {
        Tensor x = context.Input(0);
        ElementType type = Onnx.OnnxTensorReader.ElementTypeOf((int)Math.Clamp(context.Node.Int("to", 0), 0, 1000))
            ?? throw context.Error("a numeric type in 'to'", $"{context.Node.Int("to", 0)}");
        Tensor y = context.Output(0, type, x.Dims);
        for (int i = 0; y.HasData && i < y.Length; i++)
        {
            if (type.IsFloat())
            {
                Elements.StoreReal(y, i, x.ValueAt(i));
            }
            else if (type == ElementType.Bool)
            {
                y.Data<bool>()[i] = x.ValueAt(i) != 0;
            }
            else
            {
                Elements.StoreWrapped(y, i, x.Type == ElementType.Int64 ? x.Data<long>()[i] : (long)x.ValueAt(i));
            }
        }
    }

    /// <summary>ONNX Squeeze: the named axes of extent 1, or all of them, disappear.</summary>
    public static void Squeeze(OperatorContext context)
    {
        Tensor x = context.Input(0);
        IReadOnlyList<long>? axes = context.IntegersOrAttribute(1, "axes");
        bool[] gone = new bool[x.Rank];
        for (int i = 0; i < gone.Length; i++)
        {
            gone[i] = axes is null && x.Dims[i] == 1;
        }
        foreach (long axis in axes ?? [])
        {
            int at = Shapes.Axis(context, axis, x.Rank);
            gone[at] = x.Dims[at] == 1 ? true : throw context.Error("axes of extent 1", $"{x}, axis {axis}");
        }
        List<int> dims = [];
        for (int i = 0; i < gone.Length; i++)
        {
            if (!gone[i])
            {
                dims.Add(x.Dims[i]);
            }
        }
        context.Set(0, x.Reshape(dims.ToArray()));
    }

    /// <summary>ONNX Unsqueeze: new axes of extent 1 at places of the result.</summary>
    public static void Unsqueeze(OperatorContext context)
    {
        Tensor x = context.Input(0);
        IReadOnlyList<long> axes = context.IntegersOrAttribute(1, "axes") ?? throw context.Error("axes", "none");
        int rank = x.Rank + axes.Count;
        int[] dims = new int[rank];
        foreach (long axis in axes)
        {
            int at = Shapes.Axis(context, axis, rank);
            dims[at] = dims[at] == 0 ? 1 : throw context.Error("different axes", $"[{string.Join(',', axes)}]");
        }
        int next = 0;
        for (int i = 0; i < rank; i++)
        {
            dims[i] = dims[i] == 1 ? 1 : x.Dims[next++];
        }
        context.Set(0, x.Reshape(dims));
    }

    /// <summary>ONNX Expand: broadcast to a shape.</summary>
    public static void Expand(OperatorContext context)
    {
        Tensor x = context.Input(0);
        int[] shape = Array.ConvertAll(context.Integers(1), dim => (int)Math.Clamp(dim, -1, int.MaxValue));
        Tensor y = context.Output(0, x.Type, Shapes.Broadcast(context, x.Dims, shape));
        if (!y.HasData || y.Length == 0)
        {
            return;
        }
        BroadcastReader reader = BroadcastReader.Of(context, x, y.Dims);
        for (int i = 0; i < y.Length; i++)
        {
            Elements.Copy(x, reader.Index(i), y, i);
        }
    }

    /// <summary>ONNX DepthToSpace (modes DCR and CRD).</summary>
    public static void DepthToSpace(OperatorContext context)
    {
        Tensor x = context.Input(0, 4);
        int block = Block(context);
        (int n, int c, int h, int w) = (x.Dims[0], x.Dims[1], x.Dims[2], x.Dims[3]);
        if (x.Rank != 4 || c % (block * block) != 0)
        {
            throw context.Error($"rank 4 and channels in multiples of {block * block}", $"{x}");
        }
        int rest = c / (block * block);
        bool depthFirst = context.Node.String("mode", "DCR") == "DCR";
        Tensor split = depthFirst ? x.Reshape(n, block, block, rest, h, w) : x.Reshape(n, rest, block, block, h, w);
        Rearrange(
            context, split, depthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3], [n, rest, h * block, w * block]);
    }

    /// <summary>ONNX SpaceToDepth.</summary>
    public static void SpaceToDepth(OperatorContext context)
    {
        Tensor x = context.Input(0, 4);
        int block = Block(context);
        (int n, int c, int h, int w) = (x.Dims[0], x.Dims[1], x.Dims[2], x.Dims[3]);
        if (x.Rank != 4 || h % block != 0 || w % block != 0)
        {
            throw context.Error($"rank 4 and height and width in multiples of {block}", $"{x}");
        }
        Tensor split = x.Reshape(n, c, h / block, block, w / block, block);
        Rearrange(context, split, [0, 3, 5, 1, 2, 4], [n, c * block * block, h / block, w / block]);
    }

    private static int Block(OperatorContext context)
    {
        long block = context.Node.Int("blocksize", 0);
        return block is >= 1 and <= 1024 ? (int)block : throw context.Error("a blocksize of 1…1024", $"{block}");
    }

    private static void Rearrange(OperatorContext context, Tensor split, int[] order, int[] dims)
    {
        Tensor y = context.Output(0, split.Type, dims);
        if (y.HasData)
        {
            context.Set(0, TensorLayout.Transpose(split, order).Reshape(dims));
        }
    }

    private static int Bound(long index, int rank) => (int)Math.Clamp(index < 0 ? index + rank : index, 0, rank);
}
