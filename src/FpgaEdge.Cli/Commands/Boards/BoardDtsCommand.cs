using System.CommandLine;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Boards;

/// <summary><c>fpgaedge board dts</c>: a board's device-tree fragment.</summary>
internal static class BoardDtsCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var board = new Argument<string>("BOARD") { Description = "Name of a board in bsp/, its folder or its file" };
        var standalone = new Option<bool>("--standalone")
        {
            Description = "With a root node around it, so that dtc compiles it by itself",
        };
        var command = new Command("dts",
            "Print what a board's device tree has to say for FpgaEdge: the reserved DMA region and the accelerator's registers.\n\n" +
            "Example:\n  fpgaedge board dts pynq-z1 > fpgaedge.dtsi\n  fpgaedge board dts pynq-z1 --standalone | dtc -I dts -O dtb -o /dev/null")
        {
            board, standalone,
        };
        command.SetAction(parsed =>
        {
            BoardDescription description = BoardFiles.Read(parsed.GetValue(board)!);
            Console.Out.Write(parsed.GetValue(standalone) ? DeviceTree.Standalone(description) : DeviceTree.Fragment(description));
            return ExitCode.Ok;
        });
        return command;
    }
}
