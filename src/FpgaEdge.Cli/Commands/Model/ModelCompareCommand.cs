using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Kernels;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;
using FpgaEdge.Model.Quantization;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary>
/// <c>model compare</c>: what quantisation costs. For a folder of cases the accuracy of every labelled float network;
/// for a network file the signal-to-noise ratio of every layer.
/// </summary>
internal static class ModelCompareCommand
{
    public static Command Create()
    {
        var path = new Argument<string>("PATH") { Description = "A folder with cases.json, or a network file." };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Typical cases of a network file", AllowMultipleArgumentsPerToken = true,
        };
        var input = new Option<string[]>("--input")
        {
            Description = "Cases to compare a network file on; those of --calibrate when missing",
            AllowMultipleArgumentsPerToken = true,
        };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout." };
        var preprocessing = new PreprocessingOptions();
        var command = new Command("compare", "Compare quantised networks with their float originals.\n\n" +
            "Example:\n  fpgaedge model compare cases/\n  fpgaedge model compare network.onnx --calibrate photos/\n\n" +
            "Exit code 7 when a network of a folder loses more than one point of accuracy.")
        {
            path, calibrate, input, json,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            string target = parsed.GetValue(path)!;
            bool asJson = parsed.GetValue(json);
            if (Directory.Exists(target))
            {
                return Task.FromResult(CompareFolder(target, asJson, cancellation));
            }
            string[] cases = parsed.GetValue(calibrate) ?? [];
            if (cases.Length == 0)
            {
                throw new CliException(ExitCode.Usage,
                    $"{target}: a float network has to be quantised; give typical cases with --calibrate");
            }
            RawFormat? format = preprocessing.RawFormat(parsed);
            string[] frames = parsed.GetValue(input) is { Length: > 0 } given ? given : cases;
            return Task.FromResult(CompareLayers(target, InputSet.Open(cases, format), InputSet.Open(frames, format),
                preprocessing.Read(parsed, target), asJson));
        });
        return command;
    }

    private static int CompareFolder(string folder, bool json, CancellationToken cancellation)
    {
        using var progress = new ProgressLine();
        var results = new List<NetworkAccuracy>();
        foreach (LabelledInputs network in AccuracyReport.ReadCases(folder))
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Show(network.Name);
            results.Add(AccuracyReport.Measure(network, graph => new KernelExecutor(graph).Run));
        }
        progress.Clear();
        if (json)
        {
            WriteJson(results);
        }
        else
        {
            WriteText(results);
        }
        return results.TrueForAll(result => result.Passed) ? ExitCode.Ok : ExitCode.QualityGateMissed;
    }

    private static void WriteText(List<NetworkAccuracy> results)
    {
        var table = new TextTable("network", "samples", "calibrated on", "float top-1", "int8 top-1", "lost",
            "same best", "SNR dB", "");
        foreach (NetworkAccuracy result in results)
        {
            table.Add(result.Name, $"{result.Samples}", $"{result.CalibrationSamples}", $"{result.FloatTop1}",
                $"{result.IntegerTop1}", $"{result.Lost}", $"{result.Agreeing}",
                result.SignalToNoiseDb.ToString("F1", CultureInfo.InvariantCulture), result.Passed ? "ok" : "MISSED");
        }
        Console.Write(table);
        Console.WriteLine("gate: at most one point lost, or one sample where there are fewer than 100");
    }

    private static void WriteJson(List<NetworkAccuracy> results)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteNumber("passed", results.Count(result => result.Passed));
        writer.WriteNumber("failed", results.Count(result => !result.Passed));
        writer.WriteStartArray("networks");
        foreach (NetworkAccuracy result in results)
        {
            writer.WriteStartObject();
            writer.WriteString("name", result.Name);
            writer.WriteBoolean("passed", result.Passed);
            writer.WriteNumber("samples", result.Samples);
            writer.WriteNumber("calibrationSamples", result.CalibrationSamples);
            writer.WriteNumber("labelled", result.Labelled);
            writer.WriteNumber("floatTop1", result.FloatTop1);
            writer.WriteNumber("integerTop1", result.IntegerTop1);
            writer.WriteNumber("agreeing", result.Agreeing);
            WriteDecibels(writer, result.SignalToNoiseDb);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static int CompareLayers(
        string path, InputSet calibration, InputSet frames, Preprocessing preprocessing, bool json)
    {
        Graph network = ModelReader.Read(path);
        NetworkInput input = NetworkInput.Of(network);
        using var progress = new ProgressLine();
        IntegerGraph integers = Quantizer.Quantize(network, Tensors(calibration, preprocessing, input),
            progress: (done, total) => progress.Show("quantising", done, total));
        var executor = new KernelExecutor(integers);
        progress.Show("comparing");
        IReadOnlyList<LayerAccuracy> layers = LayerComparison.Compare(network, integers,
            [.. Tensors(frames, preprocessing, input).Select(t => new Dictionary<string, Tensor> { [input.Name] = t })],
            (graph, tensors) => executor.RunRange(0, graph.Nodes.Count, tensors));
        progress.Clear();
        if (json)
        {
            WriteJson(layers);
            return ExitCode.Ok;
        }
        var table = new TextTable("tensor", "elements", "scale", "SNR dB", "mean error (steps)", "saturated %");
        foreach (LayerAccuracy layer in layers)
        {
            table.Add(layer.Tensor, $"{layer.Elements}", Text(layer.Scale, "G5"), Text(layer.SignalToNoiseDb, "F1"),
                Text(layer.MeanError, "F3"), Text(layer.SaturatedShare * 100, "F2"));
        }
        Console.Write(table);
        return ExitCode.Ok;
    }

    private static void WriteJson(IReadOnlyList<LayerAccuracy> layers)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteStartArray("layers");
        foreach (LayerAccuracy layer in layers)
        {
            writer.WriteStartObject();
            writer.WriteString("tensor", layer.Tensor);
            writer.WriteNumber("elements", layer.Elements);
            writer.WriteNumber("scale", layer.Scale);
            WriteDecibels(writer, layer.SignalToNoiseDb);
            writer.WriteNumber("meanErrorSteps", layer.MeanError);
            writer.WriteNumber("saturatedShare", layer.SaturatedShare);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    // Equal tensors have no noise: the field is missing then, as every value that was not measured.
    private static void WriteDecibels(Utf8JsonWriter writer, double decibels)
    {
        if (double.IsFinite(decibels))
        {
            writer.WriteNumber("signalToNoiseDb", decibels);
        }
    }

    private static Tensor[] Tensors(InputSet cases, Preprocessing preprocessing, NetworkInput input) =>
        [.. Enumerable.Range(0, cases.Count).Select(i => input.ToTensor(cases.Read(i, preprocessing, input.Shape)))];

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
