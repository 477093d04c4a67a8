using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta config</c>: what follows from a configuration file, or why it cannot be.</summary>
internal static class VtaConfigCommand
{
    private static readonly VtaMemoryId[] Memories =
        [VtaMemoryId.Uop, VtaMemoryId.Inp, VtaMemoryId.Wgt, VtaMemoryId.Acc, VtaMemoryId.Out];

    public static Command Create()
    {
        var path = new Argument<string?>("PATH")
        {
            Description = "vta_config.json; the published pynq configuration without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var isa = new Option<VtaIsa>("--isa") { Description = "Instruction set generation; the file does not say." };
        Option<bool> json = VtaOptions.Json();
        var command = new Command("config", "Show every figure that follows from a configuration, and the " +
            "instruction layout; refuse impossible ones.\n\n" +
            "Example:\n  fpgaedge vta config vta_config.json --isa Legacy");
        command.Arguments.Add(path);
        command.Options.Add(isa);
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            VtaIsa generation = parsed.GetValue(isa);
            VtaConfiguration configuration = parsed.GetValue(path) is string file
                ? VtaOptions.OnFile(file, () => VtaConfiguration.FromJson(File.ReadAllText(file), generation))
                : VtaConfiguration.Pynq with { Isa = generation };
            if (parsed.GetValue(json))
            {
                WriteJson(configuration);
            }
            else
            {
                WriteText(configuration);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteText(VtaConfiguration c)
    {
        Console.WriteLine($"{c.BitstreamName} ({c.Target}, {c.HardwareVersion}, {c.Isa} instruction set)");
        Console.WriteLine($"GEMM {c.Batch} x {c.BlockIn} x {c.BlockOut}: {c.MacsPerGemm} MAC per cycle");
        Console.WriteLine();
        var memories = new TextTable("memory", "element bytes", "elements", "bytes");
        foreach (VtaMemoryId memory in Memories)
        {
            long bytes = (long)c.ElementBytes(memory) * c.Depth(memory);
            memories.Add(
                memory.ToString().ToLowerInvariant(), $"{c.ElementBytes(memory)}", $"{c.Depth(memory)}", $"{bytes}");
        }
        Console.Write(memories);
        Console.WriteLine();
        var fields = new TextTable("format", "field", "first bit", "bits");
        foreach ((string format, string field, VtaBitField place) in VtaInstructionLayout.For(c).NamedFields())
        {
            fields.Add(format, field, $"{place.Offset}", $"{place.Width}");
        }
        Console.Write(fields);
    }

    private static void WriteJson(VtaConfiguration c)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("name", c.BitstreamName);
        writer.WriteString("target", c.Target);
        writer.WriteString("hardwareVersion", c.HardwareVersion);
        writer.WriteString("isa", c.Isa.ToString());
        writer.WriteNumber("batch", c.Batch);
        writer.WriteNumber("blockIn", c.BlockIn);
        writer.WriteNumber("blockOut", c.BlockOut);
        writer.WriteNumber("macsPerCycle", c.MacsPerGemm);
        writer.WriteNumber("inpBits", c.InpBits);
        writer.WriteNumber("wgtBits", c.WgtBits);
        writer.WriteNumber("accBits", c.AccBits);
        writer.WriteNumber("outBits", c.OutBits);
        writer.WriteStartObject("memories");
        foreach (VtaMemoryId memory in Memories)
        {
            writer.WriteStartObject(memory.ToString().ToLowerInvariant());
            writer.WriteNumber("elementBytes", c.ElementBytes(memory));
            writer.WriteNumber("elements", c.Depth(memory));
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteStartObject("layout");
        foreach (var format in VtaInstructionLayout.For(c).NamedFields().GroupBy(f => f.Format))
        {
            writer.WriteStartObject(format.Key);
            foreach ((_, string field, VtaBitField place) in format)
            {
                writer.WriteStartArray(field);
                writer.WriteNumberValue(place.Offset);
                writer.WriteNumberValue(place.Width);
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}
