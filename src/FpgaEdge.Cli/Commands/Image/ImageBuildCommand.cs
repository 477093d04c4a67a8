using System.CommandLine;
using FpgaEdge.Cli.Images;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands.Image;

/// <summary><c>fpgaedge image build</c>.</summary>
internal static class ImageBuildCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var board = new Option<string>("--board") { Description = "Name of a folder in bsp/ that has a card.json", Required = true };
        var output = new Option<string>("--out") { Description = "The image to write", DefaultValueFactory = _ => "card.img" };
        var files = new Option<string[]>("--files")
        {
            Description = "Folder with boot files, kernel, device tree, bitstream; may be repeated; default: bsp/BOARD/files",
        };
        var root = new Option<string?>("--root") { Description = "Root file system: a folder or a tarball; default: the folder root in --files" };
        var daemon = new Option<string?>("--fpgaedged") { Description = "The board's program; not needed when the root brings it" };
        var key = new Option<string?>("--key-file") { Description = "The cluster's key, made with 'fpgaedge key new'" };
        var updateKey = new Option<string?>("--update-key") { Description = "Public key of the updates to take, made with 'fpgaedge update key'" };
        var cluster = new Option<string>("--cluster") { Description = "The cluster's name", DefaultValueFactory = _ => "default" };
        var name = new Option<string>("--name")
        {
            Description = "The board's name; 'image flash' can give each card its own", DefaultValueFactory = _ => "",
        };
        var address = new Option<string>("--address")
        {
            Description = "The board's address, for example 10.77.0.1/24", DefaultValueFactory = _ => "dhcp",
        };
        var package = new Option<string[]>("--package") { Description = "A network's package to put on the card; may be repeated" };
        var both = new Option<bool>("--both-slots") { Description = "Fill slot B as well, instead of leaving it empty" };
        var bsp = new Option<string?>("--bsp") { Description = "Folder with the boards' folders; default: bsp in this checkout" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("build", "Make a card image. Same inputs, same bytes; no root rights needed.\n\nExample:\n" +
            "  bsp/virtual-x86/files.sh out/virtual-x86\n" +
            "  fpgaedge image build --board virtual-x86 --files out/virtual-x86 --fpgaedged out/linux-x64/fpgaedged --out card.img\n\n" +
            "SOURCE_DATE_EPOCH sets the time of everything on the card; without it, it is 2025-01-01.")
        {
            board, output, files, root, daemon, key, updateKey, cluster, name, address, package, both, bsp, json,
        };
        command.SetAction(parsed =>
        {
            string folder = BspFolder.Find(parsed.GetValue(bsp));
            string[] given = parsed.GetValue(files) ?? [];
            var request = new ImageRequest
            {
                Board = parsed.GetValue(board)!,
                Output = parsed.GetValue(output)!,
                BspFolder = folder,
                FileFolders = given.Length > 0 ? given : [Path.Combine(folder, parsed.GetValue(board)!, "files")],
                Root = parsed.GetValue(root),
                Daemon = parsed.GetValue(daemon),
                KeyFile = parsed.GetValue(key),
                UpdateKey = parsed.GetValue(updateKey),
                Cluster = parsed.GetValue(cluster)!,
                Name = parsed.GetValue(name)!,
                Address = parsed.GetValue(address)!,
                Packages = parsed.GetValue(package) ?? [],
                BothSlots = parsed.GetValue(both),
                Epoch = Epoch(),
            };
            using var progress = new ProgressLine();
            BuiltImage image = new ImageBuilder(request, progress.Show).Build();
            progress.Clear();
            Print(image, request, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static long Epoch() => Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH") switch
    {
        null or "" => ImageRequest.DefaultEpoch,
        // The FAT file system begins in 1980.
        string text when long.TryParse(text, out long seconds) && seconds is >= 315532800 and <= uint.MaxValue => seconds,
        string text => throw new CliException(ExitCode.Usage,
            $"SOURCE_DATE_EPOCH: expected seconds from 315532800 (1980) to {uint.MaxValue}, found '{text}'; unset it"),
    };

    private static void Print(BuiltImage image, ImageRequest request, bool json)
    {
        if (!json)
        {
            Console.Out.WriteLine($"{image.File}: {image.Bytes >> 20} MiB for {request.Board}, {image.MappedBytes >> 20} MiB of it to be written");
            Console.Out.WriteLine($"sha256 {image.Sha256}");
            return;
        }
        JsonLine.Print(members =>
        {
            members.WriteString("file", image.File);
            members.WriteString("board", request.Board);
            members.WriteNumber("bytes", image.Bytes);
            members.WriteNumber("mappedBytes", image.MappedBytes);
            members.WriteString("sha256", image.Sha256);
        });
    }
}
