using System.Text.Json;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Compiler.Stages;
using FpgaEdge.Model.Integer;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary>What <c>vta network</c> found: cycles of every layer, modelled and measured in the RTL.</summary>
internal sealed class VtaNetworkReport
{
    private const double ClockHz = 100e6;

    private readonly CompiledStage stage;
    private readonly int frames;
    private readonly Verification verification;
    private readonly TimeSpan elapsed;
    private readonly Row[] rows;

    /// <summary>Program i of the stage has result i.</summary>
    public VtaNetworkReport(
        CompiledStage stage, List<VtaRunResult> runs, int frames, Verification verification, TimeSpan elapsed)
    {
        (this.stage, this.frames, this.verification, this.elapsed) = (stage, frames, verification, elapsed);
        rows = [.. stage.Steps.OfType<ProgramStep>().Zip(runs, (step, run) => new Row(step, run))];
    }

    /// <summary>The largest difference between modelled and measured cycles; 0 where nothing was measured.</summary>
    public double WorstErrorPercent => rows.Select(row => Math.Abs(row.ErrorPercent ?? 0)).DefaultIfEmpty(0).Max();

    private bool Measured => rows.All(row => row.Run.Measured is not null);

    /// <summary>Convolutions except the first: what the published figures of ResNet-18 count.</summary>
    private double InnerMilliseconds => Milliseconds(rows.Where(row => row.Step.Node != 0 && IsWindow(row)));

    public void WriteText()
    {
        var table = new TextTable(
            "layer", "schedule", "modelled", "measured", "error %", "GEMM", "ALU", "stalls", "load waits", "compute waits", "ms/frame");
        foreach (Row row in rows)
        {
            VtaMeasuredCycles? m = row.Run.Measured;
            table.Add(
                Name(row), stage.Nodes[row.Step.Node - stage.FirstNode].Schedule, $"{row.Step.Cycles}", Text(m?.TotalCycles),
                row.ErrorPercent is double error ? $"{error:0.00}" : "-", Text(m?.GemmSteps), Text(m?.AluSteps),
                Text(m?.StallCycles), Text(m?.LoadWaitCycles), Text(m?.ComputeWaitCycles), $"{Milliseconds([row]):0.000}");
        }
        Console.Write(table);
        string kind = Measured ? "measured in the RTL" : "modelled";
        Console.WriteLine($"{stage.Target.Configuration.BitstreamName}, {frames} frame(s) together, {kind}, 100 MHz: " +
            $"{Milliseconds(rows):0.00} ms per frame on the accelerator, {InnerMilliseconds:0.00} ms of it in convolutions after the first");
        Console.WriteLine($"worst difference between model and RTL {WorstErrorPercent:0.00} %; simulated in {elapsed.TotalSeconds:0.0} s");
        Console.WriteLine(verification.IsBitExact(frames)
            ? $"{frames} of {frames} frames identical with the {Verification.Reference}"
            : $"NOT identical with the {Verification.Reference}: {verification.FirstDifference}");
    }

    public void WriteJson(int ports)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("configuration", stage.Target.Configuration.BitstreamName);
        writer.WriteNumber("ports", ports);
        writer.WriteNumber("frames", frames);
        writer.WriteBoolean("measured", Measured);
        writer.WriteNumber("msPerFrame", Math.Round(Milliseconds(rows), 4));
        writer.WriteNumber("msPerFrameAfterFirst", Math.Round(InnerMilliseconds, 4));
        writer.WriteNumber("worstErrorPercent", Math.Round(WorstErrorPercent, 3));
        writer.WriteBoolean("identical", verification.IsBitExact(frames));
        writer.WriteStartArray("layers");
        foreach (Row row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("name", Name(row));
            writer.WriteNumber("modelledCycles", row.Step.Cycles);
            if (row.Run.Measured is VtaMeasuredCycles m)
            {
                writer.WriteNumber("measuredCycles", m.TotalCycles);
                writer.WriteNumber("errorPercent", Math.Round(row.ErrorPercent!.Value, 3));
                writer.WriteNumber("gemmSteps", m.GemmSteps);
                writer.WriteNumber("aluSteps", m.AluSteps);
                writer.WriteNumber("stallCycles", m.StallCycles);
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string Text(long? number) => number is long value ? $"{value}" : "-";

    private double Milliseconds(IEnumerable<Row> some) =>
        some.Sum(row => row.Run.Measured?.TotalCycles ?? row.Step.Cycles) / ClockHz * 1e3 / frames;

    private string Name(Row row) => stage.Graph.Nodes[row.Step.Node].Name is { Length: > 0 } name ? name : $"node {row.Step.Node}";

    private bool IsWindow(Row row) =>
        stage.Graph.Nodes[row.Step.Node] is ConvolutionNode convolution &&
        stage.Graph.Tensors[convolution.Inputs[0]] is { Height: > 1 };

    private sealed record Row(ProgramStep Step, VtaRunResult Run)
    {
        public double? ErrorPercent =>
            Run.Measured is VtaMeasuredCycles m ? ((double)Step.Cycles / m.TotalCycles * 100) - 100 : null;
    }
}
