using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Verification;

namespace FpgaEdge.Model.Quantization;

/// <summary>How a quantised network does beside its float original, on the same inputs.</summary>
/// <param name="Name">The case's name.</param>
/// <param name="Samples">Inputs that were run.</param>
/// <param name="CalibrationSamples">How many of them the quantiser has seen.</param>
/// <param name="Labelled">Inputs with accepted classes.</param>
/// <param name="FloatTop1">Labelled inputs whose best element in the float network is accepted.</param>
/// <param name="IntegerTop1">The same for the integer network.</param>
/// <param name="Agreeing">Inputs whose best elements are the same in both.</param>
/// <param name="SignalToNoiseDb">Of the outputs that precede a last softmax, over all inputs.</param>
public sealed record NetworkAccuracy(string Name, int Samples, int CalibrationSamples, int Labelled, int FloatTop1,
    int IntegerTop1, int Agreeing, double SignalToNoiseDb)
{
    /// <summary>Labelled inputs lost; negative when the integer network gets more right.</summary>
    public int Lost => FloatTop1 - IntegerTop1;

    /// <summary>
    /// The quality gate: at most one point of accuracy lost, or one input where there are fewer than 100.
    /// </summary>
    public bool Passed => Lost * 100 <= Math.Max(Labelled, 100);
}

/// <summary>One float network with inputs and accepted classes.</summary>
/// <param name="Name">The case's name.</param>
/// <param name="Graph">The float network; it has one input.</param>
/// <param name="Inputs">Prepared inputs.</param>
/// <param name="Labels">Accepted classes of each input; empty for no statement.</param>
public sealed record LabelledInputs(
    string Name, Graph Graph, IReadOnlyList<Tensor> Inputs, IReadOnlyList<IReadOnlyList<int>> Labels);

/// <summary>Measures what quantisation costs.</summary>
public static class AccuracyReport
{
    private const int MostCalibrationSamples = 50;

    /// <summary>
    /// The float networks of a case folder that have one input and labels. A TFLite network <c>…_float</c> beside a
    /// labelled
    /// <c>…_int8</c> one that has no case of its own gets the integer network's inputs as real numbers.
    /// </summary>
    /// <exception cref="ModelFormatException">The folder's files are missing or damaged.</exception>
    public static IEnumerable<LabelledInputs> ReadCases(string folder)
    {
        IReadOnlyList<CaseEntry> entries = CaseReader.Read(folder);
        var seen = new HashSet<string>(entries.Select(entry => entry.File));
        foreach (CaseEntry entry in entries)
        {
            if (entry.IsOperatorGroup || entry.Labels is null || entry.Inputs.Count != 1)
            {
                continue;
            }
            if (entry.Tags.Contains("float"))
            {
                yield return Read(folder, entry, ModelReader.Read(Path.Combine(folder, entry.File)));
            }
            string twin = entry.File.Replace("_int8.", "_float.", StringComparison.Ordinal);
            if (seen.Add(twin) && File.Exists(Path.Combine(folder, twin)))
            {
                yield return ReadTwin(folder, entry, twin);
            }
        }
    }

    /// <summary>Quantises with every other input, at most 50, and runs all.</summary>
    /// <param name="network">The network and its inputs.</param>
    /// <param name="run">Runs an integer graph: from inputs to outputs; null for the golden interpreter.</param>
    /// <param name="options">Quantiser options; null for the defaults.</param>
    public static NetworkAccuracy Measure(LabelledInputs network,
        Func<IntegerGraph, Func<IReadOnlyList<byte[]>, IReadOnlyList<byte[]>>>? run = null,
            QuantizerOptions? options = null)
    {
        Tensor[] calibration = [.. network.Inputs.Where((_, i) => i % 2 == 0).Take(MostCalibrationSamples)];
        IntegerGraph integers = Quantizer.Quantize(network.Graph, calibration, options);
        Func<IReadOnlyList<byte[]>, IReadOnlyList<byte[]>> execute =
            run?.Invoke(integers) ?? (frame => GoldenInterpreter.Run(integers, frame));
        return Compare(network, integers, execute, calibration.Length);
    }

    private static NetworkAccuracy Compare(LabelledInputs network, IntegerGraph integers,
        Func<IReadOnlyList<byte[]>, IReadOnlyList<byte[]>> execute, int calibrated)
    {
        Graph graph = network.Graph;
        var interpreter = new ReferenceInterpreter(graph);
        ChannelLayout layout = graph.Format == ModelFormat.Onnx ? ChannelLayout.ChannelsFirst
            : ChannelLayout.ChannelsLast;
        IntegerTensor output = integers.Tensors[integers.Outputs[0]];
        (int floatTop1, int integerTop1, int agreeing, double signal, double noise) = (0, 0, 0, 0, 0);
        for (int i = 0; i < network.Inputs.Count; i++)
        {
            float[]? logits = null;
            var frame = new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = network.Inputs[i] };
            float[] exact = interpreter.Run(frame, (name, tensor) => logits = name == output.Name ? tensor.ToFloats()
                : logits)
                [graph.Outputs[0].Name].ToFloats();
            byte[] bytes = TensorEdges.Quantize(integers.Tensors[integers.Inputs[0]], network.Inputs[i], layout);
            float[] found = TensorEdges.Dequantize(output, execute([bytes])[0]);
            for (int k = 0; logits is not null && k < found.Length; k++)
            {
                signal += (double)logits[k] * logits[k];
                noise += ((double)logits[k] - found[k]) * ((double)logits[k] - found[k]);
            }
            (int best, int integerBest) = (Best(exact), Best(found));
            floatTop1 += network.Labels[i].Contains(best) ? 1 : 0;
            integerTop1 += network.Labels[i].Contains(integerBest) ? 1 : 0;
            agreeing += best == integerBest ? 1 : 0;
        }
        return new NetworkAccuracy(network.Name, network.Inputs.Count, calibrated, network.Labels.Count(l =>
            l.Count > 0),
            floatTop1, integerTop1, agreeing, 10 * Math.Log10(signal / noise));
    }

    private static LabelledInputs Read(string folder, CaseEntry entry, Graph graph)
    {
        var inputs = new CaseInputs(folder, entry.Inputs[0]);
        return new LabelledInputs(
            entry.Name, graph, [.. Enumerable.Range(0, inputs.Count).Select(inputs.Make)], entry.Labels!);
    }

    private static LabelledInputs ReadTwin(string folder, CaseEntry entry, string twin)
    {
        LabelledInputs integers = Read(folder, entry, ModelReader.Read(Path.Combine(folder, entry.File)));
        Graph graph = ModelReader.Read(Path.Combine(folder, twin));
        QuantizationParameters meaning = integers.Graph.QuantizationOf(integers.Graph.Inputs[0].Name)
            ?? throw new ModelFormatException($"{entry.File}: its input has no scale, so {twin} cannot share it");
        Tensor[] inputs = [.. integers.Inputs.Select(tensor => Tensor.Of(
            Array.ConvertAll(tensor.ToFloats(), q => meaning.Scale * (q - meaning.ZeroPoint)), tensor.Dims))];
        return new LabelledInputs(Path.ChangeExtension(twin, null), graph, inputs, entry.Labels!);
    }

    private static int Best(float[] values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
