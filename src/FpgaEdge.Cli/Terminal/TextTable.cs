using System.Text;

namespace FpgaEdge.Cli.Terminal;

/// <summary>A table of text with aligned columns: numbers to the right, words to the left.</summary>
internal sealed class TextTable(params string[] headings)
{
    private readonly List<string[]> rows = [];

    /// <summary>Columns available on the terminal; COLUMNS wins, 100 where nothing is known.</summary>
    public static int TerminalWidth
    {
        get
        {
            if (int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), out int columns) && columns > 0)
            {
                return columns;
            }
            return Console.IsOutputRedirected && Console.IsErrorRedirected ? 100 : Math.Max(Console.WindowWidth, 40);
        }
    }

    /// <summary>Adds a row with one cell per heading.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != headings.Length)
        {
            throw new ArgumentException($"expected {headings.Length} cells, found {cells.Length}", nameof(cells));
        }
        rows.Add(cells);
    }

    /// <inheritdoc />
    public override string ToString()
    {
        int[] columns = [.. headings.Select((heading, i) =>
            rows.Select(row => row[i].Length).Append(heading.Length).Max())];
        var text = new StringBuilder();
        Append(text, headings, columns, header: true);
        text.AppendLine(string.Join("  ", columns.Select(width => new string('-', width))));
        foreach (string[] row in rows)
        {
            Append(text, row, columns, header: false);
        }
        return text.ToString();
    }

    private void Append(StringBuilder text, string[] cells, int[] columns, bool header)
    {
        for (int i = 0; i < cells.Length; i++)
        {
            bool right = header ? rows.Count > 0 && IsNumber(rows[0][i]) : IsNumber(cells[i]);
            string cell = right ? cells[i].PadLeft(columns[i]) : cells[i].PadRight(columns[i]);
            text.Append(cell).Append(i + 1 < cells.Length ? "  " : "");
        }
        while (text.Length > 0 && text[^1] == ' ')
        {
            text.Length--;
        }
        text.AppendLine();
    }

    /// <summary>Sentences may begin with a number too.</summary>
    private static bool IsNumber(string cell) => cell.Length is > 0 and <= 24 && char.IsAsciiDigit(cell[0]);
}
