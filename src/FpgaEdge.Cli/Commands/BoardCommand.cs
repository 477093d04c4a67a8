using System.CommandLine;
using FpgaEdge.Cli.Commands.Boards;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge board</c>: one running board, and board files.</summary>
internal static class BoardCommand
{
    /// <summary>The verb with its parts.</summary>
    public static Command Create()
    {
        var command = new Command(
            "board", "Ask a running board how it is; check board files, and make from them what a board's device tree needs.\n\n" +
            "Example:\n  fpgaedge board status a --cluster shelf\n  fpgaedge board logs a --cluster shelf --follow\n" +
            "  fpgaedge board check bsp\n  fpgaedge board dts pynq-z1 > fpgaedge.dtsi");
        foreach (Command question in BoardAskCommand.CreateAll())
        {
            command.Subcommands.Add(question);
        }
        command.Subcommands.Add(BoardCheckCommand.Create());
        command.Subcommands.Add(BoardDtsCommand.Create());
        return command;
    }
}
