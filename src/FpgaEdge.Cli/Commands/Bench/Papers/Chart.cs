using System.Globalization;
using System.Text;
using static FpgaEdge.Cli.Reports.SvgPicture;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Small charts as self-contained SVG elements.</summary>
internal static class Chart
{
    private const int Left = 58;
    private const int Top = 34;
    private const int PlotHeight = 210;

    /// <summary>One line with markers per series over common x positions.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">Under the x axis.</param>
    /// <param name="xs">The x positions' labels.</param>
    /// <param name="series">A name and a value for each position; NaN leaves a gap.</param>
    public static string Lines(
        string title, string xTitle, IReadOnlyList<string> xs, IReadOnlyList<(string Name, double[] Values)> series)
    {
        const int PlotWidth = 370;
        double most = Nice(series.SelectMany(line => line.Values).Where(double.IsFinite).DefaultIfEmpty(1).Max());
        var svg = Begin(Left + PlotWidth + 135, Top + PlotHeight + 46, title);
        Axis(svg, PlotWidth, most);
        for (int index = 0; index < xs.Count; index++)
        {
            Text(svg, X(index), Top + PlotHeight + 16, xs[index], "middle");
        }
        Text(svg, Left + (PlotWidth / 2.0), Top + PlotHeight + 36, xTitle, "middle");
        for (int line = 0; line < series.Count; line++)
        {
            string colour = Colours[line % Colours.Count];
            (double X, double Y)[] points = [.. series[line].Values.Select((value, index) => (X(index), Y(value, most)))
                .Where(point => double.IsFinite(point.Item2))];
            svg.AppendLine($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"" +
                $"{string.Join(' ', points.Select(point => $"{Number(point.X)},{Number(point.Y)}"))}\"/>");
            foreach ((double x, double y) in points)
            {
                svg.AppendLine($"<circle cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"2.5\" fill=\"{colour}\"/>");
            }
            Legend(svg, Left + PlotWidth + 14, line, series[line].Name);
        }
        return svg.AppendLine("</svg>").ToString();

        double X(int index) => Left + (PlotWidth * (index + 0.5) / xs.Count);
    }

    /// <summary>A tornado: for each row the range from a value at one end to a value at the other.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="middle">The value at the assumptions as they are.</param>
    /// <param name="rows">What is varied, and the values at the low and at the high end of its range.</param>
    public static string Tornado(
        string title, string unit, double middle, IReadOnlyList<(string Name, double Low, double High)> rows)
    {
        const int NameWidth = 230;
        const int BarWidth = 360;
        const int RowHeight = 19;
        double least = rows.SelectMany(row => new[] { row.Low, row.High }).Append(middle).Min();
        double most = rows.SelectMany(row => new[] { row.Low, row.High }).Append(middle).Max();
        double span = Math.Max(most - least, 1e-9);
        int height = Top + (rows.Count * RowHeight);
        var svg = Begin(NameWidth + BarWidth + 70, height + 34, title);
        for (int index = 0; index < rows.Count; index++)
        {
            (string name, double low, double high) = rows[index];
            double y = Top + (index * RowHeight);
            Text(svg, NameWidth - 6, y + 12, name, "end");
            Bar(low, Colours[0]);
            Bar(high, Colours[1]);

            void Bar(double value, string colour)
            {
                double from = X(Math.Min(value, middle));
                svg.AppendLine($"<rect x=\"{Number(from)}\" y=\"{Number(y + 2)}\" " +
                    $"width=\"{Number(Math.Max(X(Math.Max(value, middle)) - from, 0.5))}\" height=\"{RowHeight - 5}\" " +
                    $"fill=\"{colour}\"><title>{Escaped(name)}: {value.ToString("f1", CultureInfo.InvariantCulture)} " +
                    $"{Escaped(unit)}</title></rect>");
            }
        }
        foreach (double value in (double[])[least, middle, most])
        {
            svg.AppendLine($"<line x1=\"{Number(X(value))}\" x2=\"{Number(X(value))}\" y1=\"{Top}\" y2=\"{height + 4}\" stroke=\"#999\"/>");
            Text(svg, X(value), height + 18, value.ToString("f1", CultureInfo.InvariantCulture) + " " + unit, "middle");
        }
        return svg.AppendLine("</svg>").ToString();

        double X(double value) => NameWidth + (BarWidth * (value - least) / span);
    }

    private static StringBuilder Begin(int width, int height, string title)
    {
        var svg = new StringBuilder();
        svg.AppendLine($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" " +
            "font-family=\"sans-serif\" font-size=\"11\">");
        svg.AppendLine($"<text x=\"8\" y=\"18\" font-size=\"13\" font-weight=\"bold\">{Escaped(title)}</text>");
        return svg;
    }

    private static void Axis(StringBuilder svg, int width, double most)
    {
        for (int tick = 0; tick <= 5; tick++)
        {
            double y = Y(most * tick / 5, most);
            svg.AppendLine($"<line x1=\"{Left}\" x2=\"{Left + width}\" y1=\"{Number(y)}\" y2=\"{Number(y)}\" stroke=\"#ddd\"/>");
            Text(svg, Left - 6, y + 4, Number(most * tick / 5), "end");
        }
    }

    private static void Legend(StringBuilder svg, int x, int row, string name)
    {
        double y = Top + 10 + (row * 18);
        svg.AppendLine($"<rect x=\"{x}\" y=\"{Number(y - 8)}\" width=\"12\" height=\"8\" fill=\"{Colours[row % Colours.Count]}\"/>");
        Text(svg, x + 17, y, name, "start");
    }

    private static void Text(StringBuilder svg, double x, double y, string text, string anchor) =>
        svg.AppendLine($"<text x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\">{Escaped(text)}</text>");

    private static double Y(double value, double most) => Top + PlotHeight - (PlotHeight * value / most);

    /// <summary>The next larger 1, 2 or 5 times a power of ten.</summary>
    private static double Nice(double most)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(most, 1e-9))));
        return ((double[])[1, 2, 2.5, 5, 10]).Select(factor => factor * power).First(value => value >= most * 0.9999);
    }
}
