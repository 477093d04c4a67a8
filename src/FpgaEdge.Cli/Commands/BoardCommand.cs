using System.CommandLine;
using FpgaEdge.Cli.Commands.Boards;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge board</c>: board files.</summary>
internal static class BoardCommand
{
    /// <summary>The verb with its parts.</summary>
    public static Command Create() => new(
        "board", "Check board files, and make from them what a board's device tree needs.\n\nExample:\n  fpgaedge board check bsp\n" +
        "  fpgaedge board dts pynq-z1 > fpgaedge.dtsi")
    {
        BoardCheckCommand.Create(), BoardDtsCommand.Create(),
    };
}
