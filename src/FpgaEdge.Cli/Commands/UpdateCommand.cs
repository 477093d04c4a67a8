using System.CommandLine;
using System.Net;
using FpgaEdge.Board;
using FpgaEdge.Cli.Commands.Update;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cli.Virtual;
using FpgaEdge.Hardware;

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
        Option<bool> json = JsonLine.Option();
        var command = new Command("key",
            "Make the keys that updates are signed with.\n\nExample:\n  fpgaedge update key --out update.pem") { output, json };
        command.SetAction(parsed =>
        {
            string file = parsed.GetValue(output)!;
            UpdateBundler.NewKey(file);
            if (parsed.GetValue(json))
            {
                JsonLine.Print(members =>
                {
                    members.WriteString("privateKey", file);
                    members.WriteString("publicKey", file + UpdateBundler.PublicSuffix);
                });
                return ExitCode.Ok;
            }
            Console.Out.WriteLine($"{file}: keep it; the one with {UpdateBundler.PublicSuffix} is for 'image build --update-key'");
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
        Option<bool> json = JsonLine.Option();
        var command = new Command("bundle", "Make a signed update from a card image.\n\nExample:\n" +
            "  fpgaedge update bundle card.img --key update.pem --board virtual-qemu --out shelf.update")
        {
            image, key, board, release, output, json,
        };
        command.SetAction(parsed =>
        {
            UpdateManifest made = UpdateBundler.Make(parsed.GetValue(image)!, parsed.GetValue(key)!, parsed.GetValue(board)!,
                parsed.GetValue(release)!, parsed.GetValue(output)!);
            Report(parsed.GetValue(output)!, made, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Report(string file, UpdateManifest made, bool asJson)
    {
        long bytes = new FileInfo(file).Length;
        if (!asJson)
        {
            Console.Out.WriteLine($"{file}: {bytes} bytes for {made.Board}, signed");
            return;
        }
        JsonLine.Print(members =>
        {
            members.WriteString("file", file);
            members.WriteString("board", made.Board);
            members.WriteString("release", made.Release);
            members.WriteNumber("bytes", bytes);
            members.WriteNumber("slotBytes", made.SlotBytes);
            members.WriteString("payloadSha256", made.PayloadSha256);
        });
    }

    private static Command CreatePush()
    {
        var file = new Argument<string>("UPDATE") { Description = "A signed update" };
        var boards = new Option<string[]>("--to")
        {
            Description = $"ADDRESS or ADDRESS:PORT of a board (port {UpdateProcess.Port}); may be repeated, in the order to go in", Required = true,
        };
        var cluster = new ClusterOptions();
        Option<bool> json = JsonLine.Option();
        var command = new Command("push", "Update boards one after the other; each must join and compute before the next is touched.\n\n" +
            "Example:\n  fpgaedge update push shelf.update --to 10.77.0.1 --to 10.77.0.2 --cluster shelf --key-file shelf.key")
        {
            file, boards, json,
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
            UpdateClient[] clients = [.. parsed.GetValue(boards)!.Select(Parse).Select(board => new UpdateClient(
                board, address.Keys?.ToText() ?? [], address.Segment is { } segment ? SegmentCable.RelayTo(segment, board) : null))];
            using var proof = new ClusterProof(address);
            var updated = new List<UpdatedBoard>();
            await new RollingUpdate(update, clients, proof, progress).RunAsync(board =>
            {
                updated.Add(board);
                if (!parsed.GetValue(json))
                {
                    Console.Out.WriteLine($"{board.Board}: slot {board.Slot} is proven after {board.Taken.TotalSeconds:F0} s");
                }
            }, cancellation);
            if (parsed.GetValue(json))
            {
                Report(updated);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Report(IReadOnlyList<UpdatedBoard> updated) => JsonLine.Print(members =>
    {
        members.WriteStartArray("boards");
        foreach (UpdatedBoard board in updated)
        {
            members.WriteStartObject();
            members.WriteString("address", board.Board);
            members.WriteString("id", board.Id);
            members.WriteString("slot", board.Slot);
            members.WriteNumber("seconds", board.Taken.TotalSeconds);
            members.WriteEndObject();
        }
        members.WriteEndArray();
    });

    private static IPEndPoint Parse(string text) =>
        EndPoints.TryParse(text.Contains(':') ? text : $"{text}:{UpdateProcess.Port}", out IPEndPoint? point) && point.Port != 0
            ? point
            : throw new CliException(ExitCode.Usage, $"--to: expected ADDRESS or ADDRESS:PORT such as 10.77.0.1, found '{text}'");
}
