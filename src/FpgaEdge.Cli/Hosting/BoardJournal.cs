using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using FpgaEdge.Board;

namespace FpgaEdge.Cli.Hosting;

/// <summary>
/// Reads the JSON log of a board that was started here, to its end: an unread pipe would stop the board. Keeps the
/// latest lines.
/// </summary>
internal sealed class BoardJournal
{
    private const int KeptLines = 1000;

    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource<IPEndPoint> address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? identity;

    /// <summary>Starts reading.</summary>
    public BoardJournal(TextReader log) => Ended = Task.Run(() => FollowAsync(log));

    /// <summary>Where the board receives; fails with <see cref="EndOfStreamException"/> if it ends before it says
    /// so.</summary>
    public Task<IPEndPoint> Address => address.Task;

    /// <summary>The board's identity as it prints it; null before it listens.</summary>
    public string? Identity => identity;

    /// <summary>Ends with the log.</summary>
    public Task Ended { get; }

    /// <summary>The latest lines, oldest first.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    private async Task FollowAsync(TextReader log)
    {
        while (await log.ReadLineAsync().ConfigureAwait(false) is string line)
        {
            lines.Enqueue(line);
            if (lines.Count > KeptLines)
            {
                lines.TryDequeue(out _);
            }
            if (!address.Task.IsCompleted && ListeningAddress(line) is IPEndPoint point)
            {
                address.TrySetResult(point);
            }
        }
        address.TrySetException(new EndOfStreamException());
        _ = address.Task.Exception;
    }

    private IPEndPoint? ListeningAddress(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            if (json.RootElement.GetProperty("event").GetString() != "listening"
                || !EndPoints.TryParse(json.RootElement.GetProperty("address").GetString()!, out IPEndPoint? point))
            {
                return null;
            }
            identity = json.RootElement.GetProperty("id").GetString();
            return point;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
