using System.CommandLine;
using FpgaEdge.Cli.Hosting;
using FpgaEdge.Cli.Reports;
using FpgaEdge.Cli.Terminal;
using FpgaEdge.Planning;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge top</c>: all boards of a cluster, live.</summary>
internal static class TopCommand
{
    private static readonly TimeSpan FindTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1);

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var cluster = new ClusterOptions();
        var interval = new Option<double>("--interval") { Description = "Seconds from page to page", DefaultValueFactory = _ => 1 };
        var once = new Option<bool>("--once") { Description = "One page, with the rates of one interval" };
        var json = new Option<bool>("--json") { Description = "One JSON object per page on stdout" };
        var command = new Command("top",
            "Watch all boards of a cluster: stage, frames per second, queue, late frames, processor (per cent of a core), memory, power, " +
            "temperature, accelerator. Ctrl-C ends it.\n\nExample:\n  fpgaedge top --cluster shelf --key-file shelf.key\n" +
            "  fpgaedge top --cluster shelf --once --json")
        {
            interval, once, json,
        };
        cluster.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(
            cluster.ReadOrDefault(parsed), parsed.GetValue(interval), parsed.GetValue(once), parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        ClusterAddress address, double seconds, bool once, bool json, CancellationToken cancellation)
    {
        if (seconds is not (>= 0.1 and <= 3600))
        {
            throw new CliException(ExitCode.Usage, $"--interval: expected 0.1 to 3600 s, found {seconds}");
        }
        ClusterOptions.WarnWithoutKey(address);
        using ClusterClient client = ClusterClient.Open(address);
        await Task.Delay(FindTime, cancellation);
        if (client.View.Members.IsEmpty)
        {
            throw new CliException(ExitCode.NoBoard, $"expected boards of cluster {address.Name}, heard none within " +
                $"{FindTime.TotalSeconds} s; see 'fpgaedge boards --cluster {address.Name} --explain'{BoardQuestions.Hint(client, address)}");
        }
        Dictionary<BoardId, BoardSample> before = await AskAllAsync(client, cancellation);
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellation);
        using LiveScreen? screen = json || once ? null : new LiveScreen();
        using var pace = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        while (true)
        {
            Dictionary<BoardId, BoardSample> now = await AskAllAsync(client, cancellation);
            Print(new TopReport(address.Name, client.View.Members, before, now), json, screen);
            if (once)
            {
                return now.Count == client.View.Members.Length ? ExitCode.Ok : ExitCode.NoBoard;
            }
            before = now;
            await pace.WaitForNextTickAsync(cancellation);
        }
    }

    /// <summary>Everybody at once: a board that is slow to answer delays no other's row.</summary>
    private static async Task<Dictionary<BoardId, BoardSample>> AskAllAsync(ClusterClient client, CancellationToken cancellation)
    {
        BoardSample?[] samples = await Task.WhenAll(client.View.Members.Select(async board =>
            BoardSample.Read(board, await client.AskAsync(board.Id, "status", AnswerLimit, cancellation))));
        return samples.OfType<BoardSample>().ToDictionary(sample => sample.Board.Id);
    }

    private static void Print(TopReport report, bool json, LiveScreen? screen)
    {
        if (screen is not null)
        {
            screen.Show($"{report}");
            return;
        }
        if (!json)
        {
            Console.Out.Write(report);
            return;
        }
        JsonLine.Print(report.WriteJson);
    }
}
