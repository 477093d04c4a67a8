using System.CommandLine;
using FpgaEdge.Cli.Commands.Model;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge model</c>: look into networks and check what they compute.</summary>
internal static class ModelCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var command = new Command("model", "Inspect ONNX and TFLite networks and verify what they compute.\n\n" +
            "Example:\n  fpgaedge model inspect network.onnx\n  fpgaedge model verify cases/ --json");
        command.Subcommands.Add(ModelInspectCommand.Create());
        command.Subcommands.Add(ModelVerifyCommand.Create());
        command.Subcommands.Add(ModelQuantizeCommand.Create());
        command.Subcommands.Add(ModelCompareCommand.Create());
        command.Subcommands.Add(ModelFuzzCommand.Create());
        return command;
    }
}
