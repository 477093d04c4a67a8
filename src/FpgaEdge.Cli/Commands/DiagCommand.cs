using System.CommandLine;
using FpgaEdge.Board;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Serial;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Hardware;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge diag</c>: what is wrong with a board, over its serial line or from a log of it.</summary>
internal static class DiagCommand
{
    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var what = new Argument<string[]>("COMMAND")
        {
            Description = $"What to ask the board: {DiagCommands.Names}; default: status", Arity = ArgumentArity.ZeroOrMore,
        };
        var port = new Option<string?>("--port") { Description = "Serial port, or a virtual board's socket or pseudo terminal" };
        var speed = new Option<int>("--speed") { Description = "Bits per second, 8N1", DefaultValueFactory = _ => SerialPort.DefaultSpeed };
        var log = new Option<string?>("--log") { Description = "Explain a log of a console instead" };
        var limit = new Option<double>("--timeout") { Description = "Seconds to wait for each answer", DefaultValueFactory = _ => 10 };
        var listen = new Option<double?>("--listen") { Description = "Only listen for so many seconds, and explain what was heard" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("diag", "Ask a board how it is, over its serial console, when the network does not work; or explain why it " +
            "does not start.\n\nExample:\n  fpgaedge diag --port /dev/ttyUSB0 status net\n  fpgaedge diag --port /dev/ttyUSB0 --listen 30\n" +
            "  fpgaedge diag --log board.log")
        {
            what, port, speed, log, limit, listen, json,
        };
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            if ((parsed.GetValue(port) is null) == (parsed.GetValue(log) is null))
            {
                throw new CliException(ExitCode.Usage, "expected either --port or --log");
            }
            var wish = new Wish(parsed.GetValue(what) is { Length: > 0 } asked ? asked : ["status"],
                TimeSpan.FromSeconds(parsed.GetValue(limit)), parsed.GetValue(listen), parsed.GetValue(json));
            return parsed.GetValue(log) is string file
                ? ExplainLog(file, wish.Json)
                : Ask(parsed.GetValue(port)!, parsed.GetValue(speed), wish, cancellation);
        }, CancellationToken.None));
        return command;
    }

    private static int ExplainLog(string file, bool json)
    {
        var chain = new BootChain();
        using (FileStream log = File.OpenRead(file))
        {
            byte[] buffer = new byte[1 << 16];
            for (int count; (count = log.Read(buffer)) > 0;)
            {
                chain.Take(buffer.AsSpan(0, count));
            }
        }
        return Explain(chain, json);
    }

    private static int Ask(string port, int speed, Wish wish, CancellationToken cancellation)
    {
        using SerialPort line = SerialPort.Open(port, speed);
        var chain = new BootChain();
        if (wish.ListenSeconds is double seconds)
        {
            Listen(line, chain, TimeSpan.FromSeconds(seconds), cancellation);
            return Explain(chain, wish.Json);
        }
        var client = new DiagClient(line, chain);
        foreach (string command in wish.Commands)
        {
            if (client.Ask(command, wish.Limit, cancellation) is not string answer)
            {
                Explain(chain, wish.Json);
                throw new CliException(ExitCode.NoBoard,
                    $"{port}: expected an answer to '{command}' within {wish.Limit.TotalSeconds} s, found none; " +
                    "watch the board start with 'fpgaedge console', or switch it on while 'fpgaedge diag --listen 60' listens");
            }
            AnswerText.Print(answer, wish.Json);
        }
        return ExitCode.Ok;
    }

    private static void Listen(SerialPort line, BootChain chain, TimeSpan limit, CancellationToken cancellation)
    {
        byte[] buffer = new byte[4096];
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < limit)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = line.Read(buffer, TimeSpan.FromMilliseconds(100));
            if (count < 0)
            {
                return;
            }
            chain.Take(buffer.AsSpan(0, count));
        }
    }

    private static int Explain(BootChain chain, bool json)
    {
        BootFinding? finding = chain.Explain();
        if (json)
        {
            JsonLine.Print(members =>
            {
                members.WriteString("stage", $"{chain.Stage}".ToLowerInvariant());
                members.WriteString("finding", finding?.Id);
                members.WriteString("explanation", finding?.Explanation);
                members.WriteString("next", finding?.Next);
                members.WriteString("evidence", finding?.Evidence);
                members.WriteNumber("line", finding?.Line ?? 0);
            });
            return finding is null ? ExitCode.Ok : ExitCode.HardwareRefused;
        }
        Console.Out.WriteLine($"came as far as: {$"{chain.Stage}".ToLowerInvariant()}");
        if (finding is null)
        {
            Console.Out.WriteLine("nothing wrong was seen: the board's program listens");
            return ExitCode.Ok;
        }
        Console.Out.WriteLine($"found ({finding.Id}): {finding.Explanation}");
        if (finding.Evidence.Length > 0)
        {
            Console.Out.WriteLine($"seen from line {finding.Line}: {finding.Evidence}");
        }
        Console.Out.WriteLine($"what helps: {finding.Next}");
        return ExitCode.HardwareRefused;
    }

    /// <summary>What was asked for.</summary>
    private sealed record Wish(string[] Commands, TimeSpan Limit, double? ListenSeconds, bool Json);
}
