using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary><c>model quantize</c>: a network file in, a package with its integer graph out.</summary>
internal static class ModelQuantizeCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An ONNX or TFLite file." };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Typical cases to choose scales with; not needed by networks of integers",
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string?>("--output") { Description = "Write the package to this file" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout." };
        var preprocessing = new PreprocessingOptions();
        var command = new Command("quantize", "Quantise a network to int8 and write it as a package.\n\n" +
            "Example:\n  fpgaedge model quantize network.onnx --calibrate photos/ --output network.fepk")
        {
            file, calibrate, output, json,
        };
        preprocessing.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetValue(file)!;
            string[] cases = parsed.GetValue(calibrate) ?? [];
            using var progress = new ProgressLine();
            PreparedNetwork network = NetworkPreparation.Prepare(path,
                () => Open(path, cases, preprocessing.RawFormat(parsed)), preprocessing.Read(parsed, path), (what,
                    done, total) =>
                {
                    cancellation.ThrowIfCancellationRequested();
                    progress.Show(what, done, total);
                });
            progress.Clear();
            if (parsed.GetValue(output) is { } target)
            {
                File.WriteAllBytes(target, network.File);
            }
            Report(network, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static InputSet Open(string path, string[] cases, RawFormat? format) => cases.Length > 0
        ? InputSet.Open(cases, format)
        : throw new CliException(ExitCode.Usage,
            $"{path}: a float network has to be quantised; give typical cases with --calibrate");

    private static void Report(PreparedNetwork network, bool json)
    {
        IntegerGraph graph = network.Graph;
        if (json)
        {
            WriteJson(network);
            return;
        }
        var table = new TextTable("node", "kind", "result", "scale", "zero point");
        foreach (IntegerNode node in graph.Nodes)
        {
            IntegerTensor tensor = graph.Tensors[node.Output];
            table.Add(node.Name, Kind(node), $"{tensor.Height}x{tensor.Width}x{tensor.Channels} {tensor.Type}",
                tensor.Scale.ToString("G5", System.Globalization.CultureInfo.InvariantCulture), $"{tensor.ZeroPoint}");
        }
        Console.Write(table);
        Console.WriteLine($"{graph.Name}: {graph.Nodes.Count} nodes, package of {network.File.Length} bytes");
    }

    private static string Kind(IntegerNode node) => node.GetType().Name.Replace("Node", "", StringComparison.Ordinal);

    private static void WriteJson(PreparedNetwork network)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("name", network.Graph.Name);
        writer.WriteNumber("packageBytes", network.File.Length);
        writer.WriteStartArray("nodes");
        foreach (IntegerNode node in network.Graph.Nodes)
        {
            IntegerTensor tensor = network.Graph.Tensors[node.Output];
            writer.WriteStartObject();
            writer.WriteString("name", node.Name);
            writer.WriteString("kind", Kind(node));
            writer.WriteNumber("height", tensor.Height);
            writer.WriteNumber("width", tensor.Width);
            writer.WriteNumber("channels", tensor.Channels);
            writer.WriteString("type", tensor.Type.ToString());
            writer.WriteNumber("scale", tensor.Scale);
            writer.WriteNumber("zeroPoint", tensor.ZeroPoint);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
