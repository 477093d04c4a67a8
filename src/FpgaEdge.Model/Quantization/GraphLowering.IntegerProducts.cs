using FpgaEdge.Model.Integer;
using static FpgaEdge.Model.Integer.FixedPointArithmetic;

namespace FpgaEdge.Model.Quantization;

/// <summary>Convolutions and dense layers of networks that are integers already.</summary>
internal sealed partial class GraphLowering
{
    private void LowerTfliteConvolution(GraphNode node)
    {
        Tensor weights = Constant(node, 1, "the weights");
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), node.Layout);
        LogicalView output = Numbered(NewOutput(node, node.Layout), TfliteNumbers(node.Outputs[0]));
        Window window = WindowGeometry.Of(node, weights.Dims[2..], input, output.Value);
        // The two scales of uint8 layers are multiplied as floats, those of int8 layers as doubles.
        bool floatProduct = weights.Type == ElementType.UInt8;
        AddTfliteProduct(node, input, output, window, (int)node.Int("group", 1), weights, ChannelLast(weights),
            floatProduct);
    }

    private void LowerTfliteDense(GraphNode node)
    {
        Tensor weights = Constant(node, 1, "the weights");
        if (node.Int("transB", 0) == 0 || graph.QuantizationOf(node.Inputs[1]) is null)
        {
            throw new UnsupportedLayerException("its weights are not those of a dense integer layer",
                "quantise all layers");
        }
        float[] values = weights.ToFloats();
        FloatValue input = DenseInput(node, ref values);
        LogicalView output = Numbered(NewOutput(node, ChannelLayout.ChannelsLast), TfliteNumbers(node.Outputs[0]));
        bool floatProduct = !graph.QuantizationOf(node.Inputs[1])!.IsPerAxis;
        AddTfliteProduct(node, input, output, Window.Point, 1, weights, values, floatProduct);
    }

    private void AddTfliteProduct(GraphNode node, FloatValue input, LogicalView output, Window window, int groups,
        Tensor weights, float[] values, bool floatProduct)
    {
        QuantizationParameters parameters = graph.QuantizationOf(node.Inputs[1])
            ?? throw new UnsupportedLayerException("its weights have no scale", "quantise all layers");
        if (parameters.IsPerAxis && parameters.ZeroPoints.Any(zero => zero != parameters.ZeroPoint))
        {
            throw new UnsupportedLayerException("its filters have different zero points", "use symmetric weights");
        }
        float inputScale = (float)Numbers(input).Scale;
        float outputScale = (float)Numbers(output.Value).Scale;
        int filters = weights.Dims[0];
        int[] multipliers = new int[filters];
        int[] exponents = new int[filters];
        for (int o = 0; o < filters; o++)
        {
            float scale = parameters.ScaleAt(o);
            double product = floatProduct ? inputScale * scale : (double)inputScale * scale;
            (multipliers[o], exponents[o]) = FromReal(product / outputScale);
        }
        (int minimum, int maximum) = IntegerClamp(node, output.Value);
        var requantization = new Requantization(RequantizationKind.FixedPoint, exponents, multipliers, minimum,
            maximum);
        int[] bias = node.HasInput(2) ? IntegerBias(node, 2, filters) : new int[filters];
        AddProduct(node, input, output, window, groups, weights.Type, values, parameters.ZeroPoint, bias,
            requantization);
    }

    private void LowerQLinearConvolution(GraphNode node)
    {
        Tensor weights = Constant(node, 3, "the weights");
        FloatValue input = Canonical(node.Inputs[0], Dynamic(node, 0), node.Layout);
        LogicalView output = Numbered(
            NewOutput(node, node.Layout), OnnxNumbers(node, 6, tensors[node.Outputs[0]].Type));
        Window window = WindowGeometry.Of(node, weights.Dims[2..], input, output.Value);
        int filters = weights.Dims[0];
        int[] bias = node.HasInput(8) ? IntegerBias(node, 8, filters) : new int[filters];
        AddQLinearProduct(node, input, output, window, (int)node.Int("group", 1), weights.Type, ChannelLast(weights),
            bias);
    }

    private void LowerQLinearMatMul(GraphNode node)
    {
        Tensor matrix = Constant(node, 3, "the second factor");
        if (matrix.Rank != 2)
        {
            throw new UnsupportedLayerException($"the second factor is {matrix}", "use a matrix");
        }
        float[] values = DenseWeights(matrix, transposed: false);
        FloatValue input = DenseInput(node, ref values);
        LogicalView output = Numbered(
            NewOutput(node, ChannelLayout.ChannelsLast), OnnxNumbers(node, 6, tensors[node.Outputs[0]].Type));
        AddQLinearProduct(node, input, output, Window.Point, 1, matrix.Type, values, new int[matrix.Dims[1]]);
    }

    private void AddQLinearProduct(GraphNode node, FloatValue input, LogicalView output, Window window, int groups,
        ElementType weightType, float[] values, int[] bias)
    {
        double inputScale = OnnxNumbers(node, 1, tensors[node.Inputs[0]].Type).Scale;
        Tensor scales = Constant(node, 4, "the weights' scale");
        long[] zeros = node.HasInput(5) ? Constant(node, 5, "the weights' zero point").ToLongs() : [0];
        if (zeros.Any(zero => zero != zeros[0]) || (scales.Length != 1 && scales.Length != bias.Length))
        {
            throw new UnsupportedLayerException("its filters have different zero points", "use symmetric weights");
        }
        double outputScale = Numbers(output.Value).Scale;
        double[] factors = [.. Enumerable.Range(0, scales.Length)
            .Select(o => inputScale * scales.ValueAt(o) / outputScale)];
        (int minimum, int maximum) = IntegerClamp(node, output.Value);
        var requantization = new Requantization(RequantizationKind.Real, [], [], minimum,
            maximum) { Factors = factors };
        AddProduct(node, input, output, window, groups, weightType, values, (int)zeros[0], bias, requantization);
    }

    private void AddProduct(GraphNode node, FloatValue input, LogicalView output, Window window, int groups,
        ElementType weightType, float[] values, int zeroPoint, int[] bias, Requantization requantization)
    {
        int shift = weightType == ElementType.UInt8 ? 128 : 0;
        if (weightType is not (ElementType.UInt8 or ElementType.Int8))
        {
            throw new UnsupportedLayerException($"its weights are {weightType}", "quantise them to 8 bits");
        }
        sbyte[] weights = Array.ConvertAll(values, value => (sbyte)(value - shift));
        AddLayer(new NodeLayer(node.Name, [input], output.Value, (from, to) => new ConvolutionNode(
            node.Name, from, to, window, groups, weights, bias, requantization)
        {
            WeightZeroPoint = zeroPoint - shift,
        }), output);
    }

    private int[] IntegerBias(GraphNode node, int index, int filters)
    {
        Tensor bias = Constant(node, index, "the bias");
        return bias.Type == ElementType.Int32 && bias.Length == filters
            ? bias.Data<int>().ToArray()
            : throw new UnsupportedLayerException($"the bias is {bias}", $"use {filters} elements of Int32");
    }
}
