namespace FpgaEdge.Cli.Hosting;

/// <summary>The source tree that this program was built in, for verbs that use what is made there.</summary>
internal static class Checkout
{
    /// <summary>The nearest folder above the program with FpgaEdge.sln; null for an installed program.</summary>
    public static string? Root
    {
        get
        {
            for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "FpgaEdge.sln")))
                {
                    return folder.FullName;
                }
            }
            return null;
        }
    }
}
