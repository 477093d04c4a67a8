using System.CommandLine;
using System.Net;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Update;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge update</c>: running boards get a new root slot over the network.</summary>
internal static class UpdateCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create() => new("update",
        "Give running boards a new system, board by board, with a way back.\n\nExample:\n" +
        "  fpgaedge update key --out update.pem                       # once; build images with --update-key update.pem.pub\n" +
        "  fpgaedge update bundle card.img --key update.pem --board virtual-qemu --out shelf.update\n" +
        "  fpgaedge update push shelf.update --to 10.77.0.1 --to 10.77.0.2 --cluster shelf --key-file shelf.key\n\n" +
        "An updated slot that does not join the cluster and compute within 120 s is left again by itself.")
    {
        CreateKey(), CreateBundle(), CreatePush(),
    };

    private static Command CreateKey()
    {
        var output = new Option<string>("--out") { Description = "Private key to write; the public one gets .pub behind", Required = true };
        var command = new Command("key",
            "Make the keys that updates are signed with.\n\nExample:\n  fpgaedge update key --out update.pem") { output };
        command.SetAction(parsed =>
        {
            UpdateBundler.NewKey(parsed.GetValue(output)!);
            Console.Out.WriteLine($"{parsed.GetValue(output)}: keep it; the one with .pub is for 'image build --update-key'");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateBundle()
    {
        var image = new Argument<string>("IMAGE") { Description = "A card image; its slot A becomes the update" };
        var key = new Option<string>("--key") { Description = "The private key", Required = true };
        var board = new Option<string>("--board") { Description = "The name in the boards' board.json", Required = true };
        var release = new Option<string>("--release") { Description = "What is in it, for people", DefaultValueFactory = _ => "unnamed" };
        var output = new Option<string>("--out") { Description = "The update to write", Required = true };
        var command = new Command("bundle", "Make a signed update from a card image.\n\nExample:\n" +
            "  fpgaedge update bundle card.img --key update.pem --board virtual-qemu --out shelf.update")
        {
            image, key, board, release, output,
        };
        command.SetAction(parsed =>
        {
            long bytes = UpdateBundler.Make(parsed.GetValue(image)!, parsed.GetValue(key)!, parsed.GetValue(board)!,
                parsed.GetValue(release)!, parsed.GetValue(output)!);
            Console.Out.WriteLine($"{parsed.GetValue(output)}: {bytes} bytes for {parsed.GetValue(board)}, signed");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreatePush()
    {
        var file = new Argument<string>("UPDATE") { Description = "A signed update" };
        var boards = new Option<string[]>("--to")
        {
            Description = $"ADDRESS or ADDRESS:PORT of a board (port {UpdateProcess.Port}); may be repeated, in the order to go in", Required = true,
        };
        var cluster = new ClusterOptions();
        var command = new Command("push", "Update boards one after the other; each must join and compute before the next is touched.\n\n" +
            "Example:\n  fpgaedge update push shelf.update --to 10.77.0.1 --to 10.77.0.2 --cluster shelf --key-file shelf.key")
        {
            file, boards,
        };
        cluster.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            string update = parsed.GetValue(file)!;
            if (!File.Exists(update))
            {
                throw new CliException(ExitCode.BadInputFile, $"{update}: no such file; make an update with 'fpgaedge update bundle'");
            }
            ClusterAddress address = cluster.Read(parsed)
                ?? throw new CliException(ExitCode.Usage, "expected --cluster: an updated board has to join it before it is confirmed");
            using var progress = new ProgressLine();
            UpdateClient[] clients = [.. parsed.GetValue(boards)!.Select(text => new UpdateClient(Parse(text), address.Keys?.ToText() ?? []))];
            await new RollingUpdate(update, clients, address, progress).RunAsync(Console.Out.WriteLine, cancellation);
            return ExitCode.Ok;
        });
        return command;
    }

    private static IPEndPoint Parse(string text) =>
        EndPoints.TryParse(text.Contains(':') ? text : $"{text}:{UpdateProcess.Port}", out IPEndPoint? point) && point.Port != 0
            ? point
            : throw new CliException(ExitCode.Usage, $"--to: expected ADDRESS or ADDRESS:PORT such as 10.77.0.1, found '{text}'");
}
