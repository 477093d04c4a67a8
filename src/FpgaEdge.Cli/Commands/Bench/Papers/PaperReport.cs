using System.Text;
using System.Text.Json;
using FpgaEdge.Cli.Terminal;
using static FpgaEdge.Cli.Reports.SvgPicture;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>One thing that was asked of the planner, and what came out.</summary>
/// <param name="Asked">What was asked.</param>
/// <param name="Found">The figure found.</param>
/// <param name="Holds">Whether it is met; null when it could not be tried.</param>
internal sealed record PaperClaim(string Asked, string Found, bool? Holds)
{
    /// <summary>One word for the outcome.</summary>
    public string Verdict => Holds switch { true => "holds", false => "MISSED", null => "not tried" };
}

/// <summary>A table; cells are finished text.</summary>
internal sealed record PaperTable(string Title, string[] Headings, IReadOnlyList<string[]> Rows)
{
    /// <summary>False for long tables: folded in the HTML report, left out of the Markdown document.</summary>
    public bool IsSummary { get; init; } = true;
}

/// <summary>One part of the report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Notes">What the figures rest on, one paragraph each.</param>
/// <param name="Claims">What was asked and what came out.</param>
/// <param name="Tables">In order.</param>
/// <param name="Plots">Complete SVG elements.</param>
internal sealed record PaperSection(
    string Title, IReadOnlyList<string> Notes, IReadOnlyList<PaperClaim> Claims, IReadOnlyList<PaperTable> Tables,
    IReadOnlyList<string> Plots);

/// <summary>The sections as text, JSON, HTML and Markdown: all four from the same cells.</summary>
internal sealed class PaperReport(IReadOnlyList<PaperSection> sections, string command)
{
    private const string Style = """
        body { font: 14px/1.45 sans-serif; max-width: 1180px; margin: 24px auto; padding: 0 16px; color: #222; }
        h1 { font-size: 24px; } h2 { margin-top: 40px; border-bottom: 1px solid #ccc; } h3 { font-size: 15px; }
        table { border-collapse: collapse; margin: 8px 0 20px; font-size: 13px; }
        th, td { padding: 2px 10px; text-align: left; border-bottom: 1px solid #e4e4e4; }
        th { background: #f3f3f3; } td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .holds { color: #1a7f37; } .MISSED { color: #b00020; font-weight: bold; } .not { color: #777; }
        details { margin: 8px 0; } summary { cursor: pointer; font-weight: bold; } svg { margin: 6px 8px 6px 0; }
        """;

