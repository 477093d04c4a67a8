using FpgaEdge.Vta.Vectors;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary>Reads vector suites from disk.</summary>
internal static class VectorFiles
{
    /// <summary>Reads a suite; the blob lies beside the index.</summary>
    /// <exception cref="CliException">The index or the blob cannot be read or is malformed.</exception>
    public static VtaVectorSuite Read(string path) => VtaOptions.OnFile(path, () => VtaVectorSuite.Read(
        File.ReadAllBytes(path), bin => File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(path) ?? "", bin))));

    /// <summary>Cases of an index that replays another project's runtime, or null for a suite of programs.</summary>
    /// <exception cref="CliException">Not a vector index.</exception>
    public static int? RuntimeReplayCases(string path) => VtaOptions.OnFile<int?>(path, () =>
        VtaVectorSuite.IsRuntimeReplay(File.ReadAllBytes(path), out int cases) ? cases : null);
}
