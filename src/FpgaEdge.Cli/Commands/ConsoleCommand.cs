using System.CommandLine;
using FpgaEdge.Cli.Serial;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge console</c>: a board's serial console.</summary>
internal static class ConsoleCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var port = new Argument<string>("PORT")
        {
            Description = "Serial port, for example /dev/ttyUSB0; or a virtual board's socket or pseudo terminal",
        };
        var speed = new Option<int>("--speed") { Description = "Bits per second, 8N1", DefaultValueFactory = _ => SerialPort.DefaultSpeed };
        var log = new Option<string?>("--log") { Description = "File to which every byte is appended" };
        var stamps = new Option<bool>("--timestamps") { Description = "Begin each line with the seconds since the start" };
        var quiet = new Option<bool>("--no-explain") { Description = "Do not explain what is recognised" };
        var seconds = new Option<double?>("--seconds") { Description = "End after this time" };
        var command = new Command("console", "A board's serial console: 115200 8N1, log, time stamps, explanations of boot failures.\n\n" +
            "Example:\n  fpgaedge console /dev/ttyUSB0 --log board.log --timestamps\n\n" + ConsoleSession.Menu)
        {
            port, speed, log, stamps, quiet, seconds,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            string name = parsed.GetValue(port)!;
            int rate = parsed.GetValue(speed);
            using Stream? file = parsed.GetValue(log) is string path ? Append(path) : null;
            var session = new ConsoleSession(() => SerialPort.Open(name, rate), Console.Out, Console.Error, file)
            {
                TimeStamps = parsed.GetValue(stamps), Explains = !parsed.GetValue(quiet),
            };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using RawTerminal? terminal = Console.IsInputRedirected ? null : RawTerminal.Enter();
            if (terminal is not null)
            {
                Console.Error.Write($"{name}, {rate} 8N1. {ConsoleSession.Menu}\r\n");
            }
            StartTyping(session, stop);
            TimeSpan? limit = parsed.GetValue(seconds) is double value ? TimeSpan.FromSeconds(value) : null;
            session.Run(limit, stop.Token);
            return ExitCode.Ok;
        }, CancellationToken.None));
        return command;
    }

    private static void StartTyping(ConsoleSession session, CancellationTokenSource stop)
    {
        // A thread that waits for keys cannot be ended; it goes with the process.
        new Thread(() =>
        {
            using Stream keys = Console.OpenStandardInput();
            byte[] buffer = new byte[256];
            for (int count; (count = keys.Read(buffer)) > 0;)
            {
                if (session.Type(buffer.AsSpan(0, count)))
                {
                    stop.Cancel();
                    return;
                }
            }
        }) { IsBackground = true }.Start();
    }

    private static FileStream Append(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.BadInputFile, $"--log {path}: {e.Message}; name a file in a folder that can be written");
        }
    }
}
