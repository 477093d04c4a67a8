using FpgaEdge.Board;
using FpgaEdge.Cli.Inputs;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Cluster;
using FpgaEdge.Compiler;
using FpgaEdge.Compiler.Packages;
using FpgaEdge.Hardware;
using FpgaEdge.Model;
using FpgaEdge.Planning;
using FpgaEdge.Vta;

namespace FpgaEdge.Cli;

/// <summary>
/// A failure that the user can act on: its message is the one line that says what was expected, what was found, where,
/// and what to type next.
/// </summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Turns exceptions into one line on stderr and an exit code.</summary>
internal static class Failures
{
    /// <summary>Set FPGAEDGE_TRACE=1 to see where a failure comes from instead of one line.</summary>
    public static bool ShowStackTraces { get; } = Environment.GetEnvironmentVariable("FPGAEDGE_TRACE") == "1";

    /// <summary>Prints the failure (with --json also as an object on stdout); returns the exit code.</summary>
    public static int Report(Exception exception, bool json)
    {
        int code = CodeOf(exception);
        string message = OneLine(exception.Message);
        if (code == ExitCode.Bug)
        {
            message = $"unexpected {exception.GetType().Name}: {message} (a defect of fpgaedge; run again with " +
                "FPGAEDGE_TRACE=1 and report what it prints)";
        }
        Console.Error.WriteLine($"fpgaedge: {message}");
        if (json)
        {
            JsonLine.Print(members =>
            {
                members.WriteString("error", message);
                members.WriteNumber("exitCode", code);
            });
        }
        return code;
    }

    /// <summary>The one table from kinds of failure to exit codes.</summary>
    public static int CodeOf(Exception exception) => exception switch
    {
        CliException failure => failure.ExitCode,
        InputException input => input.ExitCode,
        ModelFormatException or UnsupportedModelException or PackageFormatException or BoardFileException
            or KeyFileException =>
            ExitCode.BadInputFile,
        OptionException or PortException => ExitCode.Usage,
        HardwareException or VtaTimeoutException => ExitCode.HardwareRefused,
        CompilerException or VtaException or ClusterException => ExitCode.BadInputFile,
        PlanningException => ExitCode.NoBoard,
        FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => ExitCode.BadInputFile,
        _ => ExitCode.Bug,
    };

    /// <summary>The same for a frame without a result. Boards without a plan until the deadline are late like any others.</summary>
    public static int CodeOf(FrameErrorCode error) => error switch
    {
        FrameErrorCode.DeadlineExceeded or FrameErrorCode.NoPlan => ExitCode.QualityGateMissed,
        FrameErrorCode.Cancelled => ExitCode.Interrupted,
        FrameErrorCode.InputSize => ExitCode.BadInputFile,
        _ => ExitCode.HardwareRefused,
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim();
}
