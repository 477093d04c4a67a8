using System.CommandLine;
using System.Text.Json;
using FpgaEdge.Board;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands.Boards;

/// <summary><c>fpgaedge board status</c> and its like: questions to one running board, over the network. The board answers them as it
/// answers <c>fpgaedge diag</c> over its serial line.</summary>
internal static class BoardAskCommand
{
    private const double DefaultSeconds = 5;
    private const double SelfTestSeconds = 60;

    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> CreateAll()
    {
        yield return Create("status", "status", "How a running board is: cluster, stages, frames, queue, processor, memory, power.");
        yield return Create("power", "power", "What each power monitor of a running board measures, or why it does not.");
        yield return Create("net", "net", "A running board's network interfaces, routes and groups.");
        yield return Create("selftest", "self-test", "Let a running board test itself as at power-up: registers, DMA pattern, golden " +
            "inference, sensors. Only between streams, and only with the cluster's key.", SelfTestSeconds);
        yield return CreateLogs();
    }

    private static Command Create(string verb, string question, string description, double seconds = DefaultSeconds)
    {
        var asking = new AskOptions(seconds);
        var command = new Command(verb, $"{description}\n\nExample:\n  fpgaedge board {verb} a --cluster shelf --key-file shelf.key");
        asking.AddTo(command);
        command.SetAction((parsed, cancellation) => asking.RunAsync(parsed, async (questions, board, json) =>
        {
            string answer = await questions.AskAsync(board, question, cancellation);
            AnswerText.Print(answer, json);
            using JsonDocument document = JsonDocument.Parse(answer);
            bool failed = document.RootElement.TryGetProperty("passed", out JsonElement passed) && !passed.GetBoolean();
            return failed ? ExitCode.HardwareRefused : ExitCode.Ok;
        }, cancellation));
        return command;
    }

    private static Command CreateLogs()
    {
        var asking = new AskOptions(DefaultSeconds);
        var follow = new Option<bool>("--follow") { Description = "Go on with what is logged from now on, until Ctrl-C" };
        var lines = new Option<int>("--lines") { Description = "How many lines to begin with", DefaultValueFactory = _ => 40 };
        var command = new Command("logs",
            "The latest lines of a running board's log.\n\nExample:\n  fpgaedge board logs a --cluster shelf --follow") { follow, lines };
        asking.AddTo(command);
        lines.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 500)
            {
                result.AddError($"--lines: expected 1 to 500, found {result.GetValueOrDefault<int>()}.");
            }
        });
        command.SetAction((parsed, cancellation) => asking.RunAsync(parsed, (questions, board, json) =>
            PrintLogAsync(questions, board, parsed.GetValue(lines), parsed.GetValue(follow), json, cancellation), cancellation));
        return command;
    }

    private static async Task<int> PrintLogAsync(
        BoardQuestions questions, Member board, int lines, bool follow, bool json, CancellationToken cancellation)
    {
        long from = -lines;
        while (true)
        {
            string answer = await questions.AskAsync(board, $"log {from}", cancellation);
            using JsonDocument document = JsonDocument.Parse(answer);
            JsonElement log = document.RootElement;
            long first = log.GetProperty("first").GetInt64();
            long next = log.GetProperty("next").GetInt64();
            bool isNew = next > first;
            if (from >= 0 && first > from)
            {
                Console.Error.WriteLine($"fpgaedge board logs: {first - from} lines were logged faster than they could be read");
            }
            if (isNew)
            {
                Console.Out.Write(json ? answer + "\n" : log.GetProperty("log").GetString());
            }
            if (!isNew && !follow)
            {
                return ExitCode.Ok;
            }
            from = next;
            await Task.Delay(isNew ? TimeSpan.Zero : TimeSpan.FromMilliseconds(500), cancellation);
        }
    }

    /// <summary>What all of these verbs take.</summary>
    private sealed class AskOptions(double defaultSeconds)
    {
        private readonly ClusterOptions cluster = new();
        private readonly Argument<string> board = new("BOARD") { Description = "Name or id, as 'fpgaedge boards' shows it" };
        private readonly Option<bool> json = new("--json") { Description = "The board's JSON object, as it came" };
        private readonly Option<double> timeout = new("--timeout")
        {
            Description = "Seconds to wait for an answer", DefaultValueFactory = _ => defaultSeconds,
        };

        public void AddTo(Command command)
        {
            command.Arguments.Add(board);
            command.Options.Add(timeout);
            command.Options.Add(json);
            cluster.AddTo(command);
        }

        public async Task<int> RunAsync(
            ParseResult parsed, Func<BoardQuestions, Member, bool, Task<int>> action, CancellationToken cancellation)
        {
            double seconds = parsed.GetValue(timeout);
            if (seconds is not (> 0 and <= 3600))
            {
                throw new CliException(ExitCode.Usage, $"--timeout: expected more than 0 and at most 3600 s, found {seconds}");
            }
            ClusterAddress address = cluster.ReadOrDefault(parsed);
            ClusterOptions.WarnWithoutKey(address);
            using ClusterClient client = ClusterClient.Open(address);
            var questions = new BoardQuestions(client, address, TimeSpan.FromSeconds(seconds));
            return await action(questions, await questions.FindAsync(parsed.GetValue(board)!, cancellation), parsed.GetValue(json));
        }
    }
}
