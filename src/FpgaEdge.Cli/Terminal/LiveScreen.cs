using System.Text;

namespace FpgaEdge.Cli.Terminal;

/// <summary>
/// A page that is rewritten in place on a terminal, and gives back what was there before; where stdout is no terminal, one page
/// after the other.
/// </summary>
internal sealed class LiveScreen : IDisposable
{
    private const string Enter = "\e[?1049h\e[?25l";
    private const string Leave = "\e[?25h\e[?1049l";

    private readonly bool isTerminal =
        !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);

    /// <summary>Takes the screen.</summary>
    public LiveScreen()
    {
        if (isTerminal)
        {
            Console.Out.Write(Enter);
        }
    }

    /// <summary>Shows a page, cut to the terminal's size.</summary>
    public void Show(string page)
    {
        if (!isTerminal)
        {
            Console.Out.WriteLine(page);
            return;
        }
        int width = TextTable.TerminalWidth;
        int height = Math.Max(2, Console.WindowHeight);
        string[] lines = page.TrimEnd().Split('\n');
        var text = new StringBuilder("\e[H");
        for (int i = 0; i < lines.Length && i < height; i++)
        {
            string line = i == height - 1 && lines.Length > height ? $"... {lines.Length - i} more lines" : lines[i].TrimEnd('\r');
            text.Append(line.Length > width ? line[..width] : line).Append("\e[K").Append(i == height - 1 ? "" : "\n");
        }
        Console.Out.Write(text.Append("\e[J"));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (isTerminal)
        {
            Console.Out.Write(Leave);
        }
    }
}
