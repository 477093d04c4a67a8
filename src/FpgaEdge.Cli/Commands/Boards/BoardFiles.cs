using FpgaEdge.Board;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands.Boards;

/// <summary>From what a user types to board files: a file, a folder with a board.json, or a folder of such
/// folders.</summary>
internal static class BoardFiles
{
    private const string FileName = "board.json";

    /// <summary>The board files that a path stands for, in the order of their names.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static string[] Find(string path)
    {
        if (File.Exists(path))
        {
            return [path];
        }
        string direct = Path.Combine(path, FileName);
        if (File.Exists(direct))
        {
            return [direct];
        }
        string[] files = Directory.Exists(path)
            ? [.. Directory.GetDirectories(path).Select(folder => Path.Combine(folder, FileName)).Where(File.Exists)
                .Order(StringComparer.Ordinal)]
            : [];
        return files.Length > 0
            ? files
            : throw new CliException(ExitCode.BadInputFile,
                $"{path}: expected a board file, a folder with a {FileName}, or a folder of such folders, found none; try 'bsp'");
    }

    /// <summary>One board: by its file, by its folder, or by its name in bsp/.</summary>
    /// <exception cref="CliException">There is no such board.</exception>
    /// <exception cref="BoardFileException">Its file is wrong.</exception>
    public static BoardDescription Read(string board)
    {
        if (board == BuiltInBoard.Description.Name)
        {
            return BuiltInBoard.Description;
        }
        string inBsp = Path.Combine("bsp", board);
        string path = !File.Exists(board) && !Directory.Exists(board) && Directory.Exists(inBsp) ? inBsp : board;
        string[] files = Find(path);
        return files.Length == 1
            ? BoardDescription.Read(files[0])
            : throw new CliException(ExitCode.Usage, $"{board}: expected one board, found {files.Length}; name one of them");
    }
}
