using System.CommandLine;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary><c>vta trace</c>: the predicted timeline of a program.</summary>
internal static class VtaTraceCommand
{
    public static Command Create()
    {
        var source = new ProgramSource();
        Option<VtaBoardTiming> timing = VtaOptions.Timing();
        var output = new Option<string?>("--output", "-o") { Description = "Trace file; stdout without it." };
        var svg = new Option<string?>("--svg") { Description = "Also draw a part of the timeline into this file." };
        var from = new Option<long>("--from") { Description = "First cycle of the picture." };
        var cycles = new Option<long?>("--cycles") { Description = "Cycles in the picture; all of them without it." };
        var command = new Command("trace", "Predict a program's timeline and write it for chrome://tracing or " +
            "ui.perfetto.dev: three queues, what they wait for, and the memory port.\n\n" +
            "Example:\n  fpgaedge vta trace --layer C2 -o c2.json --svg c2.svg --cycles 100000");
        source.AddTo(command);
        command.Options.Add(timing);
        command.Options.Add(output);
        command.Options.Add(svg);
        command.Options.Add(from);
        command.Options.Add(cycles);
        command.SetAction(parsed =>
        {
            LoadedProgram program = source.Load(parsed);
            VtaTiming constants = VtaOptions.Constants(parsed.GetValue(timing));
            VtaCycleEstimate estimate = VtaOptions.OnFile(program.Name, () =>
                VtaCycleModel.Estimate(program.Configuration, constants, program.Instructions));
            WriteTrace(program, estimate, constants, parsed.GetValue(output));
            if (parsed.GetValue(svg) is string picture)
            {
                long first = Math.Max(0, parsed.GetValue(from));
                long last = first + Math.Max(1, parsed.GetValue(cycles) ?? (estimate.TotalCycles - first));
                string title = $"{program.Name} on {program.Configuration.BitstreamName}, modelled: cycles {first} " +
                    $"to {last} of {estimate.TotalCycles}";
                File.WriteAllText(
                    picture, VtaTraceSvg.Draw(title, program.Instructions, estimate, first, last));
            }
            Console.Error.WriteLine($"{program.Name}: {estimate.TotalCycles} cycles, " +
                $"{constants.ToNanoseconds(estimate.TotalCycles) / 1e6:0.000} ms modelled; busy: load " +
                $"{estimate.LoadBusyCycles}, compute {estimate.ComputeBusyCycles}, store {estimate.StoreBusyCycles}, " +
                $"memory port {estimate.DmaBusyCycles}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteTrace(
        LoadedProgram program, VtaCycleEstimate estimate, VtaTiming timing, string? output)
    {
        using Stream stream = output is null ? Console.OpenStandardOutput() : File.Create(output);
        VtaTraceWriter.Write(stream, program.Name, program.Instructions, estimate, timing);
    }
}
