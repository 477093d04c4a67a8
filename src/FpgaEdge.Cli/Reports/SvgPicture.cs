using System.Globalization;
using System.Net;
using System.Text;

namespace FpgaEdge.Cli.Reports;

/// <summary>A self-contained SVG, written element by element; equal calls give equal bytes on every machine.</summary>
internal sealed class SvgPicture
{
    private readonly StringBuilder svg = new();

    /// <summary>Begins a picture on white ground.</summary>
    public SvgPicture(int width, int height)
    {
        svg.Append($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" ");
        svg.Append($"viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    }

    /// <summary>Colours that can be told apart, also by people who see fewer.</summary>
    public static IReadOnlyList<string> Colours { get; } =
        ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777", "#ee8866"];

    /// <summary>A coordinate as SVG takes it.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>The next larger 1, 2, 2.5 or 5 times a power of ten: ends and steps of axes.</summary>
    public static double RoundUp(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 1e-9))));
        return ((double[])[1, 2, 2.5, 5, 10]).Select(factor => factor * power).First(round => round >= value * 0.9999);
    }

    /// <summary>Text with the characters escaped that XML and HTML give a meaning.</summary>
    public static string Escaped(string text) => WebUtility.HtmlEncode(text);

    /// <summary>One line of text.</summary>
    /// <param name="x">Where its anchor is.</param>
    /// <param name="y">Of its base line.</param>
    /// <param name="text">Not escaped.</param>
    /// <param name="size">In pixels.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="fill">Colour.</param>
    public void Text(double x, double y, string text, int size = 12, string anchor = "start", string fill = "#222222") =>
        svg.Append($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" font-size=\"{size}\" text-anchor=\"{anchor}\" ")
            .Append($"fill=\"{fill}\">{Escaped(text)}</text>\n");

    /// <summary>A filled rectangle; the title is shown by browsers when the pointer rests on it.</summary>
    public void Rectangle(
        double x, double y, double width, double height, string fill, string title = "", double opacity = 1)
    {
        svg.Append($"<rect x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\" ")
            .Append($"fill=\"{fill}\"").Append(opacity < 1 ? $" fill-opacity=\"{Number(opacity)}\"" : "");
        svg.Append(title.Length == 0 ? "/>\n" : $"><title>{Escaped(title)}</title></rect>\n");
    }

    /// <summary>A straight line.</summary>
    /// <param name="dash">Lengths of strokes and gaps; empty for a whole line.</param>
    public void Line(double x1, double y1, double x2, double y2, string stroke, double width = 1, string dash = "") =>
        svg.Append($"<line x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\" ")
            .Append($"stroke=\"{stroke}\" stroke-width=\"{Number(width)}\"")
            .Append(dash.Length == 0 ? "/>\n" : $" stroke-dasharray=\"{dash}\"/>\n");

    /// <summary>A path in SVG's own notation.</summary>
    public void Path(string data, string fill, string stroke = "none", double width = 1, string title = "") =>
        svg.Append($"<path d=\"{data}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"{Number(width)}\" ")
            .Append($"stroke-linecap=\"round\" stroke-linejoin=\"round\"")
            .Append(title.Length == 0 ? "/>\n" : $"><title>{Escaped(title)}</title></path>\n");

    /// <inheritdoc />
    public override string ToString() => $"{svg}</svg>\n";
}
