using System.Text;
using System.Text.Json;

namespace FpgaEdge.Board;

/// <summary>
/// What happens on a board, one line per event: for people "12.345 joined board=… type=…", or one JSON object. Events
/// are rare (one per frame only with --log-frames), so lines are written at once.
/// </summary>
public sealed class BoardLog(TextWriter output, bool json, TimeProvider time)
{
    private const int KeptLines = 500;
    private const int MostCharacters = 1000;
    private readonly Lock gate = new();
    private readonly Queue<string> latest = new(KeptLines);
    private long written;
    private readonly long start = time.GetTimestamp();

    /// <summary>Writes one event.</summary>
    /// <param name="what">A word or two, the same for every event of its kind.</param>
    /// <param name="details">Names and values; numbers carry their unit in the name.</param>
    public void Write(string what, params ReadOnlySpan<(string Name, object Value)> details)
    {
        double seconds = time.GetElapsedTime(start).TotalSeconds;
        string line = json ? JsonLine(seconds, what, details) : TextLine(seconds, what, details);
        lock (gate)
        {
            Keep(line);
            try
            {
                output.WriteLine(line);
                output.Flush();
            }
            catch (IOException)
            {
                // Whoever read the log is gone; the board is not.
            }
        }
    }

    /// <summary>The latest lines, for whoever cannot read the output.</summary>
    /// <param name="from">Number of the first line that is wanted, from 0; negative for the last so many lines.</param>
    /// <param name="mostCharacters">Where to stop.</param>
    /// <returns>Lines, each with a line feed; the number of the first of them; the number to ask for next.</returns>
    public (string Text, long First, long Next) Read(long from, int mostCharacters)
    {
        lock (gate)
        {
            long oldest = written - latest.Count;
            long first = Math.Clamp(from < 0 ? written + from : from, oldest, written);
            long next = first;
            var text = new StringBuilder();
            foreach (string line in latest.Skip((int)(first - oldest)))
            {
                if (text.Length + line.Length >= mostCharacters)
                {
                    break;
                }
                text.Append(line).Append('\n');
                next++;
            }
            return (text.ToString(), first, next);
        }
    }

    private void Keep(string line)
    {
        if (latest.Count == KeptLines)
        {
            latest.Dequeue();
        }
        latest.Enqueue(line.Length <= MostCharacters ? line : line[..MostCharacters]);
        written++;
    }

    private static string TextLine(double seconds, string what, ReadOnlySpan<(string Name, object Value)> details)
    {
        var line = new StringBuilder().Append($"{seconds,9:F3} {what}");
        foreach ((string name, object value) in details)
        {
            line.Append($" {name}={OneLine(value)}");
        }
        return line.ToString();
    }

    private static string JsonLine(double seconds, string what, ReadOnlySpan<(string Name, object Value)> details)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("seconds", Math.Round(seconds, 3));
            writer.WriteString("event", what);
            foreach ((string name, object value) in details)
            {
                if (value is int or long or uint)
                {
                    writer.WriteNumber(name, Convert.ToInt64(value));
                }
                else
                {
                    writer.WriteString(name, OneLine(value));
                }
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string OneLine(object value) => (value.ToString() ?? "").ReplaceLineEndings(" ");
}
