using System.Globalization;
using System.Text;

namespace FpgaEdge.Vta;

/// <summary>A part of a predicted timeline as a picture, drawn like a trace viewer would: rows for the three queues and
/// the memory port, with waits in grey.</summary>
public static class VtaTraceSvg
{
    private const int Left = 120;
    private const int Top = 46;
    private const int RowHeight = 44;
    private const int BarHeight = 30;
    private const int Width = 1180;

    private static readonly string[] Rows = ["load", "compute", "store", "memory port"];

    /// <summary>Draws the cycles from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static string Draw(
        string title, IReadOnlyList<VtaInstruction> instructions, VtaCycleEstimate estimate, long from, long to)
    {
        var svg = new StringBuilder();
        int height = Top + (Rows.Length * RowHeight) + 66;
        Line(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Left + Width + 20}\" height=\"{height}\" " +
            "font-family=\"sans-serif\" font-size=\"12\">");
        Line(svg, $"<rect width=\"{Left + Width + 20}\" height=\"{height}\" fill=\"#ffffff\"/>");
        Line(svg, $"<text x=\"10\" y=\"22\" font-size=\"15\">{Escape(title)}</text>");
        for (int row = 0; row < Rows.Length; row++)
        {
            Line(svg, $"<text x=\"10\" y=\"{Top + (row * RowHeight) + 20}\">{Rows[row]}</text>");
        }
        foreach (VtaTimelineEntry entry in estimate.Timeline.Where(e => e.End > from && e.Ready < to))
        {
            DrawEntry(svg, entry, instructions[entry.InstructionIndex], from, to);
        }
        DrawAxis(svg, from, to);
        DrawLegend(svg, height - 14);
        Line(svg, "</svg>");
        return svg.ToString();
    }

    private static void DrawEntry(
        StringBuilder svg, VtaTimelineEntry entry, VtaInstruction instruction, long from, long to)
    {
        string name = VtaDisassembler.ShortName(instruction);
        string tip = $"{entry.InstructionIndex}: {VtaDisassembler.Format(instruction)}";
        if (entry.Stall != VtaStall.None)
        {
            Bar(svg, (int)entry.Queue, entry.Ready, entry.Start, from, to, "#dddddd", "", $"waits: {entry.Stall}");
        }
        Bar(svg, (int)entry.Queue, entry.Start, entry.End, from, to, Colour(instruction), name, tip);
        Bar(svg, 3, entry.DmaStart, entry.DmaEnd, from, to, Colour(instruction), "", tip);
    }

    private static void Bar(
        StringBuilder svg, int row, long start, long end, long from, long to, string colour, string name, string tip)
    {
        double x0 = X(Math.Max(start, from), from, to);
        double x1 = X(Math.Min(end, to), from, to);
        if (x1 <= x0)
        {
            return;
        }
        int y = Top + (row * RowHeight);
        Line(svg, string.Create(CultureInfo.InvariantCulture,
            $"<rect x=\"{x0:0.0}\" y=\"{y}\" width=\"{x1 - x0:0.0}\" height=\"{BarHeight}\" fill=\"{colour}\" ") +
            $"stroke=\"#ffffff\" stroke-width=\"0.5\"><title>{Escape(tip)}</title></rect>");
        if (x1 - x0 > (name.Length * 7) + 4 && name.Length > 0)
        {
            Line(svg, string.Create(CultureInfo.InvariantCulture,
                $"<text x=\"{x0 + 3:0.0}\" y=\"{y + 19}\" fill=\"#ffffff\" font-size=\"11\">{name}</text>"));
        }
    }

    private static void DrawAxis(StringBuilder svg, long from, long to)
    {
        int y = Top + (Rows.Length * RowHeight) + 8;
        long step = NiceStep((to - from) / 8);
        for (long cycle = (from + step - 1) / step * step; cycle <= to; cycle += step)
        {
            string x = X(cycle, from, to).ToString("0.0", CultureInfo.InvariantCulture);
            Line(svg, $"<line x1=\"{x}\" y1=\"{Top - 6}\" x2=\"{x}\" y2=\"{y}\" " +
                "stroke=\"#000000\" stroke-opacity=\"0.12\"/>");
            Line(svg, $"<text x=\"{x}\" y=\"{y + 14}\" text-anchor=\"middle\" fill=\"#555555\">{cycle}</text>");
        }
        Line(svg, $"<text x=\"10\" y=\"{y + 14}\" fill=\"#555555\">cycle</text>");
    }

    private static void DrawLegend(StringBuilder svg, int y)
    {
        (string Name, string Colour)[] entries =
        [
            ("LOAD inp", "#3b7dd8"), ("LOAD wgt", "#6f4fc1"), ("LOAD acc, uop", "#8aa6c8"), ("GEMM", "#2f8f4e"),
            ("RESET", "#8fbf9b"), ("ALU", "#d08a1d"), ("STORE", "#c0453a"), ("waits for a token", "#dddddd"),
        ];
        int x = Left;
        foreach ((string name, string colour) in entries)
        {
            Line(svg, $"<rect x=\"{x}\" y=\"{y - 10}\" width=\"12\" height=\"12\" fill=\"{colour}\"/>");
            Line(svg, $"<text x=\"{x + 16}\" y=\"{y}\">{name}</text>");
            x += 34 + (name.Length * 7);
        }
    }

    private static string Colour(VtaInstruction instruction) => instruction switch
    {
        VtaLoad { Memory: VtaMemoryId.Inp } => "#3b7dd8",
        VtaLoad { Memory: VtaMemoryId.Wgt } => "#6f4fc1",
        VtaLoad => "#8aa6c8",
        VtaGemm { Reset: true } => "#8fbf9b",
        VtaGemm => "#2f8f4e",
        VtaAlu => "#d08a1d",
        VtaStore => "#c0453a",
        _ => "#444444",
    };

    private static double X(long cycle, long from, long to) => Left + ((double)(cycle - from) / (to - from) * Width);

    /// <summary>The next of 1, 2, 5, 10, 20, 50 …</summary>
    private static long NiceStep(long atLeast)
    {
        long unit = 1;
        while (unit * 10 <= atLeast)
        {
            unit *= 10;
        }
        return unit >= atLeast ? unit : 2 * unit >= atLeast ? 2 * unit : 5 * unit >= atLeast ? 5 * unit : 10 * unit;
    }

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static void Line(StringBuilder svg, string line) => svg.Append(line).Append('\n');
}
