namespace FpgaEdge.Tests;

/// <summary>
/// Finds the folder of public test data that lies beside the checkout. The data is not part of the project, so a test
/// that needs it ends as inconclusive (reported as skipped) with the reason when it is absent; it never passes.
/// </summary>
internal static class SharedData
{
    private const string Variable = "FPGAEDGE_SHARED";

    /// <summary>The checkout's root: the nearest folder above the test binary that holds FpgaEdge.sln.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>Path below the shared folder; skips the calling test when the file or folder is not there.</summary>
    public static string Require(string relativePath)
    {
        string shared = Environment.GetEnvironmentVariable(Variable) ?? Path.Combine(RepositoryRoot, "..", "shared");
        string path = Path.GetFullPath(Path.Combine(shared, relativePath));
        if (!File.Exists(path) && !Directory.Exists(path))
        {
            Assert.Inconclusive($"needs {relativePath} in the shared test data (set {Variable} to its folder)");
        }
        return path;
    }

    private static string FindRepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "FpgaEdge.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"FpgaEdge.sln not found above {AppContext.BaseDirectory}");
    }
}
