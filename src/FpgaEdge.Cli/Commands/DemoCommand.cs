using System.CommandLine;

namespace FpgaEdge.Cli.Commands;

/// <summary><c>fpgaedge demo</c>: the whole path with what lies in this program: four virtual boards, one network, 200 frames.</summary>
internal static class DemoCommand
{
    private const int DefaultBoards = 4;
    private const int DefaultFrames = 200;
    private const int MaximumFrames = 100_000;

    /// <summary>The verb with its options.</summary>
    public static Command Create()
    {
        var boards = new Option<int>("--boards")
        {
            Description = $"How many virtual boards to start (default {DefaultBoards})",
            DefaultValueFactory = _ => DefaultBoards,
        };
        var frames = new Option<int>("--frames")
        {
            Description = $"How many frames to stream (default {DefaultFrames})",
            DefaultValueFactory = _ => DefaultFrames,
        };
        var pull = new Option<bool>("--pull") { Description = "Kill a board in mid-stream and show how the others go on" };
        var json = new Option<bool>("--json") { Description = "One JSON object on stdout" };
        var command = new Command("demo",
            "Start virtual boards, stream drawn digits through a network spread over them, and compare every answer.\n\n" +
            "Example:\n  fpgaedge demo\n  fpgaedge demo --pull\n  fpgaedge demo --boards 6 --frames 1000 --json")
        {
            boards, frames, pull, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            int count = parsed.GetValue(frames);
            int boardCount = parsed.GetValue(boards);
            bool pulls = parsed.GetValue(pull);
            if (count is < 1 or > MaximumFrames)
            {
                throw new CliException(ExitCode.Usage, $"--frames: expected 1 to {MaximumFrames}, found {count}");
            }
            if (pulls && boardCount < 2)
            {
                throw new CliException(ExitCode.Usage,
                    $"--pull: expected at least 2 boards, so that one is left, found {boardCount}; add --boards 2");
            }
            return new DemoAction(boardCount, count, pulls, parsed.GetValue(json)).RunAsync(cancellation);
        });
        return command;
    }
}
