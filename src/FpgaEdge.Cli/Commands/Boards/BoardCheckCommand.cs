using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Boards;

/// <summary><c>fpgaedge board check</c>: whether board files can be used, and what they say.</summary>
internal static class BoardCheckCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var paths = new Argument<string[]>("BOARD") { Description = "Board files, their folders, or a folder of such folders" };
        paths.Arity = ArgumentArity.OneOrMore;
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("check", "Check board files.\n\nExample:\n  fpgaedge board check bsp\n  fpgaedge board check my-board.json")
        {
            paths, json,
        };
        command.SetAction(parsed => Run(parsed.GetValue(paths)!, parsed.GetValue(json)));
        return command;
    }

    private static int Run(string[] paths, bool json)
    {
        var findings = new List<Finding>();
        foreach (string file in paths.SelectMany(BoardFiles.Find))
        {
            findings.Add(Check(file));
        }
        if (json)
        {
            PrintJson(findings);
        }
        else
        {
            PrintTable(findings);
        }
        foreach (Finding finding in findings.Where(finding => finding.Refusal is not null))
        {
            Console.Error.WriteLine($"fpgaedge board check: {finding.Refusal!.Message}");
        }
        return findings.Exists(finding => finding.Refusal is not null) ? ExitCode.BadInputFile : ExitCode.Ok;
    }

    private static Finding Check(string file)
    {
        try
        {
            BoardDescription board = BoardDescription.Read(file);
            string folder = Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))!;
            bool misplaced = Path.GetFileName(file) == "board.json" && folder != board.Name;
            return misplaced
                ? new Finding(file, null, new BoardFileException(
                    file, $"expected the name of its folder, {folder}, found {board.Name}; rename one of them"))
                : new Finding(file, board, null);
        }
        catch (BoardFileException refusal)
        {
            return new Finding(file, null, refusal);
        }
    }

    private static void PrintTable(List<Finding> findings)
    {
        var table = new TextTable("board", "chip", "accelerator", "registers", "DMA region", "rails", "of them in total", "file");
        foreach (Finding finding in findings)
        {
            if (finding.Board is BoardDescription board)
            {
                table.Add(board.Name, board.Soc, board.Accelerator.Configuration.BitstreamName, $"0x{board.Registers.Base:X8}",
                    board.Dma.Place, $"{board.Rails.Count}",
                    $"{board.Rails.Count(rail => rail.InTotal)}", "ok");
            }
            else
            {
                table.Add(finding.File, "", "", "", "", "", "", "refused");
            }
        }
        Console.Out.Write(table);
    }

    private static void PrintJson(List<Finding> findings)
    {
        using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
        json.WriteStartObject();
        json.WriteNumber("schema", 1);
        json.WriteStartArray("boards");
        foreach (Finding finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("file", finding.File);
            json.WriteBoolean("usable", finding.Board is not null);
            if (finding.Board is BoardDescription board)
            {
                json.WriteString("name", board.Name);
                json.WriteString("title", board.Title);
                json.WriteString("soc", board.Soc);
                json.WriteString("accelerator", board.Accelerator.Configuration.BitstreamName);
                json.WriteNumber("rails", board.Rails.Count);
                json.WriteNumber("railsInTotal", board.Rails.Count(rail => rail.InTotal));
            }
            if (finding.Refusal is BoardFileException refusal)
            {
                json.WriteNumber("line", refusal.Line);
                json.WriteString("path", refusal.Path);
                json.WriteString("error", refusal.Message);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        Console.Out.WriteLine();
    }

    /// <summary>What became of one file: a board or a refusal.</summary>
    private sealed record Finding(string File, BoardDescription? Board, BoardFileException? Refusal);
}
