using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>Sums, concatenations and element-wise functions of networks that are integers already.</summary>
internal sealed partial class GraphLowering
{
    private void LowerIntegerSum(GraphNode node)
    {
        (ValueNumbers a, ValueNumbers b, ValueNumbers result, int second) = PairNumbers(node);
        if (NeedsTable(node, second))
        {
            LowerPairTable(node);
            return;
        }
        (FloatValue left, FloatValue right, LogicalView output) = PairOperands(node, second, a, b);
        output.Value.Numbers = result;
        (int minimum, int maximum) = IntegerClamp(node, output.Value);
        AddLayer(new NodeLayer(node.Name, [left, right], output.Value, (from, to) => second == 3
            ? new RealAddNode(node.Name, from, to, a.Scale, b.Scale, result.Scale, minimum, maximum)
            : TfliteSum(node.Name, from, to, a, b, result, minimum, maximum)), output);
    }

    /// <summary>
    /// What the operands and the result of a TFLite or QLinear operator mean; where the second operand is.
    /// </summary>
    private (ValueNumbers A, ValueNumbers B, ValueNumbers Result, int Second) PairNumbers(GraphNode node)
    {
        ElementType type = tensors[node.Inputs[0]].Type;
        return node.Operator.StartsWith("QLinear", StringComparison.Ordinal)
            ? (OnnxNumbers(node, 1, type), OnnxNumbers(node, 4, type), OnnxNumbers(node, 6, type), 3)
            : (TfliteNumbers(node.Inputs[0]), TfliteNumbers(node.Inputs[1]), TfliteNumbers(node.Outputs[0]), 1);
    }

    /// <summary>
    /// Sums with a single constant, or of a tensor and one value per channel, have no node of their own.
    /// </summary>
    private bool NeedsTable(GraphNode node, int second)
    {
        Tensor a = tensors[node.Inputs[0]];
        Tensor b = tensors[node.Inputs[second]];
        return a.HasData || b.HasData ? (a.HasData ? a : b).Length == 1 : !a.Dims.SequenceEqual(b.Dims);
    }

    private static TfliteAddNode TfliteSum(string name, IReadOnlyList<int> from, int to, ValueNumbers a, ValueNumbers b,
        ValueNumbers result, int minimum, int maximum)
    {
        double twice = 2 * Math.Max(a.Scale, b.Scale);
        (int multiplierA, int shiftA) = FixedPointArithmetic.FromReal(a.Scale / twice);
        (int multiplierB, int shiftB) = FixedPointArithmetic.FromReal(b.Scale / twice);
        (int multiplier, int shift) = FixedPointArithmetic.FromReal(twice / ((1 << 20) * result.Scale));
        return new TfliteAddNode(
            name, from, to, multiplierA, shiftA, multiplierB, shiftB, multiplier, shift, minimum, maximum);
    }

    /// <summary>Two operands of equal shape in equal storage; a constant one becomes a value.</summary>
    private (FloatValue Left, FloatValue Right, LogicalView Output) PairOperands(
        GraphNode node, int second, ValueNumbers a, ValueNumbers b)
    {
        LogicalView? left = views.GetValueOrDefault(node.Inputs[0]);
        LogicalView? right = views.GetValueOrDefault(node.Inputs[second]);
        if (left is not null && right is not null && left.Matches(right))
        {
            return (left.Value, right.Value, NewLike(left, node.Outputs[0]));
        }
        LogicalView known = left ?? Dynamic(node, second);
        FloatValue value = Canonical(node.Inputs[left is null ? second : 0], known, node.Layout);
        LogicalView output = NewOutput(node, node.Layout);
        if (left is not null && right is not null)
        {
            return (value, Canonical(node.Inputs[second], right, node.Layout), output);
        }
        FloatValue constant = ConstantValue(node, left is null ? 0 : second, value, known, left is null ? a : b);
        return left is null ? (constant, value, output) : (value, constant, output);
    }

    /// <summary>
    /// Constant channels as a value: a depth-wise convolution with weights 0 whose biases are the constants.
    /// </summary>
    private FloatValue ConstantValue(
        GraphNode node, int operand, FloatValue shape, LogicalView view, ValueNumbers numbers)
    {
        Tensor tensor = Constant(node, operand, "one operand");
        (_, float[] values) = PerChannel(view, tensor, OutputDims(node));
        int[] bias = Array.ConvertAll(Spread(values, shape.Channels), value => (int)value);
        (int minimum, int maximum) = numbers.Type == IntegerType.Int8 ? (-128, 127) : (0, 255);
        var constant = new FloatValue($"{node.Name}:constant", shape.Height, shape.Width,
            shape.Channels) { Numbers = numbers };
        var requantization = new Requantization(RequantizationKind.Shift, [0], [], minimum, maximum);
        return AddInner(new NodeLayer(constant.Tensor, [shape], constant, (from, to) => new ConvolutionNode(
            constant.Tensor, from, to, Window.Point, bias.Length, new sbyte[bias.Length], bias, requantization)));
    }

