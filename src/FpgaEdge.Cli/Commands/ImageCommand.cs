using System.CommandLine;
using FpgaEdge.Cli.Commands.Image;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge image</c>: what boards boot from.</summary>
internal static class ImageCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create() => new("image",
        "Make card images, write them to cards, verify cards.\n\nExample:\n" +
        "  fpgaedge image build --board virtual-x86 --files out/virtual-x86 --out card.img\n" +
        "  fpgaedge image flash card.img --device /dev/sdX")
    {
        ImageBuildCommand.Create(),
        ImageFlashCommand.Create(),
        ImageVerifyCommand.Create(),
        ImageBootBinCommand.Create(),
    };
}
