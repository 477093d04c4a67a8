using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>Writes the integer graph once all scales are known.</summary>
internal sealed class IntegerEmitter
{
    private readonly IntegerGraphBuilder builder;
    private readonly Func<FloatValue, ValueNumbers> numbers;
    private readonly Calibration? calibration;
    private readonly Dictionary<FloatValue, int> tensors = [];

    private IntegerEmitter(string name, Func<FloatValue, ValueNumbers> numbers, Calibration? calibration)
    {
        builder = new IntegerGraphBuilder(name);
        this.numbers = numbers;
        this.calibration = calibration;
    }

    /// <summary>The integer graph of a lowered network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="numbers">Element type, scale and zero point of every value.</param>
    /// <param name="calibration">Channel means for bias correction; null for none.</param>
    public static IntegerGraph Emit(
        FloatNetwork network, Func<FloatValue, ValueNumbers> numbers, Calibration? calibration)
    {
        var emitter = new IntegerEmitter(network.Name, numbers, calibration);
        foreach (FloatValue input in network.Inputs)
        {
            ValueNumbers meaning = numbers(input);
            emitter.tensors[input] = emitter.builder.AddInput(input.Label, input.Height, input.Width, input.Channels,
                meaning.Type, meaning.Scale, meaning.ZeroPoint);
        }
        foreach (FloatLayer layer in network.Layers)
        {
            emitter.EmitLayer(layer);
        }
        foreach (FloatValue output in network.Outputs)
        {
            emitter.builder.AddOutput(emitter.tensors[output]);
        }
        emitter.builder.FinalSoftmax = network.FinalSoftmax;
        return emitter.builder.Build();
    }

    private void EmitLayer(FloatLayer layer)
    {
        int[] inputs = [.. layer.Inputs.Select(input => tensors[input])];
        switch (layer)
        {
            case ConvolutionLayer convolution: EmitConvolution(convolution, inputs[0]); break;
            case PoolLayer pool: EmitPool(pool, inputs[0]); break;
            case SumLayer sum: EmitSum(sum, inputs); break;
            case ProductLayer product: EmitProduct(product, inputs); break;
            case ConcatLayer concat: EmitConcat(concat, inputs); break;
            case FunctionLayer function: EmitTable(layer, inputs[0], function.Function); break;
            case ClampLayer: EmitTable(layer, inputs[0], x => x); break;
            case NodeLayer node: builder.Add(node.Make(inputs, Output(layer))); break;
            case ReshapeLayer: builder.Add(new ReshapeNode(layer.Name, inputs, Output(layer))); break;
            case TransposeLayer transpose:
                builder.Add(new TransposeNode(layer.Name, inputs, Output(layer), transpose.Permutation));
                break;
            case SliceLayer slice:
                builder.Add(new SliceNode(layer.Name, inputs, Output(layer), slice.OffsetHeight, slice.OffsetWidth,
                    slice.StrideHeight, slice.StrideWidth, slice.Channels));
                break;
            default: throw new InvalidOperationException($"layer kind {layer.GetType().Name} has no integer node");
        }
    }

    private double Scale(FloatValue value) => numbers(value).Scale;

    private int Output(FloatLayer layer)
    {
        FloatValue value = layer.Output;
        ValueNumbers meaning = numbers(value);
        return tensors[value] = builder.AddTensor(new IntegerTensor(value.Label, value.Height, value.Width,
            value.Channels, meaning.Type, meaning.Scale, meaning.ZeroPoint));
    }

    private (int Minimum, int Maximum) Clamp(FloatLayer layer)
    {
        ValueNumbers output = numbers(layer.Output);
        double low = Math.Round(layer.Clamp.Minimum / output.Scale) + output.ZeroPoint;
        double high = Math.Round(layer.Clamp.Maximum / output.Scale) + output.ZeroPoint;
        int minimum = (int)Math.Clamp(low, sbyte.MinValue, sbyte.MaxValue);
        return (minimum, (int)Math.Clamp(high, minimum, sbyte.MaxValue));
    }

