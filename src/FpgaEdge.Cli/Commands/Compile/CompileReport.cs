using System.Globalization;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Commands.Compile;

/// <summary>What the compiler did with a network; every time is modelled except the compiler's own.</summary>
internal sealed class CompileReport(string model, string packageHash, CompiledStage stage, TimeSpan compileTime)
{
    private readonly IntegerGraph graph = stage.Graph;

    /// <summary>
    /// The first layer: the first convolution on the accelerator that reads a network input. Preparing its input on
    /// the cores is in the total.
    /// </summary>
    private NodeReport? FirstLayer => stage.Nodes.FirstOrDefault(
        node => node.OnVta && graph.Nodes[node.Node].Inputs.Any(graph.Inputs.Contains));

    /// <summary>Convolutions over images on the accelerator, without the first layer and dense layers.</summary>
    private IEnumerable<NodeReport> Offloaded => stage.Nodes.Where(node => node.OnVta && node != FirstLayer &&
        !IsDense(node));

    /// <summary>One object, schema 1.</summary>
    public void WriteJson()
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("model", model);
        writer.WriteString("package", packageHash);
        writer.WriteString("board", stage.Target.Board);
        writer.WriteString("vtaConfiguration", stage.Target.Configuration.BitstreamName);
        writer.WriteNumber("clockHertz", stage.Target.Timing.ClockHz);
        writer.WriteString("cores", stage.Target.Cpu.Name);
        writer.WriteNumber("compileMs", Math.Round(compileTime.TotalMilliseconds, 1));
        writer.WriteNumber("windowBytes", stage.WindowBytes);
        writer.WriteStartObject("modelled");
        writer.WriteNumber("offloadedConvolutionsMs", Milliseconds(Offloaded.Sum(node => node.Cycles)));
        writer.WriteNumber("firstLayerMs", Milliseconds(FirstLayer?.Cycles ?? 0));
        writer.WriteNumber("acceleratorMs", Milliseconds(stage.ModelledCycles));
        writer.WriteNumber("totalMs", Math.Round(stage.ModelledNs / 1e6, 3));
        writer.WriteEndObject();
        writer.WriteStartArray("layers");
        foreach (NodeReport node in stage.Nodes)
        {
            WriteLayer(writer, node);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A summary, and with <paramref name="layers"/> a table of all layers before it.</summary>
    public void WriteText(bool layers)
    {
        if (layers)
        {
            var table = new TextTable("layer", "on", "modelled ms", "cycles", "bound", "% of bound", "schedule");
            foreach (NodeReport node in stage.Nodes)
            {
                (string bound, long cycles) = Bound(node);
                table.Add(
                    graph.Nodes[node.Node].Name, node.OnVta ? "vta" : "cores", Text(node.ModelledNs / 1e6, "0.000"),
                    node.OnVta ? Text(node.Cycles, "0") : "-", node.OnVta ? bound : "-",
                    node.OnVta ? Text(100.0 * cycles / node.Cycles, "0.0") : "-", node.Schedule);
            }
            Console.WriteLine(table);
        }
        Console.WriteLine($"{model} on {stage.Target.Board} ({stage.Target.Configuration.BitstreamName} at " +
            $"{Text(stage.Target.Timing.ClockHz / 1e6, "0.#")} MHz, {stage.Target.Cpu.Name}), modelled:");
        double offloaded = Milliseconds(Offloaded.Sum(node => node.Cycles));
        Console.WriteLine($"  convolutions on VTA {Text(offloaded, "0.00")} ms, " +
            $"first layer {Text(Milliseconds(FirstLayer?.Cycles ?? 0), "0.00")} ms, " +
            $"whole network {Text(stage.ModelledNs / 1e6, "0.00")} ms");
        Console.WriteLine($"  {stage.WindowBytes / 1024} KiB of the DMA window; compiled in " +
            $"{Text(compileTime.TotalMilliseconds, "0")} ms; package {packageHash}");
    }

    private void WriteLayer(Utf8JsonWriter writer, NodeReport node)
    {
        writer.WriteStartObject();
        writer.WriteNumber("node", node.Node);
        writer.WriteString("name", graph.Nodes[node.Node].Name);
        writer.WriteString("kind", Kind(graph.Nodes[node.Node]));
        writer.WriteString("on", node.OnVta ? "vta" : "cores");
        writer.WriteNumber("modelledMs", Math.Round(node.ModelledNs / 1e6, 4));
        if (node.OnVta)
        {
            (string bound, long cycles) = Bound(node);
            writer.WriteNumber("cycles", node.Cycles);
            writer.WriteString("bound", bound);
            writer.WriteNumber("boundCycles", cycles);
            writer.WriteNumber("percentOfBound", Math.Round(100.0 * cycles / node.Cycles, 1));
            writer.WriteNumber("multiplierCycles", node.MultiplierCycles);
            writer.WriteNumber("aluCycles", node.AluCycles);
            writer.WriteNumber("dmaCycles", node.DmaCycles);
        }
        writer.WriteString("schedule", node.Schedule);
        writer.WriteEndObject();
    }

    /// <summary>What needs the most cycles by itself.</summary>
    private static (string Name, long Cycles) Bound(NodeReport node) =>
        new[] { ("multiplier", node.MultiplierCycles), ("ALU", node.AluCycles), ("DMA",
            node.DmaCycles) }.MaxBy(bound => bound.Item2);

    private double Milliseconds(long cycles) => Math.Round(stage.Target.Timing.ToNanoseconds(cycles) / 1e6, 3);

    private bool IsDense(NodeReport node)
    {
        IntegerTensor input = graph.Tensors[graph.Nodes[node.Node].Inputs[0]];
        return input.Height == 1 && input.Width == 1;
    }

    private static string Kind(IntegerNode node) =>
        node.GetType().Name.Replace("Node", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
