using System.CommandLine;
using FpgaEdge.Cli.Commands.Vta;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge vta</c>: work with the accelerator itself, without a network or a board.</summary>
internal static class VtaCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var command = new Command("vta", "Verify, time and look into programs of the VTA accelerator.\n\n" +
            "Example:\n  fpgaedge vta verify vectors/ --json\n  fpgaedge vta config vta_config.json");
        command.Subcommands.Add(VtaVerifyCommand.Create());
        command.Subcommands.Add(VtaDisasmCommand.Create());
        command.Subcommands.Add(VtaTraceCommand.Create());
        command.Subcommands.Add(VtaBenchCommand.Create());
        command.Subcommands.Add(VtaConfigCommand.Create());
        command.Subcommands.Add(VtaModelCommand.Create());
        command.Subcommands.Add(VtaNetworkCommand.Create());
        command.Subcommands.Add(VtaMapCommand.Create());
        return command;
    }
}
