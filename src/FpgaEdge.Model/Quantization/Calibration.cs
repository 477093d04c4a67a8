namespace FpgaEdge.Model.Quantization;

/// <summary>
/// Runs the float network on the calibration inputs and keeps, per tensor, the distribution of its elements, and per
/// input of a convolution the mean of each channel.
/// </summary>
internal sealed class Calibration
{
    private readonly Dictionary<string, ActivationStatistics> statistics = [];
    private readonly Dictionary<string, List<FloatValue>> convolutionInputs = [];
    private readonly Dictionary<FloatValue, double[]> sums = [];

    private Calibration(FloatNetwork network)
    {
        foreach (FloatValue value in network.Inputs.Concat(network.Layers.Select(layer => layer.Output)))
        {
            statistics.TryAdd(value.Tensor, new ActivationStatistics());
        }
        foreach (ConvolutionLayer layer in network.Layers.OfType<ConvolutionLayer>())
        {
            FloatValue input = layer.Inputs[0];
            if (sums.TryAdd(input, new double[input.Channels]))
            {
                if (!convolutionInputs.TryGetValue(input.Tensor, out List<FloatValue>? list))
                {
                    convolutionInputs[input.Tensor] = list = [];
                }
                list.Add(input);
            }
        }
    }

    /// <summary>Runs all inputs.</summary>
    /// <param name="graph">The float network.</param>
    /// <param name="network">The same network, lowered.</param>
    /// <param name="inputs">One set of graph inputs per frame.</param>
    /// <param name="progress">Called with frames done and frames in total.</param>
    public static Calibration Run(Graph graph, FloatNetwork network, IReadOnlyList<IReadOnlyDictionary<string,
        Tensor>> inputs,
        Action<int, int>? progress)
    {
        var calibration = new Calibration(network);
        var interpreter = new ReferenceInterpreter(graph);
        foreach (IReadOnlyDictionary<string, Tensor> frame in inputs)
        {
            foreach (TensorInfo input in graph.Inputs)
            {
                if (frame.TryGetValue(input.Name, out Tensor? tensor))
                {
                    calibration.Observe(input.Name, tensor);
                }
            }
            interpreter.Run(frame, calibration.Observe);
            calibration.Frames++;
            progress?.Invoke(calibration.Frames, inputs.Count);
        }
        return calibration;
    }

    /// <summary>Number of calibration inputs.</summary>
    public int Frames { get; private set; }

    /// <summary>What was seen of a value.</summary>
    public ActivationStatistics this[FloatValue value] => statistics[value.Tensor];

    /// <summary>Mean of every channel of a convolution's input.</summary>
    public double[] ChannelMeans(FloatValue value)
    {
        double perChannel = (double)Frames * value.Height * value.Width;
        return Array.ConvertAll(sums[value], sum => sum / perChannel);
    }

    private void Observe(string name, Tensor tensor)
    {
        if (!statistics.TryGetValue(name, out ActivationStatistics? target) || !tensor.Type.IsFloat())
        {
            return;
        }
        ReadOnlySpan<float> values = tensor.Type == ElementType.Float32 ? tensor.Data<float>() : tensor.ToFloats();
        target.Add(values, name);
        if (convolutionInputs.TryGetValue(name, out List<FloatValue>? inputs))
        {
            foreach (FloatValue input in inputs)
            {
                AddChannels(sums[input], input.ChannelMap, values);
            }
        }
    }

    private static void AddChannels(double[] sums, ChannelMap map, ReadOnlySpan<float> values)
    {
        if (map.Table is not null || map.Inner == 1)
        {
            for (int i = 0; i < values.Length; i++)
            {
                sums[map[i]] += values[i];
            }
            return;
        }
        for (int start = 0, channel = 0; start < values.Length; start += map.Inner, channel++)
        {
            float sum = 0;
            foreach (float value in values.Slice(start, map.Inner))
            {
                sum += value;
            }
            sums[channel % map.Channels] += sum;
        }
    }
}
