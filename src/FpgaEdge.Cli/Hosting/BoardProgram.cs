namespace FpgaEdge.Cli.Hosting;

/// <summary>Finds <c>fpgaedged</c> beside this program: the native binary, or the assembly that the dotnet host
/// runs.</summary>
internal static class BoardProgram
{
    /// <summary>File to start and the arguments that come before its own.</summary>
    /// <exception cref="CliException">It is not there.</exception>
    public static (string File, string[] Arguments) Find()
    {
        string folder = AppContext.BaseDirectory;
        string native = Path.Combine(folder, OperatingSystem.IsWindows() ? "fpgaedged.exe" : "fpgaedged");
        if (File.Exists(native))
        {
            return (native, []);
        }
        string assembly = Path.Combine(folder, "fpgaedged.dll");
        string host = Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        return File.Exists(assembly)
            ? (host, [assembly])
            : throw new CliException(ExitCode.NoBoard,
                $"{native}: the board program is not beside fpgaedge; build or publish src/FpgaEdge.Board, or start boards " +
                "yourself and give --cluster");
    }
}
