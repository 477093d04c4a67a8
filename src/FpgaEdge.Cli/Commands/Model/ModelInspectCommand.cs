using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Model;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary><c>model inspect</c>: what a network file holds, node by node, and what of it is not supported.</summary>
internal static class ModelInspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "An ONNX or TFLite file; recognised by content." };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout." };
        var command = new Command("inspect", "Show inputs, outputs, operators and shapes of a network, and " +
            "every node that is not supported.\n\nExample:\n  fpgaedge model inspect network.tflite");
        command.Arguments.Add(file);
        command.Options.Add(json);
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string path, bool json)
    {
        Graph graph = ModelReader.ReadUnchecked(ModelReader.ReadFile(path), path);
        IReadOnlyList<UnsupportedNode> unsupported = OperatorSupport.Check(graph);
        // Shapes need every operator; without them the declared ones have to do.
        IReadOnlyDictionary<string, Tensor> shapes = unsupported.Count > 0
            ? new Dictionary<string, Tensor>() : ShapeInference.Infer(graph);
        if (json)
        {
            WriteJson(graph, shapes, unsupported);
        }
        else
        {
            WriteText(graph, shapes, unsupported);
        }
        return unsupported.Count == 0 ? ExitCode.Ok : ExitCode.BadInputFile;
    }

    private static void WriteText(
        Graph graph, IReadOnlyDictionary<string, Tensor> shapes, IReadOnlyList<UnsupportedNode> unsupported)
    {
        string name = SingleLine.Of(graph.Name);
        Console.WriteLine($"{name} ({graph.Format}): {graph.Nodes.Count} nodes, {Weights(graph)} constant elements");
        WriteTensors("input", graph.Inputs);
        WriteTensors("output", graph.Outputs);
        var table = new TextTable("node", "operator", "result", "quantisation");
        foreach (GraphNode node in graph.Nodes)
        {
            string output = node.Outputs.Count > 0 ? node.Outputs[0] : "";
            string shape = shapes.TryGetValue(output, out Tensor? tensor) ? tensor.ToString() : "";
            table.Add(
                SingleLine.Of(node.Name),
                SingleLine.Of(node.Operator) + Activation(node),
                shape,
                Quantisation(graph.QuantizationOf(output)));
        }
        Console.Write(table);
        foreach (UnsupportedNode node in unsupported)
        {
            Console.WriteLine($"unsupported: {node}");
        }
    }

    private static void WriteTensors(string what, IReadOnlyList<TensorInfo> tensors)
    {
        foreach (TensorInfo tensor in tensors)
        {
            Console.WriteLine(SingleLine.Of($"{what} {tensor}"));
        }
    }

    private static string Activation(GraphNode node) => node.Activation.IsNone ? ""
        : node.Activation == ActivationRange.Relu ? " + Relu"
        : string.Create(
            CultureInfo.InvariantCulture, $" + Clip {node.Activation.Minimum}…{node.Activation.Maximum}");

    private static string Quantisation(QuantizationParameters? parameters) => parameters is null ? ""
        : string.Create(
            CultureInfo.InvariantCulture, $"scale {parameters.Scale:G6}, zero point {parameters.ZeroPoint}");

    private static long Weights(Graph graph) => graph.Initializers.Values.Sum(tensor => (long)tensor.Length);

    private static void WriteJson(
        Graph graph, IReadOnlyDictionary<string, Tensor> shapes, IReadOnlyList<UnsupportedNode> unsupported)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("name", graph.Name);
        writer.WriteString("format", graph.Format.ToString());
        writer.WriteNumber("constantElements", Weights(graph));
        WriteTensors(writer, "inputs", graph.Inputs);
        WriteTensors(writer, "outputs", graph.Outputs);
        writer.WriteStartArray("nodes");
        foreach (GraphNode node in graph.Nodes)
        {
            writer.WriteStartObject();
            writer.WriteString("name", node.Name);
            writer.WriteString("domain", node.Domain);
            writer.WriteString("operator", node.Operator);
            if (node.Outputs.Count > 0 && shapes.TryGetValue(node.Outputs[0], out Tensor? tensor))
            {
                writer.WriteString("type", tensor.Type.ToString());
                WriteDims(writer, tensor.Dims);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("unsupported");
        foreach (UnsupportedNode node in unsupported)
        {
            writer.WriteStartObject();
            writer.WriteString("name", node.Node);
            writer.WriteString("operator", node.Operator);
            writer.WriteString("reason", node.Reason);
            writer.WriteString("remedy", node.Remedy);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteTensors(Utf8JsonWriter writer, string name, IReadOnlyList<TensorInfo> tensors)
    {
        writer.WriteStartArray(name);
        foreach (TensorInfo tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("type", tensor.Type.ToString());
            WriteDims(writer, tensor.Dims);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteDims(Utf8JsonWriter writer, ReadOnlySpan<int> dims)
    {
        writer.WriteStartArray("dims");
        foreach (int dim in dims)
        {
            writer.WriteNumberValue(dim);
        }
        writer.WriteEndArray();
    }
}
