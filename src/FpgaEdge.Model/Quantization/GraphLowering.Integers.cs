using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Networks that are integers already, TFLite's and ONNX's QLinear operators: every layer keeps the arithmetic of its
/// format, bit by bit. Element-wise functions become tables that the reference evaluation of the operator fills.
/// </summary>
internal sealed partial class GraphLowering
{
    private void LowerInteger(GraphNode node)
    {
        switch (node.Operator)
        {
            case "QuantizeLinear": LowerQuantize(node); break;
            case "DequantizeLinear": LowerDequantize(node); break;
            case "Conv": LowerTfliteConvolution(node); break;
            case "Gemm": LowerTfliteDense(node); break;
            case "QLinearConv": LowerQLinearConvolution(node); break;
            case "QLinearMatMul": LowerQLinearMatMul(node); break;
            case "AveragePool" or "MaxPool" or "GlobalMaxPool": LowerIntegerPool(node); break;
            case "ReduceMean": LowerTfliteMean(node); break;
            case "QLinearGlobalAveragePool": LowerQLinearMean(node); break;
            case "Add" or "QLinearAdd": LowerIntegerSum(node); break;
            case "Mul" or "Sub" or "QLinearMul": LowerPairTable(node); break;
            case "Concat": LowerIntegerConcat(node); break;
            case "Softmax": LowerIntegerSoftmax(node); break;
            case "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze": LowerReshape(node); break;
            case "Transpose": LowerTranspose(node); break;
            case "Identity" or "Dropout": views[node.Outputs[0]] = Alias(node); break;
            case "Pad": LowerPad(node); break;
            case "Slice": LowerSlice(node); break;
            case "Split": LowerSplit(node); break;
            default: LowerTable(node); break;
        }
    }

    private static IntegerType TypeOf(ElementType type) => type switch
    {
        ElementType.Int8 => IntegerType.Int8,
        ElementType.UInt8 => IntegerType.UInt8,
        _ => throw new UnsupportedLayerException($"its elements are {type}", "quantise all layers to Int8 or UInt8"),
    };

    /// <summary>Type, scale and zero point of a TFLite tensor.</summary>
    private ValueNumbers TfliteNumbers(string tensor)
    {
        QuantizationParameters? parameters = graph.QuantizationOf(tensor);
        if (parameters is null || parameters.IsPerAxis || parameters.Scale <= 0)
        {
            throw new UnsupportedLayerException($"tensor {tensor} has no single positive scale",
                "quantise the whole network");
        }
        return new ValueNumbers(TypeOf(tensors[tensor].Type), parameters.Scale, parameters.ZeroPoint);
    }

    /// <summary>Type, scale and zero point that an ONNX operator gives as operands.</summary>
    private ValueNumbers OnnxNumbers(GraphNode node, int scaleIndex, ElementType type)
    {
        Tensor scale = Constant(node, scaleIndex, "a scale");
        Tensor? zero = node.HasInput(scaleIndex + 1) ? Constant(node, scaleIndex + 1, "a zero point") : null;
        if (scale.Length != 1 || zero?.Length > 1)
        {
            throw new UnsupportedLayerException("an activation has several scales", "use one scale per activation");
        }
        return new ValueNumbers(TypeOf(type), scale.ValueAt(0), (int)(zero?.ValueAt(0) ?? 0));
    }

    private LogicalView Numbered(LogicalView view, ValueNumbers numbers)
    {
        view.Value.Numbers = numbers;
        return view;
    }

    private void LowerQuantize(GraphNode node)
    {
        string output = node.Outputs[0];
        bool tflite = node.Domain == GraphNode.TfliteDomain;
        if (!tensors[node.Inputs[0]].Type.IsFloat())
        {
            LowerTable(node);
            return;
        }
        LogicalView view = Dynamic(node, 0);
        ValueNumbers numbers = tflite ? TfliteNumbers(output) : OnnxNumbers(node, 1, tensors[output].Type);
        int input = inputs.IndexOf(view.Value);
        if (input < 0 || view.Value.Numbers is not null)
        {
            Requantize(node, view, numbers);
            return;
        }
        if (!view.SingleUse)
        {
            throw new UnsupportedLayerException("the real input has other readers", "quantise all layers");
        }
        LogicalView quantized = Numbered(NewLike(view, output), numbers);
        inputs[input] = quantized.Value;
        views[output] = quantized;
    }

    /// <summary>Integers that were made real, moved about, and are quantised again.</summary>
    private void Requantize(GraphNode node, LogicalView view, ValueNumbers numbers)
    {
        ValueNumbers own = Numbers(view.Value);
        if (own == numbers)
        {
            views[node.Outputs[0]] = Alias(node);
            return;
        }
        int first = own.Type == IntegerType.Int8 ? sbyte.MinValue : byte.MinValue;
        float[] reals = [.. Enumerable.Range(first, 256).Select(q => (float)own.Scale * (q - own.ZeroPoint))];
        byte[] table = Evaluate(node, (node.Inputs[0], Tensor.Of(reals, 1, reals.Length)));
        LogicalView output = Numbered(NewLike(view, node.Outputs[0]), numbers);
        AddLayer(new NodeLayer(node.Name, [view.Value], output.Value,
            (from, to) => new LookupNode(node.Name, from, to, table)), output);
    }

