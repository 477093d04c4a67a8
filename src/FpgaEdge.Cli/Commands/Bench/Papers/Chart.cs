using FpgaEdge.Cli.Reports;

namespace FpgaEdge.Cli.Commands.Bench.Papers;

/// <summary>Small charts as self-contained SVG elements.</summary>
internal static class Chart
{
    private const int Left = 58;
    private const int Top = 34;
    private const int PlotHeight = 210;
    private const int LegendWidth = 150;
    private const int Small = 11;

    /// <summary>One line with markers per series over common x positions.</summary>
    /// <param name="title">Above the chart.</param>
    /// <param name="xTitle">Under the x axis.</param>
    /// <param name="xs">The x positions' labels.</param>
    /// <param name="series">A name and a value for each position; NaN leaves a gap.</param>
    public static string Lines(
        string title, string xTitle, IReadOnlyList<string> xs, IReadOnlyList<(string Name, double[] Values)> series)
    {
        const int PlotWidth = 370;
        double most = SvgPicture.RoundUp(series.SelectMany(line => line.Values).Where(double.IsFinite).DefaultIfEmpty(1).Max());
        SvgPicture svg = Begin(Left + PlotWidth + LegendWidth, Top + PlotHeight + 46, title);
        Axis(svg, PlotWidth, most);
        for (int index = 0; index < xs.Count; index++)
        {
            svg.Text(X(index), Top + PlotHeight + 16, xs[index], Small, "middle");
        }
        svg.Text(Left + (PlotWidth / 2.0), Top + PlotHeight + 36, xTitle, Small, "middle");
        for (int line = 0; line < series.Count; line++)
        {
            string colour = SvgPicture.Colours[line % SvgPicture.Colours.Count];
            // Later lines are thinner, so that those which they cover stay visible.
            double width = Math.Max(1, 4 - (0.75 * line));
            (double X, double Y)[] points = [.. series[line].Values.Select((value, index) => (X(index), Y(value, most)))
                .Where(point => double.IsFinite(point.Item2))];
            svg.Path(string.Join(' ', points.Select((point, index) =>
                $"{(index == 0 ? 'M' : 'L')}{SvgPicture.Number(point.X)} {SvgPicture.Number(point.Y)}")), "none", colour, width, series[line].Name);
            Legend(svg, Left + PlotWidth + 14, line, series[line].Name);
        }
        return svg.ToString();

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
        SvgPicture svg = Begin(NameWidth + BarWidth + LegendWidth + 20, height + 34, title);
        Legend(svg, NameWidth + BarWidth + 30, 0, "low end of the range");
        Legend(svg, NameWidth + BarWidth + 30, 1, "high end");
        for (int index = 0; index < rows.Count; index++)
        {
            double y = Top + (index * RowHeight);
            svg.Text(NameWidth - 6, y + 12, rows[index].Name, Small, "end");
            Bar(rows[index].Low, SvgPicture.Colours[0]);
            Bar(rows[index].High, SvgPicture.Colours[1]);

            void Bar(double value, string colour)
            {
                double from = X(Math.Min(value, middle));
                double width = Math.Max(X(Math.Max(value, middle)) - from, 0.5);
                svg.Rectangle(from, y + 2, width, RowHeight - 5, colour, $"{rows[index].Name}: {value:f1} {unit}");
            }
        }
        foreach (double value in (double[])[least, middle, most])
        {
            svg.Line(X(value), Top, X(value), height + 4, "#999999");
            svg.Text(X(value), height + 18, $"{value:f1} {unit}", Small, "middle");
        }
        return svg.ToString();

        double X(double value) => NameWidth + (BarWidth * (value - least) / span);
    }

    private static SvgPicture Begin(int width, int height, string title)
    {
        var svg = new SvgPicture(width, height);
        svg.Text(8, 18, title, 14);
        return svg;
    }

    private static void Axis(SvgPicture svg, int width, double most)
    {
        for (int tick = 0; tick <= 5; tick++)
        {
            double y = Y(most * tick / 5, most);
            svg.Line(Left, y, Left + width, y, "#dddddd");
            svg.Text(Left - 6, y + 4, SvgPicture.Number(most * tick / 5), Small, "end");
        }
    }

    private static void Legend(SvgPicture svg, int x, int row, string name)
    {
        double y = Top + 10 + (row * 18);
        svg.Rectangle(x, y - 8, 12, 8, SvgPicture.Colours[row % SvgPicture.Colours.Count]);
        svg.Text(x + 17, y, name, Small);
    }

    private static double Y(double value, double most) => Top + PlotHeight - (PlotHeight * value / most);
}
