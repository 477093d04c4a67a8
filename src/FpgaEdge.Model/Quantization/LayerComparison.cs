using FpgaEdge.Model.Integer;

namespace FpgaEdge.Model.Quantization;

/// <summary>How well one integer tensor follows the float tensor of the same name.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Elements">Elements of one frame.</param>
/// <param name="Scale">Scale of the integer tensor.</param>
/// <param name="SignalToNoiseDb">
/// 10 · log10 of Σ float² over Σ (float − integer)², over all frames; infinite when equal.
/// </param>
/// <param name="MeanError">Mean of integer − float, in steps of the scale: what bias correction removes.</param>
/// <param name="SaturatedShare">Share of elements at the ends of the integer range.</param>
public sealed record LayerAccuracy(
    string Tensor, int Elements, double Scale, double SignalToNoiseDb, double MeanError, double SaturatedShare);

/// <summary>Compares an integer graph with the float network it came from, tensor by tensor.</summary>
public static class LayerComparison
{
    /// <summary>Runs both networks on the same inputs.</summary>
    /// <param name="graph">The float network.</param>
    /// <param name="integers">What <see cref="Quantizer"/> made of it.</param>
    /// <param name="inputs">Frames: a tensor per graph input, by name.</param>
    /// <param name="run">
    /// Fills all tensors of the integer graph from its inputs; null for the golden interpreter.
    /// </param>
    /// <returns>One entry per integer tensor that has a float counterpart, in the order of the integer graph.</returns>
    public static IReadOnlyList<LayerAccuracy> Compare(Graph graph, IntegerGraph integers,
        IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs, Action<IntegerGraph, byte[]?[]>? run = null)
    {
        run ??= (network, tensors) => GoldenInterpreter.RunRange(network, 0, network.Nodes.Count, tensors);
        IReadOnlyDictionary<string, LogicalView> views = GraphLowering.Views(graph);
        Dictionary<string, Total> totals = [];
        foreach (IntegerTensor tensor in integers.Tensors)
        {
            if (views.TryGetValue(tensor.Name, out LogicalView? view) && view.Value.ElementCount == tensor.ElementCount)
            {
                totals.TryAdd(tensor.Name, new Total(tensor, view.StoredIndices()));
            }
        }
        var interpreter = new ReferenceInterpreter(graph);
        ChannelLayout layout = graph.Format == ModelFormat.Onnx ? ChannelLayout.ChannelsFirst
            : ChannelLayout.ChannelsLast;
        foreach (IReadOnlyDictionary<string, Tensor> frame in inputs)
        {
            byte[]?[] tensors = new byte[]?[integers.Tensors.Count];
            foreach (int input in integers.Inputs)
            {
                IntegerTensor tensor = integers.Tensors[input];
                tensors[input] = TensorEdges.Quantize(tensor, frame[tensor.Name], layout);
            }
            run(integers, tensors);
            for (int i = 0; i < tensors.Length; i++)
            {
                if (totals.TryGetValue(integers.Tensors[i].Name, out Total? total)
                    && total.Tensor == integers.Tensors[i])
                {
                    total.Bytes = tensors[i]!;
                }
            }
            interpreter.Run(frame, (name, tensor) => Add(totals, name, tensor));
        }
        return [.. integers.Tensors.Where(tensor => totals.TryGetValue(tensor.Name, out Total? total)
            && total.Tensor == tensor)
            .Select(tensor => totals[tensor.Name].Result()).Where(result => result.Elements > 0)];
    }

    private static void Add(Dictionary<string, Total> totals, string name, Tensor tensor)
    {
        if (totals.TryGetValue(name, out Total? total) && tensor.Type.IsFloat())
        {
            total.Add(tensor.ToFloats());
        }
    }

    private sealed class Total(IntegerTensor tensor, int[] stored)
    {
        private double signal;
        private double noise;
        private double error;
        private long saturated;
        private long count;

        public IntegerTensor Tensor { get; } = tensor;

        public byte[] Bytes { get; set; } = [];

        public void Add(float[] exact)
        {
            for (int i = 0; i < exact.Length; i++)
            {
                int q = Tensor.Type == IntegerType.UInt8 ? Bytes[stored[i]] : (sbyte)Bytes[stored[i]];
                double difference = ((q - Tensor.ZeroPoint) * Tensor.Scale) - exact[i];
                signal += (double)exact[i] * exact[i];
                noise += difference * difference;
                error += difference;
                saturated += q == 127 || (q == -128 && Tensor.ZeroPoint != -128) ? 1 : 0;
            }
            count += exact.Length;
        }

        public LayerAccuracy Result() => new(Tensor.Name, count == 0 ? 0 : Tensor.ElementCount, Tensor.Scale,
            noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise), error / Math.Max(1,
                count) / Tensor.Scale,
            (double)saturated / Math.Max(1, count));
    }
}
