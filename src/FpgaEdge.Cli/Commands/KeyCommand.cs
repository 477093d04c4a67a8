using System.CommandLine;
using FpgaEdge.Board;
using FpgaEdge.Cli.Terminal;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge key</c>: the secret that boards and clients of one cluster share.</summary>
internal static class KeyCommand
{
    /// <summary>The verb with its sub-verbs.</summary>
    public static Command Create()
    {
        var command = new Command("key", "Make the key of a cluster. With it every datagram is encrypted and " +
            "authenticated.\n\nExample:\n  fpgaedge key new --out shelf.key\n" +
            "  fpgaedged --cluster shelf --key-file shelf.key\n" +
            "  fpgaedge boards --cluster shelf --key-file shelf.key\n\n" +
            "To change the key of a running cluster, make a new one and write a file with both, one per line: the " +
            "first line seals, all lines open. Give every board and client the file with the old key first, then with " +
            "the new key first, then with the new key alone, each step everywhere before the next. They read the file " +
            "again within a second or two of a change; nothing is restarted and no frame is lost.");
        command.Subcommands.Add(CreateNew());
        return command;
    }

    private static Command CreateNew()
    {
        var output = new Option<string>("--out") { Description = "The file to write; it must not exist", Required = true };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("new",
            "Make a new random key in a file that only you can read.\n\nExample:\n  fpgaedge key new --out shelf.key")
        {
            output, json,
        };
        command.SetAction(parsed => Write(parsed.GetValue(output)!, parsed.GetValue(json)));
        return command;
    }

    private static int Write(string path, bool json)
    {
        ClusterKeys.New().WriteNew(path);
        if (!json)
        {
            Console.Out.WriteLine($"{path}: a new cluster key; copy it to every board, and start fpgaedged and " +
                $"fpgaedge with --key-file");
            return ExitCode.Ok;
        }
        JsonLine.Print(members =>
        {
            members.WriteString("file", path);
        });
        return ExitCode.Ok;
    }
}