    private void LowerPairTable(GraphNode node)
    {
        (ValueNumbers a, ValueNumbers b, ValueNumbers result, int second) = PairNumbers(node);
        int constant = tensors[node.Inputs[0]].HasData ? 0 : tensors[node.Inputs[second]].HasData ? second : -1;
        if (constant >= 0 && tensors[node.Inputs[constant]].Length == 1)
        {
            AddTable(node, constant == 0 ? second : 0, result);
            return;
        }
        (FloatValue left, FloatValue right, LogicalView output) = PairOperands(node, second, a, b);
        output.Value.Numbers = result;
        bool swapped = left.ElementCount < right.ElementCount;
        (FloatValue big, FloatValue small) = swapped ? (right, left) : (left, right);
        bool perChannel = small.Height == 1 && small.Width == 1 && small.Channels == big.Channels;
        if (big.ElementCount != output.Value.ElementCount || (small.ElementCount != big.ElementCount && !perChannel))
        {
            throw new UnsupportedLayerException("its operands are neither equal in shape nor one value per channel",
                "use one of these");
        }
        byte[] slow = [.. Enumerable.Range(0, 1 << 16).Select(i => (byte)(i >> 8))];
        byte[] fast = [.. Enumerable.Range(0, 1 << 16).Select(i => (byte)i)];
        byte[] table = Evaluate(node, (node.Inputs[0], Row(node.Inputs[0], swapped ? fast : slow)),
            (node.Inputs[second], Row(node.Inputs[second], swapped ? slow : fast)));
        AddLayer(new NodeLayer(node.Name, [big, small], output.Value,
            (from, to) => new PairLookupNode(node.Name, from, to, table)), output);
    }

    private Tensor Row(string name, byte[] bytes) =>
        Tensor.FromLittleEndian(tensors[name].Type, [1, bytes.Length], bytes);

    private void LowerTable(GraphNode node)
    {
        int dynamic = node.Inputs.Count(input => input.Length > 0 && !tensors[input].HasData);
        if (dynamic != 1 || !views.TryGetValue(node.Inputs[0], out LogicalView? view)
            || tensors[node.Outputs[0]].Dims.Length != view.Dims.Length
                || !tensors[node.Outputs[0]].Dims.SequenceEqual(view.Dims))
        {
            throw new UnsupportedLayerException("it has no integer form", "quantise the float network instead");
        }
        bool onnx = node.Domain != GraphNode.TfliteDomain;
        ElementType type = tensors[node.Outputs[0]].Type;
        AddTable(node, 0, onnx
            ? OnnxNumbers(node, node.Operator == "QuantizeLinear" ? 1 : 3, type) : TfliteNumbers(node.Outputs[0]));
    }

    private void AddTable(GraphNode node, int operand, ValueNumbers numbers)
    {
        LogicalView view = Dynamic(node, operand);
        LogicalView output = Numbered(NewLike(view, node.Outputs[0]), numbers);
        int flip = Numbers(view.Value).Type == IntegerType.Int8 ? 0x80 : 0;
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)(i ^ flip))];
        byte[] table = Evaluate(node, (node.Inputs[operand], Row(node.Inputs[operand], all)));
        AddLayer(new NodeLayer(node.Name, [view.Value], output.Value,
            (from, to) => new LookupNode(node.Name, from, to, table)), output);
    }

    /// <summary>What the reference makes of an operator's operands when they hold the given elements.</summary>
    private byte[] Evaluate(GraphNode node, params ReadOnlySpan<(string Name, Tensor Elements)> operands)
    {
        var infos = new List<TensorInfo>();
        var values = new Dictionary<string, Tensor>();
        foreach ((string name, Tensor elements) in operands)
        {
            infos.Add(new TensorInfo(name, elements.Type, elements.Dims));
            values[name] = elements;
        }
        string output = node.Outputs[0];
        var single = new Graph
        {
            Name = node.Name,
            Format = graph.Format,
            Inputs = infos,
            Outputs = [new TensorInfo(output, tensors[output].Type, operands[0].Elements.Dims)],
            Nodes = [node],
            Initializers = tensors.Where(entry => entry.Value.HasData && node.Inputs.Contains(entry.Key)
                && !values.ContainsKey(entry.Key)).ToDictionary(),
            Quantization = graph.Quantization,
        };
        return new ReferenceInterpreter(single).Run(values)[output].Bytes.ToArray();
    }

    private void LowerIntegerConcat(GraphNode node)
    {
        LogicalView[] parts = [.. node.Inputs.Select((_, i) => Dynamic(node, i))];
        ValueNumbers numbers = TfliteNumbers(node.Outputs[0]);
        LogicalView output = Numbered(NewOutput(node, node.Layout), numbers);
        int rank = parts[0].Dims.Length;
        int axis = (int)(node.Int("axis", 0) < 0 ? node.Int("axis", 0) + rank : node.Int("axis", 0));
        if (LogicalView.Spatial(parts[0].Dims, node.Layout) is not { } at || axis != at.Channel)
        {
            throw new UnsupportedLayerException("integers are joined along another axis than channels",
                "join channels");
        }
        FloatValue[] values = [.. parts.Select((part, i) => Canonical(node.Inputs[i], part, node.Layout))];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Rescaled(node, i, values[i], numbers);
        }
        AddLayer(new NodeLayer(node.Name, values, output.Value, (from, to) => new ConcatNode(node.Name, from, to)),
            output);
    }

    private FloatValue Rescaled(GraphNode node, int operand, FloatValue value, ValueNumbers numbers)
    {
        ValueNumbers own = Numbers(value);
        if (own.Scale == numbers.Scale && own.ZeroPoint == numbers.ZeroPoint)
        {
            return value;
        }
        int flip = own.Type == IntegerType.Int8 ? 0x80 : 0;
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)(i ^ flip))];
        GraphNode single = node.With(inputs: [node.Inputs[operand]], attributes: new Dictionary<string, AttributeValue>
        {
            ["axis"] = AttributeValue.Of(1L),
        });
        byte[] table = Evaluate(single, (node.Inputs[operand], Row(node.Inputs[operand], all)));
        string name = $"{node.Name}:{operand}";
        var rescaled = new FloatValue(name, value.Height, value.Width, value.Channels) { Numbers = numbers };
        return AddInner(new NodeLayer(name, [value], rescaled, (from, to) => new LookupNode(name, from, to, table)));
    }
}
