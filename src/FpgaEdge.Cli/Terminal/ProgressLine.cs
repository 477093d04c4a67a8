namespace FpgaEdge.Cli.Terminal;

/// <summary>
/// One line on stderr that is rewritten in place while long work goes on. Silent unless stderr is a terminal, so that
/// logs and pipes never see it.
/// </summary>
internal sealed class ProgressLine : IDisposable
{
    private static readonly TimeSpan MinimumInterval = TimeSpan.FromMilliseconds(80);

    private readonly Lock gate = new();
    private readonly bool visible =
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);

    private int shownLength;
    private long lastShown = long.MinValue;

    /// <summary>Shows a text; calls that follow too quickly are dropped.</summary>
    public void Show(string text)
    {
        long now = TimeProvider.System.GetTimestamp();
        lock (gate)
        {
            bool tooSoon = lastShown != long.MinValue &&
                TimeProvider.System.GetElapsedTime(lastShown, now) < MinimumInterval;
            if (!visible || tooSoon)
            {
                return;
            }
            lastShown = now;
            int width = Math.Max(20, TextTable.TerminalWidth - 1);
            string line = text.Length > width ? text[..width] : text;
            Console.Error.Write($"\r{line.PadRight(shownLength)}");
            shownLength = line.Length;
        }
    }

    /// <summary>Shows a bar: "what [#####.....] 50/100".</summary>
    public void Show(string what, int done, int total)
    {
        const int BarWidth = 30;
        int filled = total == 0 ? BarWidth : (int)((long)BarWidth * done / total);
        Show($"{what} [{new string('#', filled)}{new string('.', BarWidth - filled)}] {done}/{total}");
    }

    /// <summary>Clears the line, so that what is printed next starts at its beginning.</summary>
    public void Clear()
    {
        lock (gate)
        {
            if (visible && shownLength > 0)
            {
                Console.Error.Write($"\r{new string(' ', shownLength)}\r");
                shownLength = 0;
                lastShown = long.MinValue;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => Clear();
}
