using FpgaEdge.Cli.Commands;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Model;
using FpgaEdge.Model.Integer;

namespace FpgaEdge.Cli.Hosting;

/// <summary>A network ready for boards.</summary>
/// <param name="Graph">The integer graph.</param>
/// <param name="File">The package file's bytes.</param>
internal sealed record PreparedNetwork(IntegerGraph Graph, byte[] File);

/// <summary>From a network file of any kind to a package.</summary>
internal static class NetworkPreparation
{
    private static ReadOnlySpan<byte> PackageMagic => "FEPK"u8;

    /// <summary>Reads a package as it is; imports and quantises everything else.</summary>
    /// <exception cref="ModelFormatException">The file is damaged.</exception>
    /// <exception cref="UnsupportedModelException">It has operators that are not supported.</exception>
    public static PreparedNetwork Prepare(RunSettings settings, Action<string> progress, CancellationToken cancellation)
    {
        byte[] file = ModelReader.ReadFile(settings.Model);
        if (file.AsSpan().StartsWith(PackageMagic))
        {
            return new PreparedNetwork(Package.Read(file).Graph, file);
        }
        progress($"reading {Path.GetFileName(settings.Model)}");
        Graph graph = ModelReader.Read(file, Path.GetFileName(settings.Model));
        cancellation.ThrowIfCancellationRequested();
        throw new CliException(ExitCode.BadInputFile, $"{graph.Name}: only package files can be run yet");
    }
}
