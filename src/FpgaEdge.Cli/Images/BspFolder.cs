namespace FpgaEdge.Cli.Images;

/// <summary>Finds <c>bsp/</c>: as given, in the current folder, or in the checkout that this program was built in.</summary>
internal static class BspFolder
{
    /// <summary>The folder's path.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static string Find(string? given)
    {
        if (given is not null)
        {
            return given;
        }
        foreach (string start in (string[])[Directory.GetCurrentDirectory(), AppContext.BaseDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "bsp");
                if (Directory.Exists(candidate))
                {
                    return candidate;
                }
            }
        }
        throw new CliException(ExitCode.BadInputFile, "expected a folder bsp/ here or above, found none; give --bsp FOLDER");
    }
}
