using FpgaEdge.Model;

namespace FpgaEdge.Cli.Commands.Model;

/// <summary>Gives the failures of the model library their exit code.</summary>
internal static class ModelFailures
{
    /// <summary>Runs <paramref name="work"/>; a bad or unsupported file ends with exit code 3.</summary>
    public static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (error is ModelFormatException or UnsupportedModelException)
        {
            throw new CliException(ExitCode.BadInputFile, error.Message);
        }
    }
}
