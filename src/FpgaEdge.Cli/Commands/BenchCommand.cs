using System.CommandLine;
using FpgaEdge.Cli.Commands.Bench;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge bench</c>: time parts of this program on this machine.</summary>
internal static class BenchCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var command = new Command("bench", "Time parts of this program on this machine.\n\n" +
            "Example:\n  fpgaedge bench kernels --json");
        command.Subcommands.Add(Kernels());
        command.Subcommands.Add(Compile());
        return command;
    }

    private static Command Kernels()
    {
        var peer = new Option<string?>("--onnxruntime")
        {
            Description = "Folder where 'npm install --ignore-scripts onnxruntime-node' was run; without it the peer's " +
                "columns read n/a.",
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Timed samples per shape and column, taken in turn; the best of each counts.",
            DefaultValueFactory = _ => 40,
        };
        samples.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 10000)
            {
                result.AddError("--samples: expected 1..10000.");
            }
        });
        var filter = new Option<string?>("--shapes") { Description = "Only shapes whose name contains this." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("kernels", "Time integer convolutions of ResNet-18 and MobileNetV2 on one thread, " +
            "managed and native, against ONNX Runtime's QLinearConv and float Conv, and check that bytes are equal.\n\n" +
            "Example:\n  fpgaedge bench kernels --onnxruntime peer/");
        command.Options.Add(peer);
        command.Options.Add(samples);
        command.Options.Add(filter);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(new KernelBench(
            parsed.GetValue(peer), parsed.GetValue(samples), parsed.GetValue(filter), parsed.GetValue(json))
            .Run(cancellation)));
        return command;
    }

    private static Command Compile()
    {
        var package = new Argument<string>("PACKAGE") { Description = "What 'fpgaedge compile --output' wrote." };
        var repetitions = new Option<int>("--repetitions")
        {
            Description = "Times each way is taken; the first and the best are shown.",
            DefaultValueFactory = _ => 3,
        };
        repetitions.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100)
            {
                result.AddError("--repetitions: expected 1..100.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object (schema 1) on stdout." };
        var command = new Command("compile", "Time compilation from integer graph to programs, without and with known " +
            "schedules.\n\nExample:\n  fpgaedge bench compile resnet18.package");
        command.Arguments.Add(package);
        command.Options.Add(repetitions);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) => Task.FromResult(new CompileBench(
            parsed.GetValue(package)!, parsed.GetValue(repetitions), parsed.GetValue(json)).Run(cancellation)));
        return command;
    }
}
