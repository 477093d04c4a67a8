using System.CommandLine;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli.Commands.Vta;

/// <summary>Boards whose timing constants are built in.</summary>
internal enum VtaBoardTiming
{
    /// <summary>100 MHz, 64-bit port.</summary>
    Zynq7020,

    /// <summary>333 MHz, 128-bit port.</summary>
    ZynqUltraScale,
}

/// <summary>Options and file access that several sub-verbs of <c>vta</c> share.</summary>
internal static class VtaOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print one JSON object (schema 1) on stdout." };

    public static Option<VtaKernel> Kernel() => new("--kernel")
    {
        Description = "Processor instructions the simulator uses; Automatic takes the widest there are.",
        DefaultValueFactory = _ => VtaKernel.Automatic,
    };

    public static Option<VtaSemantics> Semantics() => new("--semantics")
    {
        Description = "Reference: as the published vectors. Hardware: as bitstreams behave, with portability notes.",
        DefaultValueFactory = _ => VtaSemantics.Reference,
    };

    public static Option<VtaBoardTiming> Timing() => new("--timing")
    {
        Description = "Clock and memory port the prediction is for.",
        DefaultValueFactory = _ => VtaBoardTiming.Zynq7020,
    };

    /// <summary>The constants a choice stands for.</summary>
    public static VtaTiming Constants(VtaBoardTiming board) =>
        board == VtaBoardTiming.ZynqUltraScale ? VtaTiming.ZynqUltraScale : VtaTiming.Zynq7020;

    /// <summary>Index files named by paths: a folder stands for every index in it.</summary>
    /// <exception cref="CliException">A path does not exist or a folder has no index.</exception>
    public static IEnumerable<string> IndexFiles(IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            if (File.Exists(path))
            {
                yield return path;
                continue;
            }
            if (!Directory.Exists(path))
            {
                throw new CliException(ExitCode.BadInputFile,
                    $"{path}: expected a vector index (.json) or a folder of them, found nothing");
            }
            string[] files = Directory.GetFiles(path, "*.json");
            if (files.Length == 0)
            {
                throw new CliException(ExitCode.BadInputFile, $"{path}: expected vector indexes (*.json), found none");
            }
            Array.Sort(files, StringComparer.Ordinal);
            foreach (string file in files)
            {
                yield return file;
            }
        }
    }

    /// <summary>Runs an action on a file, and lets its complaint say which file.</summary>
    public static T OnFile<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (VtaException e)
        {
            throw new CliException(ExitCode.BadInputFile, $"{path}: {e.Message}");
        }
        catch (IOException e)
        {
            throw new CliException(ExitCode.BadInputFile, $"{path}: cannot be read: {e.Message}");
        }
    }
}
