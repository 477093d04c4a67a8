namespace FpgaEdge.Model.Tflite;

/// <content>Convolutions, dense layers and pools.</content>
internal sealed partial class TfliteImporter
{
    private const int Valid = 1;

    private void ImportConv(Scope scope, bool depthwise)
    {
        // Options: padding, stride_w, stride_h, [depth_multiplier,] activation, dilation_w, dilation_h.
        int after = depthwise ? 4 : 3;
        if (scope.Activation(after) is not { } activation || scope.Options is not { } options)
        {
            scope.EmitUnknown();
            return;
        }
        TfliteTensor input = scope.Input(0);
        TfliteTensor weights = scope.Input(1);
        if (input.Dims.Length != 4 || weights.Dims.Length != 4)
        {
            throw scope.Error("input and weights of rank 4", $"rank {input.Dims.Length} and {weights.Dims.Length}");
        }
        (int strideH, int strideW) = (options.Int(2, "stride_h", 0), options.Int(1, "stride_w", 0));
        int dilationH = options.Int(after + 2, "dilation_h", 1);
        int dilationW = options.Int(after + 1, "dilation_w", 1);
        if (strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1)
        {
            throw scope.Error("strides and dilations of 1 or more", $"{strideH}, {strideW}, {dilationH}, {dilationW}");
        }
        int channels = input.Dims[3];
        bool same = options.Byte(0, "padding") != Valid;
        // OHWI to OIHW; the depth-wise filter is 1HWO.
        int inner = depthwise ? 1 : weights.Dims[3];
        if (inner == 0 || channels == 0 || channels % inner != 0)
        {
            throw scope.Error($"weights for {channels} channels", Tensor.FormatDims(weights.Dims));
        }
        string weightName = TransposeWeights(
            scope, weights, depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2], input.Type.IsFloat());
        string[] operands = scope.HasInput(2) ? [input.Name, weightName, scope.In(2)] : [input.Name, weightName];
        scope.Emit("Conv", operands, new()
        {
            ["kernel_shape"] = AttributeValue.Of(weights.Dims[1], weights.Dims[2]),
            ["strides"] = AttributeValue.Of(strideH, strideW),
            ["dilations"] = AttributeValue.Of(dilationH, dilationW),
            ["group"] = AttributeValue.Of((long)(channels / inner)),
            ["pads"] = Pads(
                same, input.Dims, [weights.Dims[1], weights.Dims[2]], [strideH, strideW], [dilationH, dilationW]),
        }, activation);
    }

    private void ImportPool(Scope scope, string name)
    {
        // Options: padding, stride_w, stride_h, filter_width, filter_height, activation.
        if (scope.Activation(5) is not { } activation || scope.Options is not { } options)
        {
            scope.EmitUnknown();
            return;
        }
        TfliteTensor input = scope.Input(0);
        int[] kernel = [options.Int(4, "filter_height"), options.Int(3, "filter_width")];
        int[] strides = [options.Int(2, "stride_h"), options.Int(1, "stride_w")];
        if (input.Dims.Length != 4 || kernel.Min() < 1 || strides.Min() < 1)
        {
            throw scope.Error("rank 4, a window and strides of 1 or more", $"rank {input.Dims.Length}");
        }
        scope.Emit(name, [input.Name], new()
        {
            ["kernel_shape"] = AttributeValue.Of(kernel[0], kernel[1]),
            ["strides"] = AttributeValue.Of(strides[0], strides[1]),
            ["pads"] = Pads(options.Byte(0, "padding") != Valid, input.Dims, kernel, strides, [1, 1]),
        }, activation);
    }

    private void ImportFullyConnected(Scope scope)
    {
        // Options: activation, weights_format, keep_num_dims.
        TfliteTensor input = scope.Input(0);
        TfliteTensor weights = scope.Input(1);
        if (scope.Activation(0) is not { } activation || (scope.Options?.Byte(1, "weights_format") ?? 0) != 0)
        {
            scope.EmitUnknown();
            return;
        }
        if (weights.Dims.Length != 2 || weights.Dims[1] == 0)
        {
            throw scope.Error("weights of rank 2", Tensor.FormatDims(weights.Dims));
        }
        string source = input.Name;
        if (input.Dims.Length != 2 || input.Dims[1] != weights.Dims[1])
        {
            source = EmitReshape(scope, input, $"{scope.Name}:rows", [-1, weights.Dims[1]]);
        }
        string weightName = TransposeWeights(scope, weights, null, input.Type.IsFloat());
        string[] operands = scope.HasInput(2) ? [source, weightName, scope.In(2)] : [source, weightName];
        Dictionary<string, AttributeValue> attributes = new() { ["transB"] = AttributeValue.Of(1L) };
        TfliteTensor output = scope.Output();
        if (output.Dims.Length == 2)
        {
            scope.Emit("Gemm", operands, attributes, activation);
            return;
        }
        string flat = $"{scope.Name}:flat";
        CopyQuantization(output, flat);
        scope.EmitTo("Gemm", operands, [flat], attributes, activation);
        scope.Emit("Reshape", [flat, AddShape($"{scope.Name}:shape", output.Dims)]);
    }

    /// <summary>
    /// Name of the weights in ONNX order; null keeps the order. Integer weights of a float layer (stored small) become
    /// floats; weights that are computed are transposed by a node.
    /// </summary>
    private string TransposeWeights(Scope scope, TfliteTensor weights, int[]? order, bool asFloat)
    {
        if (weights.Data is not { } data)
        {
            if (order is null)
            {
                return weights.Name;
            }
            string moved = $"{scope.Name}:weights";
            long[] perm = Array.ConvertAll(order, axis => (long)axis);
            scope.EmitTo("Transpose", [weights.Name], [moved], new() { ["perm"] = AttributeValue.Of(perm) });
            MoveQuantization(weights, moved, order);
            return moved;
        }
        bool widen = asFloat && !data.Type.IsFloat();
        if (order is null && !widen)
        {
            return weights.Name;
        }
        if (widen)
        {
            data = Dequantize(scope, weights);
        }
        string name = AddConstant($"{weights.Name}:onnx", order is null ? data : TensorLayout.Transpose(data, order));
        if (!widen)
        {
            MoveQuantization(weights, name, order ?? [0, 1]);
        }
        return name;
    }

    private static Tensor Dequantize(Scope scope, TfliteTensor weights)
    {
        QuantizationParameters parameters = weights.Quantization
            ?? throw scope.Error($"a scale for the {weights.Type} weights", "none");
        float[] values = weights.Data!.ToFloats();
        int inner = 1;
        for (int i = parameters.Axis + 1; i < weights.Dims.Length; i++)
        {
            inner *= weights.Dims[i];
        }
        for (int i = 0; i < values.Length; i++)
        {
            int slice = parameters.IsPerAxis ? i / inner % weights.Dims[parameters.Axis] : 0;
            values[i] = parameters.ScaleAt(slice) * (values[i] - parameters.ZeroPointAt(slice));
        }
        return Tensor.Of(values, weights.Dims);
    }

    private void MoveQuantization(TfliteTensor source, string target, int[] order)
    {
        if (source.Quantization is { } old)
        {
            int axis = old.IsPerAxis ? Array.IndexOf(order, old.Axis) : 0;
            quantization[target] = new QuantizationParameters(old.Scales, old.ZeroPoints, axis);
        }
    }

    private void CopyQuantization(TfliteTensor source, string target)
    {
        if (source.Quantization is { } parameters)
        {
            quantization[target] = parameters;
        }
    }

    /// <summary>Explicit pads (top, left, bottom, right) of TFLite's SAME and VALID for NHWC extents.</summary>
    private static AttributeValue Pads(bool same, int[] dims, int[] kernel, int[] strides, int[] dilations)
    {
        long[] pads = new long[4];
        for (int axis = 0; same && axis < 2; axis++)
        {
            long extent = dims[axis + 1];
            long window = ((kernel[axis] - 1L) * dilations[axis]) + 1;
            long outputs = (extent + strides[axis] - 1) / strides[axis];
            long total = Math.Max(0, ((outputs - 1) * strides[axis]) + window - extent);
            pads[axis] = total / 2;
            pads[axis + 2] = total - (total / 2);
        }
        return AttributeValue.Of(pads);
    }
}
