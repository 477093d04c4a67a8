using System.Reflection;
using FpgaEdge.Wire;

namespace FpgaEdge.Board;

/// <summary>What <c>--version --verbose</c> prints: the same of both programs, because both keep to the same limits.</summary>
public static class VersionReport
{
    /// <summary>Version and commit of a program.</summary>
    public static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The fixed limits, one per line.</summary>
    public static void PrintLimits(TextWriter output)
    {
        foreach ((string name, long value) in WireLimits.All)
        {
            output.WriteLine($"{name,-24} {value,12}");
        }
    }
}