    /// <summary>The same integers: whoever computes with them as real numbers next is refused there.</summary>
    private void LowerDequantize(GraphNode node) => views[node.Outputs[0]] = Alias(node);

    private void LowerIntegerSoftmax(GraphNode node)
    {
        if (tensors[node.Inputs[0]].Type.IsFloat())
        {
            LowerSoftmax(node);
            return;
        }
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), ChannelLayout.ChannelsLast);
        ValueNumbers numbers = Numbers(input);
        double factor = Math.Min((double)node.Float("beta", 1) * (float)numbers.Scale * (1 << 26), int.MaxValue);
        if (!(factor > 1))
        {
            throw new UnsupportedLayerException($"the input scale is {numbers.Scale}", "use a scale above 2^-26");
        }
        (int multiplier, int exponent) = FixedPointArithmetic.FromReal(factor / 4);
        LogicalView output = Numbered(NewOutput(node, ChannelLayout.ChannelsLast), TfliteNumbers(node.Outputs[0]));
        int shift = exponent + 2;
        AddLayer(new NodeLayer(node.Name, [input], output.Value, (from, to) => new SoftmaxNode(
            node.Name, from, to, multiplier, shift, FixedPointSoftmax.DifferenceMinimum(shift))), output);
    }

    private void LowerIntegerPool(GraphNode node)
    {
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), node.Layout);
        bool average = node.Operator == "AveragePool";
        LogicalView output = Numbered(NewOutput(node, node.Layout), Numbers(input));
        Window window = node.Operator == "GlobalMaxPool"
            ? new Window(input.Height, input.Width, 1, 1, 0, 0, 0, 0)
            : WindowGeometry.Of(
                node, [.. (node.Ints("kernel_shape") ?? []).Select(k => (int)k)], input, output.Value);
        if (average && node.Domain != GraphNode.TfliteDomain)
        {
            throw new UnsupportedLayerException("it averages integers without a scale", "use QLinearAveragePool");
        }
        (int minimum, int maximum) = IntegerClamp(node, output.Value);
        PoolKind kind = average ? PoolKind.AverageAwayFromZero : PoolKind.Maximum;
        AddLayer(new NodeLayer(node.Name, [input], output.Value, (from, to) => new PoolNode(
            node.Name, from, to, kind, window, [], 0, minimum, maximum)), output);
    }

    private void LowerTfliteMean(GraphNode node)
    {
        (FloatValue input, Window window, LogicalView pooled) = MeanGeometry(node);
        ValueNumbers numbers = TfliteNumbers(node.Outputs[0]);
        pooled.Value.Numbers = numbers;
        (int multiplier, int exponent) = FixedPointArithmetic.FromReal(
            (double)(float)Numbers(input).Scale / (float)numbers.Scale);
        (int minimum, int maximum) = IntegerClamp(node, pooled.Value);
        AddLayer(new NodeLayer(node.Name, [input], pooled.Value, (from, to) => new PoolNode(
            node.Name, from, to, PoolKind.Mean, window, [multiplier], exponent, minimum, maximum)), pooled);
        views[node.Outputs[0]] = pooled.Reshape(OutputDims(node), IsSingleUse(node.Outputs[0]))!;
    }

    private void LowerQLinearMean(GraphNode node)
    {
        ChannelLayout layout = node.Int("channels_last", 0) != 0 ? ChannelLayout.ChannelsLast
            : ChannelLayout.ChannelsFirst;
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), layout);
        ElementType type = tensors[node.Inputs[0]].Type;
        ValueNumbers from = OnnxNumbers(node, 1, type);
        LogicalView output = Numbered(NewOutput(node, layout), OnnxNumbers(node, 3, type));
        var window = new Window(input.Height, input.Width, 1, 1, 0, 0, 0, 0);
        double factor = from.Scale / output.Value.Numbers!.Scale;
        (int minimum, int maximum) = IntegerClamp(node, output.Value);
        AddLayer(new NodeLayer(node.Name, [input], output.Value, (ins, to) => new PoolNode(
            node.Name, ins, to, PoolKind.RealAverage, window, [], 0, minimum, maximum) { Factor = factor }), output);
    }

    /// <summary>The fused activation as integers of the value's type.</summary>
    private static (int Minimum, int Maximum) IntegerClamp(GraphNode node, FloatValue value)
    {
        ValueNumbers numbers = Numbers(value);
        ElementType type = numbers.Type == IntegerType.Int8 ? ElementType.Int8 : ElementType.UInt8;
        var parameters = new QuantizationParameters((float)numbers.Scale, numbers.ZeroPoint);
        return Reference.TfliteIntegers.Clamp(node.Activation, parameters, type);
    }

    /// <summary>
    /// Type, scale and zero point of a value; layers that only move elements keep those of their input.
    /// </summary>
    public static ValueNumbers Numbers(FloatValue value)
    {
        while (value.Numbers is null && value.Producer is not null)
        {
            value = value.Producer.Inputs[0];
        }
        return value.Numbers ?? throw new UnsupportedLayerException(
            $"tensor {value.Tensor} holds real numbers", "quantise the whole network");
    }
}
