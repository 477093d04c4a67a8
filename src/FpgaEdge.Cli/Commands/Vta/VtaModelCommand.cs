using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Vta;
using FpgaEdge.Vta.Tvm;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta model</c>: the cycle model against the published figures of ResNet-18's convolutions.</summary>
internal static class VtaModelCommand
{
    /// <summary>Prediction of one layer.</summary>
    private sealed record Row(ResNet18Layer Layer, double Milliseconds)
    {
        public double Gops => 2 * Layer.Convolution.Macs / Milliseconds / 1e6;
    }

    public static Command Create()
    {
        Option<bool> json = VtaOptions.Json();
        Option<VtaBoardTiming> timing = VtaOptions.Timing();
        var gap = new Option<int?>("--burst-gap")
        {
            Description = "Cycles between the bursts of a DRAM row, instead of the board's figure.",
        };
        var command = new Command("model", "Predict ResNet-18's offloaded convolutions in TVM's schedule and compare " +
            "with the published figures.\n\nExample:\n  fpgaedge vta model --json");
        command.Options.Add(json);
        command.Options.Add(timing);
        command.Options.Add(gap);
        command.SetAction(parsed =>
        {
            VtaTiming constants = VtaOptions.Constants(parsed.GetValue(timing));
            constants = parsed.GetValue(gap) is int cycles ? constants with { DmaBurstGapCycles = cycles } : constants;
            Row[] rows = [.. ResNet18Layers.All.Select(layer => Predict(layer, constants))];
            if (parsed.GetValue(json))
            {
                WriteJson(rows, parsed.GetValue(timing));
            }
            else
            {
                WriteText(rows, parsed.GetValue(timing));
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static Row Predict(ResNet18Layer layer, VtaTiming timing)
    {
        VtaProgram program = ResNet18Layers.Generate(VtaConfiguration.Pynq, layer).Program;
        long cycles = VtaCycleModel.Estimate(VtaConfiguration.Pynq, timing, program.Instructions).TotalCycles;
        return new Row(layer, timing.ToNanoseconds(cycles) / 1e6);
    }

    private static double Total(Row[] rows) => rows.Sum(row => row.Layer.Uses * row.Milliseconds);

    private static double Published(VtaBoardTiming board) => board == VtaBoardTiming.ZynqUltraScale
        ? ResNet18Layers.UltraScaleLogMilliseconds
        : ResNet18Layers.PublishedMilliseconds;

    private static double LogGops(ResNet18Layer layer, VtaBoardTiming board) =>
        board == VtaBoardTiming.ZynqUltraScale ? layer.UltraScaleLogGops : layer.Zynq7020LogGops;

    private static void WriteText(Row[] rows, VtaBoardTiming board)
    {
        bool hasRoofline = board == VtaBoardTiming.Zynq7020;
        var table = new TextTable("layer", "uses", "modelled ms", "modelled GOPS", "roofline GOPS", "tuning log GOPS");
        foreach (Row row in rows)
        {
            table.Add(row.Layer.Name, $"{row.Layer.Uses}", $"{row.Milliseconds:0.000}", $"{row.Gops:0.0}",
                hasRoofline ? $"{row.Layer.RooflineGops:0}" : "-", $"{LogGops(row.Layer, board):0.0}");
        }
        Console.Write(table);
        Console.WriteLine($"total {Total(rows):0.0} ms modelled, {Published(board):0.0} ms published for {board} " +
            $"({((Total(rows) / Published(board)) - 1) * 100:+0.0;-0.0} %)");
    }

    private static void WriteJson(Row[] rows, VtaBoardTiming board)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("timing", board.ToString());
        writer.WriteNumber("modelledTotalMs", Math.Round(Total(rows), 3));
        writer.WriteNumber("publishedTotalMs", Published(board));
        writer.WriteStartArray("layers");
        foreach (Row row in rows)
        {
            writer.WriteStartObject();
            writer.WriteString("name", row.Layer.Name);
            writer.WriteNumber("uses", row.Layer.Uses);
            writer.WriteNumber("modelledMs", Math.Round(row.Milliseconds, 4));
            writer.WriteNumber("modelledGops", Math.Round(row.Gops, 2));
            if (board == VtaBoardTiming.Zynq7020)
            {
                writer.WriteNumber("rooflineGops", row.Layer.RooflineGops);
            }
            writer.WriteNumber("tuningLogGops", LogGops(row.Layer, board));
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
