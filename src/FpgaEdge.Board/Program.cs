using FpgaEdge.Hardware;
using FpgaEdge.Vta;

namespace FpgaEdge.Board;

/// <summary>Entry point of the on-board runtime: options, one line per failure, exit codes.</summary>
internal static class Program
{
    private const int Ok = 0;
    private const int Bug = 1;
    private const int Usage = 2;
    private const int BadFile = 3;
    private const int HardwareRefused = 5;

    private static int Main(string[] args)
    {
        try
        {
            DaemonOptions options = DaemonOptions.Parse(args);
            if (options.ShowHelp || options.ShowVersion)
            {
                StandardStreams.Out.WriteLine(options.ShowHelp ? DaemonOptions.Help : Version);
                if (options.Verbose && !options.ShowHelp)
                {
                    VersionReport.PrintLimits(StandardStreams.Out);
                }
                return Ok;
            }
            if (options.Doctor)
            {
                return DaemonDoctor.Run(options, StandardStreams.Out) ? Ok : HardwareRefused;
            }
            if (options.UpdateKeyFile is not null)
            {
                UpdateProcess.Run(options);
                return Ok;
            }
            if (options.DiagLine is string line)
            {
                using SerialPort port = SerialPort.Open(line);
                new DiagShell(port, new DiagCommands(options)).Run(CancellationToken.None);
                return Ok;
            }
            using var service = new BoardService(options);
            return service.Run() is Exception defect ? Report(defect) : Ok;
        }
        catch (Exception e)
        {
            return Report(e);
        }
    }

    private static string Version => "fpgaedged " + VersionReport.VersionOf(typeof(Program).Assembly);

    private static int Report(Exception exception)
    {
        (int code, string hint) = exception switch
        {
            OptionException => (Usage, "; see fpgaedged --help"),
            PortException => (Usage, ""),
            BoardFileException or KeyFileException => (BadFile, ""),
            HardwareException or VtaException => (HardwareRefused, ""),
            _ => (Bug, ""),
        };
        string kind = code == Bug ? $"defect: {exception.GetType().Name}: " : "";
        StandardStreams.Error.WriteLine($"fpgaedged: {kind}{exception.Message.ReplaceLineEndings(" ")}{hint}");
        if (code == Bug && Environment.GetEnvironmentVariable("FPGAEDGE_TRACE") == "1")
        {
            StandardStreams.Error.WriteLine(exception);
        }
        return code;
    }
}