    /// <summary>Whether everything that was tried is met.</summary>
    public bool AllHold => sections.All(section => section.Claims.All(claim => claim.Holds != false));

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (PaperSection section in sections)
        {
            text.AppendLine($"== {section.Title}").AppendLine();
            foreach (string note in section.Notes)
            {
                text.AppendLine(note);
            }
            if (section.Notes.Count > 0)
            {
                text.AppendLine();
            }
            foreach (PaperTable table in TablesOf(section))
            {
                text.AppendLine(table.Title).Append(Aligned(table)).AppendLine();
            }
        }
        return text.ToString();
    }

    public void WriteJson(Stream stream)
    {
        using var writer = new Utf8JsonWriter(stream);
        writer.WriteStartObject();
        writer.WriteNumber("schema", 1);
        writer.WriteString("command", command);
        writer.WriteBoolean("allHold", AllHold);
        writer.WriteStartArray("sections");
        foreach (PaperSection section in sections)
        {
            WriteSection(writer, section);
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public string ToHtml()
    {
        var html = new StringBuilder();
        html.AppendLine("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Plans against the papers</title>");
        html.AppendLine($"<style>{Style}</style></head><body><h1>Plans against the papers</h1>");
        html.AppendLine($"<p>Written by <code>{Escaped(command)}</code>. Times, rates and energies of boards are modelled " +
            "unless a table says that they were executed.</p>");
        foreach (PaperSection section in sections)
        {
            html.AppendLine($"<h2>{Escaped(section.Title)}</h2>");
            foreach (string note in section.Notes)
            {
                html.AppendLine($"<p>{Escaped(note)}</p>");
            }
            bool plotted = false;
            foreach (PaperTable table in TablesOf(section))
            {
                bool isLong = !table.IsSummary;
                html.AppendLine(isLong ? $"<details><summary>{Escaped(table.Title)}</summary>" : $"<h3>{Escaped(table.Title)}</h3>");
                html.Append(Html(table));
                html.AppendLine(isLong ? "</details>" : "");
                if (!plotted)
                {
                    // After what was asked and found, before the rows behind it.
                    html.AppendLine($"<div>{string.Join('\n', section.Plots)}</div>");
                    plotted = true;
                }
            }
        }
        return html.AppendLine("</body></html>").ToString();
    }

    /// <summary>The claims and the short tables, for a document.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (PaperSection section in sections)
        {
            text.AppendLine($"### {section.Title}").AppendLine();
            foreach (string note in section.Notes)
            {
                text.AppendLine(note).AppendLine();
            }
            foreach (PaperTable table in TablesOf(section).Where(table => table.IsSummary))
            {
                text.AppendLine($"{table.Title}:").AppendLine();
                AppendRow(text, table.Headings);
                AppendRow(text, [.. table.Headings.Select(_ => "---")]);
                foreach (string[] row in table.Rows)
                {
                    AppendRow(text, row);
                }
                text.AppendLine();
            }
        }
        return text.ToString();
    }

    private static IEnumerable<PaperTable> TablesOf(PaperSection section)
    {
        if (section.Claims.Count > 0)
        {
            yield return new PaperTable("Asked and found", ["asked", "found", "verdict"],
                [.. section.Claims.Select(claim => new[] { claim.Asked, claim.Found, claim.Verdict })]);
        }
        foreach (PaperTable table in section.Tables)
        {
            yield return table;
        }
    }

    private static TextTable Aligned(PaperTable table)
    {
        var aligned = new TextTable(table.Headings);
        foreach (string[] row in table.Rows)
        {
            aligned.Add(row);
        }
        return aligned;
    }

    private static string Html(PaperTable table)
    {
        var html = new StringBuilder("<table><tr>");
        foreach (string heading in table.Headings)
        {
            html.Append($"<th>{Escaped(heading)}</th>");
        }
        html.AppendLine("</tr>");
        bool[] numbers = [.. table.Headings.Select((_, column) => table.Rows.All(row => IsNumber(row[column])))];
        foreach (string[] row in table.Rows)
        {
            html.Append("<tr>");
            for (int column = 0; column < row.Length; column++)
            {
                string cell = row[column];
                string kind = cell is "holds" or "MISSED" ? cell : cell == "not tried" ? "not" : numbers[column] ? "n" : "";
                html.Append(kind.Length == 0 ? $"<td>{Escaped(cell)}</td>" : $"<td class=\"{kind}\">{Escaped(cell)}</td>");
            }
            html.AppendLine("</tr>");
        }
        return html.AppendLine("</table>").ToString();
    }

    /// <summary>A number, with its unit or a share behind it; or none.</summary>
    private static bool IsNumber(string cell) =>
        cell is "" or "-" || (cell.Length < 18 && !cell.Contains(" to ") && char.IsAsciiDigit(cell.TrimStart('-', '−', '+').FirstOrDefault()));

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendLine($"| {string.Join(" | ", cells.Select(cell => cell.Replace("|", "\\|")))} |");

    private static void WriteSection(Utf8JsonWriter writer, PaperSection section)
    {
        writer.WriteStartObject();
        writer.WriteString("title", section.Title);
        WriteStrings(writer, "notes", section.Notes);
        writer.WriteStartArray("claims");
        foreach (PaperClaim claim in section.Claims)
        {
            writer.WriteStartObject();
            writer.WriteString("asked", claim.Asked);
            writer.WriteString("found", claim.Found);
            writer.WriteString("verdict", claim.Verdict);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartArray("tables");
        foreach (PaperTable table in section.Tables)
        {
            writer.WriteStartObject();
            writer.WriteString("title", table.Title);
            WriteStrings(writer, "headings", table.Headings);
            writer.WriteStartArray("rows");
            foreach (string[] row in table.Rows)
            {
                WriteStrings(writer, null, row);
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteStrings(Utf8JsonWriter writer, string? name, IEnumerable<string> values)
    {
        if (name is not null)
        {
            writer.WritePropertyName(name);
        }
        writer.WriteStartArray();
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }
        writer.WriteEndArray();
    }
}
