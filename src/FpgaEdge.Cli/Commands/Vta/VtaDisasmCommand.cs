using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta disasm</c>: a program as text.</summary>
internal static class VtaDisasmCommand
{
    public static Command Create()
    {
        var source = new ProgramSource();
        Option<bool> json = VtaOptions.Json();
        var microOps = new Option<bool>("--uops") { Description = "Show the micro-ops of each micro-op load." };
        var command = new Command("disasm", "Show a program's instructions, one per line.\n\n" +
            "Example:\n  fpgaedge vta disasm vectors/A_1x16_pynq.json --case gemm_reset\n" +
            "  fpgaedge vta disasm --layer C11 --uops");
        source.AddTo(command);
        command.Options.Add(microOps);
        command.Options.Add(json);
        command.SetAction(parsed => Run(source.Load(parsed), parsed.GetValue(microOps), parsed.GetValue(json)));
        return command;
    }

    private static int Run(LoadedProgram program, bool showMicroOps, bool json)
    {
        if (json)
        {
            WriteJson(program, showMicroOps);
            return ExitCode.Ok;
        }
        Console.WriteLine($"; {program.Name}, {program.Configuration.BitstreamName}, {program.Configuration.Isa} " +
            $"instruction set, {program.Instructions.Length} instructions");
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            VtaInstruction instruction = program.Instructions[i];
            Console.WriteLine($"{i,6}  {instruction.Queue,-7}  {VtaDisassembler.Format(instruction)}");
            foreach ((int index, string text) in MicroOps(program, instruction, showMicroOps))
            {
                Console.WriteLine($"                   uop {index,5}: {text}");
            }
        }
        return ExitCode.Ok;
    }

    private static IEnumerable<(int Index, string Text)> MicroOps(
        LoadedProgram program, VtaInstruction instruction, bool show)
    {
        if (!show || instruction is not VtaLoad { Memory: VtaMemoryId.Uop } load)
        {
            yield break;
        }
        for (int i = 0; i < load.XSize; i++)
        {
            VtaMicroOp? microOp = program.ReadMicroOp(load.DramBase + (uint)i);
            yield return (load.SramBase + i, microOp is VtaMicroOp known ? VtaDisassembler.Format(known) : "unknown");
        }
    }

    private static void WriteJson(LoadedProgram program, bool showMicroOps)
    {
        using var writer = new Utf8JsonWriter(Console.OpenStandardOutput());
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("name", program.Name);
        writer.WriteString("configuration", program.Configuration.BitstreamName);
        writer.WriteString("isa", program.Configuration.Isa.ToString());
        writer.WriteStartArray("instructions");
        for (int i = 0; i < program.Instructions.Length; i++)
        {
            VtaInstruction instruction = program.Instructions[i];
            writer.WriteStartObject();
            writer.WriteNumber("index", i);
            writer.WriteString("queue", instruction.Queue.ToString());
            writer.WriteString("text", VtaDisassembler.Format(instruction));
            if (showMicroOps && instruction is VtaLoad { Memory: VtaMemoryId.Uop, XSize: > 0 })
            {
                writer.WriteStartArray("microOps");
                foreach ((_, string text) in MicroOps(program, instruction, showMicroOps))
                {
                    writer.WriteStringValue(text);
                }
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