    private void EmitConvolution(ConvolutionLayer layer, int input)
    {
        double[]? means = calibration?.ChannelMeans(layer.Inputs[0]);
        QuantizedWeights weights = WeightQuantizer.Quantize(
            layer, numbers(layer.Inputs[0]), numbers(layer.Output), means);
        (int minimum, int maximum) = Clamp(layer);
        builder.Add(new ConvolutionNode(layer.Name, [input], Output(layer), layer.Window, layer.Groups, weights.Weights,
            weights.Bias, new Requantization(RequantizationKind.Shift, weights.Shift, [], minimum, maximum)));
    }

    private void EmitPool(PoolLayer layer, int input)
    {
        (int minimum, int maximum) = Clamp(layer);
        int output = Output(layer);
        if (!layer.Average)
        {
            builder.Add(new PoolNode(layer.Name, [input], output, PoolKind.Maximum, layer.Window, [], 0, minimum,
                maximum));
            return;
        }
        int cells = layer.Window.KernelHeight * layer.Window.KernelWidth;
        double ratio = Scale(layer.Inputs[0]) / Scale(layer.Output);
        (int[] multipliers, int shift) = IntegerGraphBuilder.AverageMultipliers(ratio, cells);
        if (layer.CountPadding)
        {
            Array.Fill(multipliers, multipliers[cells - 1]);
        }
        builder.Add(new PoolNode(
            layer.Name, [input], output, PoolKind.Average, layer.Window, multipliers, shift, minimum, maximum));
    }

    private void EmitSum(SumLayer layer, int[] inputs)
    {
        double a = Scale(layer.Inputs[0]) / Scale(layer.Output);
        double b = Scale(layer.Inputs[1]) / Scale(layer.Output);
        int shift = Math.Clamp(29 - Math.ILogB(Math.Max(a, b)), 0, 40);
        int multiplierB = Multiplier(b, shift);
        (int minimum, int maximum) = Clamp(layer);
        builder.Add(new AddNode(layer.Name, inputs, Output(layer), Multiplier(a, shift),
            layer.Subtract ? -multiplierB : multiplierB, shift, minimum, maximum));
    }

    private void EmitProduct(ProductLayer layer, int[] inputs)
    {
        double ratio = Scale(layer.Inputs[0]) * Scale(layer.Inputs[1]) / Scale(layer.Output);
        int shift = Math.Clamp(29 - Math.ILogB(ratio), 0, 62);
        (int minimum, int maximum) = Clamp(layer);
        builder.Add(new MultiplyNode(
            layer.Name, inputs, Output(layer), Multiplier(ratio, shift), shift, minimum, maximum));
    }

    private static int Multiplier(double ratio, int shift) =>
        (int)Math.Min(Math.Round(Math.ScaleB(ratio, shift)), int.MaxValue);

    private void EmitConcat(ConcatLayer layer, int[] inputs)
    {
        ValueNumbers output = numbers(layer.Output);
        for (int i = 0; i < inputs.Length; i++)
        {
            ValueNumbers input = numbers(layer.Inputs[i]);
            if (input != output)
            {
                byte[] table = Table(input, output, x => x, sbyte.MinValue, sbyte.MaxValue);
                inputs[i] = builder.AddLookup(
                    $"{layer.Name}:{i}", inputs[i], table, output.Scale, output.ZeroPoint);
            }
        }
        builder.Add(new ConcatNode(layer.Name, inputs, Output(layer)));
    }

    private void EmitTable(FloatLayer layer, int input, Func<double, double> function)
    {
        (int minimum, int maximum) = Clamp(layer);
        byte[] table = Table(numbers(layer.Inputs[0]), numbers(layer.Output), function, minimum, maximum);
        builder.Add(new LookupNode(layer.Name, [input], Output(layer), table));
    }

    private static byte[] Table(
        ValueNumbers input, ValueNumbers output, Func<double, double> function, int minimum, int maximum)
    {
        byte[] table = new byte[256];
        for (int i = 0; i < table.Length; i++)
        {
            double real = function((i - 128 - input.ZeroPoint) * input.Scale);
            double value = Math.Round(real / output.Scale) + output.ZeroPoint;
            int clamped = double.IsNaN(value) ? output.ZeroPoint : (int)Math.Clamp(value, minimum, maximum);
            table[i] = unchecked((byte)clamped);
        }
        return table;
    }
}
